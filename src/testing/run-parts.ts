/** What a test run is made of, put together from a job, or from a job and a snapshot of it. */

import { buildGraph } from '../graph/index.ts';
import type { Job } from '../graph/index.ts';
import { makePlan } from '../plan/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { Subtask } from '../runtime/index.ts';
import { HostedJob } from './hosted-job.ts';
import { instrument } from './instrument.ts';
import type { InstrumentedGraph } from './instrument.ts';
import { checkSnapshot, positionsOf, restoreOf } from './job-snapshot.ts';
import type { JobSnapshot } from './job-snapshot.ts';
import { refuseSteps } from './refusal.ts';
import { resolveOptions } from './run-options.ts';
import type { TestRunOptions } from './run-options.ts';
import { sayAgain } from './say-again.ts';
import { recordBarriers, recordStatuses } from './statuses.ts';
import { Stepper } from './stepper.ts';
import { TestChannel } from './test-channel.ts';
import { VirtualClock } from './virtual-clock.ts';

/** The parts of one run. Owner: the run. */
export interface RunParts {
  readonly plan: PhysicalPlan;
  readonly clock: VirtualClock;
  readonly hosted: HostedJob;
  readonly instrumented: InstrumentedGraph;
  readonly stepper: Stepper;
}

/**
 * Builds and plans the job and makes its subtasks; nothing is opened yet.
 *
 * @param earlier parts of a run whose recordings and time go on
 * @param from the checkpoint behind which its recordings are forgotten
 * @throws what building or planning throws
 */
export function makeParts(
  job: Job,
  options: TestRunOptions,
  earlier?: RunParts,
  from = 0,
): RunParts {
  const graph = buildGraph(job, options.parameters ?? {});
  const resolved = resolveOptions(options, graph.options);
  const recordings = earlier?.instrumented.recordings;
  for (const recording of recordings?.values() ?? []) recording.goOn(from);
  const instrumented = instrument(graph, resolved.guardRows, recordings);
  const plan = makePlan(instrumented.graph, resolved.plan);
  const clock = new VirtualClock(earlier?.clock.nowMs() ?? resolved.startMs);
  for (const [name, { node, channels }] of instrumented.sources) {
    const chain = plan.chains.find(({ operators }) => operators[0]!.node === node.id)!;
    for (let i = 0; i < chain.parallelism; i++) channels.push(new TestChannel(name));
  }
  const hosted = new HostedJob(instrumented.graph, plan, resolved, clock);
  for (const subtask of hosted.subtasks) {
    const { chain } = subtask;
    const channel = channelsOf(instrumented, subtask)?.[chain.subtask.index];
    if (channel !== undefined) {
      const collector = chain.spec.collectors[0]!;
      channel.emitChange = (kind, row, timestamp) => collector.emitChange(kind, row, timestamp);
    }
    recordStatuses(chain, instrumented.graph, instrumented.recordings);
    recordBarriers(chain, instrumented.graph, instrumented.recordings);
    if (resolved.refuseSteps) refuseSteps(chain);
  }
  const stepper = new Stepper({
    subtasks: hosted.subtasks,
    clock,
    seed: resolved.seed,
    stepsMax: resolved.stepsMax,
    patienceMs: resolved.patienceMs,
    check: () => hosted.check(),
    pending: () => hosted.pending,
  });
  return { plan, clock, hosted, instrumented, stepper };
}

/**
 * The parts of a run that goes on from a snapshot; nothing is opened yet.
 *
 * @param earlier parts of the run that the snapshot is of
 * @throws ERR_TESTING_RESTORE the snapshot does not fit the job
 */
export async function restoredParts(
  job: Job,
  snapshot: JobSnapshot,
  options: TestRunOptions,
  earlier: RunParts | undefined,
): Promise<RunParts> {
  const { checkpoint, maxParallelism } = snapshot;
  const parts = makeParts(job, { ...options, maxParallelism }, earlier, checkpoint);
  const { hosted, instrumented, plan } = parts;
  checkSnapshot(plan, snapshot);
  for (const subtask of hosted.subtasks) {
    const restore = await restoreOf(plan, subtask.chain.subtask, snapshot);
    const channels = channelsOf(instrumented, subtask);
    subtask.restore(channels === undefined ? restore : { ...restore, splits: undefined });
    if (restore.finished) channels?.[subtask.chain.subtask.index]!.end();
  }
  for (const [name, { node, channels }] of instrumented.sources) {
    sayAgain(earlier?.instrumented.sources.get(name)?.channels ?? [], channels);
    for (const [index, position] of positionsOf(snapshot, node.uid)) {
      channels[index % channels.length]!.goOn(position);
    }
  }
  return parts;
}

/** The channels of the test source that a subtask reads; undefined for all others. */
function channelsOf(
  { sources }: InstrumentedGraph,
  { chain }: Subtask,
): readonly TestChannel[] | undefined {
  const head = chain.plan.operators[0]!.node;
  return [...sources.values()].find(({ node }) => node.id === head)?.channels;
}
