/**
 * Runs a whole job in this thread: the real subtasks over real rings, stepped in an order that a seed chooses.
 *
 * Law: what a job gives depends on its input alone, not on the order of the steps. A run that makes no progress while
 * subtasks are unfinished is a deadlock and throws, naming the seed.
 */

import { ManualClock, Prng, subtaskId } from '../../src/base/index.ts';
import type { EngineError } from '../../src/base/index.ts';
import { ChangelogTable, parseDriverChannel } from '../../src/connectors/index.ts';
import type { Change } from '../../src/connectors/index.ts';
import { createDoorbell, createRing, Doorbell } from '../../src/exchange/index.ts';
import type { RingDescriptor } from '../../src/exchange/index.ts';
import { buildGraph } from '../../src/graph/index.ts';
import type { Job } from '../../src/graph/index.ts';
import { createCounterRegion } from '../../src/metrics/index.ts';
import type { Plain } from '../../src/operators/index.ts';
import { makePlan } from '../../src/plan/index.ts';
import type { PhysicalPlan, PlanSettings } from '../../src/plan/index.ts';
import { createSubtask } from '../../src/runtime/create-subtask.ts';
import { LatencyTrack } from '../../src/runtime/latency-markers.ts';
import { Progress } from '../../src/runtime/subtask.ts';
import type { Subtask } from '../../src/runtime/subtask.ts';

/** How to run. */
export interface OneThreadOptions {
  readonly seed?: number;
  readonly parallelism?: number;
  readonly chaining?: boolean;
  /** A power of two ≥ 4096. */
  readonly ringBytes?: number;
  /** The generated drivers, or their plain twins. */
  readonly codegen?: boolean;
  readonly stepRowsMax?: number;
  readonly executionMode?: 'streaming' | 'batch';
  readonly overdraftBytes?: number;
  readonly parameters?: { readonly [key: string]: Plain };
}

/** What came out. */
export interface OneThreadResult {
  /** Rows of `collect` sinks by name, in order of arrival. */
  readonly collected: Readonly<Record<string, readonly unknown[]>>;
  readonly printed: readonly string[];
  readonly plan: PhysicalPlan;
  readonly subtasks: readonly Subtask[];
  /** By channel id. */
  readonly rings: readonly RingDescriptor[];
  readonly steps: number;
}

/** Steps without any progress, promises settled in between, before a run counts as deadlocked. */
const STUCK_ROUNDS = 200;

/**
 * Runs the job to its end.
 *
 * @throws the first subtask's error; Error on a deadlock
 */
export async function runInOneThread(
  job: Job,
  options: OneThreadOptions = {},
): Promise<OneThreadResult> {
  const seed = options.seed ?? 1;
  const prng = new Prng(seed);
  const graph = buildGraph(job, options.parameters ?? {});
  const settings: PlanSettings = {
    parallelism: options.parallelism ?? 1,
    maxParallelism: undefined,
    operatorParallelism: {},
    chaining: options.chaining ?? true,
    strictTypes: false,
    executionMode: options.executionMode ?? graph.options.executionMode ?? 'streaming',
    ringBytes: options.ringBytes ?? 65_536,
  };
  const plan = makePlan(graph, settings);
  const collected: Record<string, unknown[]> = {};
  const tables: Record<string, ChangelogTable> = {};
  const printed: string[] = [];
  const failures: EngineError[] = [];
  const clock = new ManualClock(1);
  const bell = new Doorbell(createDoorbell());
  const resources = {
    plan,
    settings: {
      stepRowsMax: options.stepRowsMax ?? 64,
      quantumMs: 1,
      segmentBytes: 1024,
      overdraftBytes: options.overdraftBytes ?? 8 * 1024 * 1024,
      drainTargetMs: 100,
      codegen: options.codegen ?? true,
    },
    rings: plan.channels.map((channel) => ({
      channel: channel.id,
      ring: createRing(plan.edges[channel.edge]!.ringBytes),
    })),
    workerOf: plan.subtasks.map(() => 0),
    counters: createCounterRegion(
      plan.subtasks.length,
      Math.max(...plan.chains.map((chain) => chain.operators.length)),
    ),
    quotas: plan.subtasks.map(({ id }) => ({ subtask: id, stateBytes: 64 << 20, cpu: 1000 })),
  };
  const subtasks = plan.subtasks.map((_, index) =>
    createSubtask(graph, resources, subtaskId(index), {
      clock,
      bells: [bell],
      track: () => undefined,
      latency: new LatencyTrack(() => undefined),
      toDriver: async (_operator, channel, rows) => {
        const parsed = parseDriverChannel(channel)!;
        // As `postMessage` would: what cannot be cloned fails here too.
        const copies = structuredClone(rows) as unknown[];
        if (parsed.kind === 'print') printed.push(...copies.map(String));
        else if (parsed.kind === 'collect') (collected[parsed.name] ??= []).push(...copies);
        else {
          const table = (tables[parsed.name] ??= new ChangelogTable(parsed.key));
          for (const { kind, row } of copies as Change[]) table.apply(kind, row);
          collected[parsed.name] = table.rows();
        }
      },
      onFinished: () => undefined,
      onFailure: (_subtask, error) => failures.push(error),
    }),
  );
  await Promise.all(subtasks.map((subtask) => subtask.open()));

  let steps = 0;
  let stuck = 0;
  while (failures.length === 0) {
    const open = subtasks.filter((subtask) => !subtask.done);
    if (open.length === 0) break;
    let progressed = false;
    for (let i = 0; i < open.length; i++) {
      const result = open[prng.below(open.length)]!.step();
      steps++;
      clock.advance(0.01);
      if (result === Progress.progress) progressed = true;
      for (const subtask of open) {
        // What a worker does before it sleeps.
        if (!progressed) for (const gate of subtask.chain.outputs) gate.settle();
        if (!progressed) subtask.chain.input?.settle();
      }
    }
    if (progressed) {
      stuck = 0;
      continue;
    }
    clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
    if (++stuck > STUCK_ROUNDS) {
      const states = open.map((subtask) => `${subtask.name}: ${subtask.state}`).join(', ');
      throw new Error(`deadlock with seed ${seed}: ${states}`);
    }
  }
  if (failures.length > 0) {
    await Promise.all(subtasks.map((subtask) => subtask.cancel()));
    throw failures[0];
  }
  for (const subtask of subtasks) subtask.publish();
  const rings = resources.rings.map(({ ring }) => ring);
  return { collected, printed, plan, subtasks, rings, steps };
}
