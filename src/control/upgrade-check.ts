/**
 * Whether a changed job can go on from a checkpoint, by doing what the restore does, short of starting anything: its subtasks
 * are made on this thread and take their state back one after the other. Nothing is opened, no row moves.
 */

import { resolve } from 'node:path';

import { EngineError, systemClock, toEngineError } from '../base/index.ts';
import type { SubtaskId } from '../base/index.ts';
import { fileStore, nodeDisk, recover, requireChosen } from '../checkpoint/index.ts';
import type { CheckpointStore, Manifest } from '../checkpoint/index.ts';
import { createDoorbell, createRing, Doorbell } from '../exchange/index.ts';
import type { LogicalGraph } from '../graph/index.ts';
import { createCounterRegion } from '../metrics/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import { poolOf } from '../placement/index.ts';
import type { Config, Machine } from '../placement/index.ts';
import { createSubtask, LatencyTrack, restoredSubtask } from '../runtime/index.ts';
import type { Subtask, SubtaskResources } from '../runtime/index.ts';
import { manifestJob } from './checkpoint-plan.ts';
import { planJob } from './job-planning.ts';
import type { JobPlan, PlanOptions } from './job-planning.ts';
import { recoveryOf, runtimeSettings } from './run-settings.ts';
import { operatorProblems, operatorUpgrades } from './upgrade-report.ts';
import type { DeclaredParts, UpgradeProblem, UpgradeReport } from './upgrade-report.ts';

/** What the job is to go on from, and how it is planned. */
export interface UpgradeOptions extends PlanOptions {
  /** As `restore.from`: a folder, or `latest`. */
  readonly from: string;
  readonly allowNonRestoredState?: boolean;
}

/**
 * Checks a changed job against a savepoint or the newest intact checkpoint of a folder. All its state is read, one subtask at
 * a time, with the memory that the job would have.
 *
 * @throws ERR_CHECKPOINT_NONE there is nothing intact to go on from, or it is another job's
 * @throws ERR_GRAPH_…, ERR_PLAN_…, ERR_CONFIG_… the job or its configuration is wrong
 * @example
 * const { compatible, problems } = await checkUpgrade(url, config, machine, { from: '/backups/savepoint-words-12' });
 */
export async function checkUpgrade(
  module: URL | string,
  config: Config,
  machine: Machine,
  options: UpgradeOptions,
): Promise<UpgradeReport> {
  const planned = await planJob(module, config, machine, options);
  const { plan } = planned;
  const folder = folderOf(options.from, config, plan.job);
  const store = fileStore(folder, nodeDisk);
  const manifest = requireChosen(await recover(store, plan.job), plan.job, folder);
  const job = manifestJob(plan);
  const allowed = options.allowNonRestoredState ?? false;
  const problems = [...operatorProblems(job, manifest, allowed)];
  const makers = subtaskMaker(planned, config, machine);
  const declared = declaredParts(plan, makers, keyedUids(manifest));
  // With other key groups nothing can be dealt out.
  if (problems.every(({ uid }) => !job.operators.some((operator) => operator.uid === uid))) {
    problems.push(...(await restoreProblems(plan, makers, store, manifest)));
  }
  const { checkpoint } = manifest;
  const operators = operatorUpgrades(job, manifest, declared);
  const compatible = problems.length === 0;
  return { job: plan.job, folder, checkpoint, compatible, operators, problems };
}

type SubtaskMaker = (id: SubtaskId) => Subtask;

function folderOf(from: string, config: Config, job: string): string {
  if (from !== 'latest' && from !== 'latest-or-new') return resolve(from);
  const { checkpointFolder } = recoveryOf(config, job);
  if (checkpointFolder !== undefined) return checkpointFolder;
  const place = 'checkpoint.directory of the job, which is not set';
  throw new EngineError('ERR_CHECKPOINT_NONE', { job, place, found: 'nothing' });
}

/** Makes subtasks as a worker would, all on one doorbell that nobody rings. */
function subtaskMaker(planned: JobPlan, config: Config, machine: Machine): SubtaskMaker {
  const { graph, plan, placement } = planned;
  const nobody = (): void => undefined;
  const bell = new Doorbell(createDoorbell());
  const most = poolOf(machine, config).heapLimitBytes;
  const resources: SubtaskResources = {
    plan,
    settings: runtimeSettings(config, graph, true),
    rings: plan.channels.map(({ id, edge }) => ({
      channel: id,
      ring: createRing(plan.edges[edge]!.ringBytes),
    })),
    workerOf: plan.subtasks.map(() => 0),
    counters: createCounterRegion(
      plan.subtasks.length,
      Math.max(...plan.chains.map(({ operators }) => operators.length)),
    ),
    quotas: plan.subtasks.map(({ id }) => {
      const placed = placement.fits
        ? placement.subtasks.find(({ subtask }) => subtask === id)
        : undefined;
      return { subtask: id, stateBytes: placed?.stateBytes ?? most, cpu: placed?.cpu ?? 1000 };
    }),
  };
  return (id) => makeSubtask(graph, resources, id, bell, nobody);
}

function makeSubtask(
  graph: LogicalGraph,
  resources: SubtaskResources,
  id: SubtaskId,
  bell: Doorbell,
  nobody: () => void,
): Subtask {
  return createSubtask(graph, resources, id, {
    clock: systemClock,
    bells: [bell],
    track: nobody,
    latency: new LatencyTrack(nobody),
    toDriver: async () => undefined,
    onFinished: nobody,
    onFailure: nobody,
  });
}

/** Uids of operators that hold keyed state. */
function keyedUids({ subtasks }: Manifest): ReadonlySet<string> {
  return new Set(
    subtasks.flatMap(({ operators }) =>
      Object.entries(operators).flatMap(([uid, { keyed }]) => (keyed.length > 0 ? [uid] : [])),
    ),
  );
}

/** What these operators say that they keep by key: asked of the first subtask of each chain, before anything is restored. */
function declaredParts(
  plan: PhysicalPlan,
  make: SubtaskMaker,
  uids: ReadonlySet<string>,
): DeclaredParts {
  const declared = new Map<string, NonNullable<ReturnType<DeclaredParts['get']>>>();
  for (const { operators, subtasks } of plan.chains) {
    if (!operators.some(({ uid }) => uids.has(uid))) continue;
    const { chain } = make(subtasks[0]!);
    operators.forEach(({ uid }, k) => {
      if (!uids.has(uid)) return;
      const keyed = chain.spec.operators[k]!.operator?.snapshot?.().keyed;
      if (keyed !== undefined) declared.set(uid, keyed.parts);
    });
  }
  return declared;
}

/** Restores every subtask, and each operator in it by itself, so that all that is wrong is told at once. */
async function restoreProblems(
  plan: PhysicalPlan,
  make: SubtaskMaker,
  store: CheckpointStore,
  manifest: Manifest,
): Promise<readonly UpgradeProblem[]> {
  const found = new Map<string, UpgradeProblem>();
  const note = (uid: string, thrown: unknown): void => {
    const error = toEngineError(thrown);
    found.set(`${uid} ${error.message}`, { uid, error });
  };
  for (const planned of plan.subtasks) {
    const { operators } = plan.chains[planned.chain]!;
    const head = operators[0]!.uid;
    try {
      const subtask = make(planned.id);
      const { states, ...rest } = await restoredSubtask(store, manifest, plan, planned);
      for (const { uid } of operators) {
        const state = states[uid];
        if (state === undefined) continue;
        try {
          subtask.chain.restore({ [uid]: state });
        } catch (thrown) {
          note(uid, thrown);
        }
      }
      subtask.restore({ ...rest, states: {} });
    } catch (thrown) {
      note(head, thrown);
    }
  }
  return [...found.values()];
}
