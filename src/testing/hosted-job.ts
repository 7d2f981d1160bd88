/** All subtasks of a job in one thread: what a deployment and its workers are elsewhere. */

import { subtaskId } from '../base/index.ts';
import type { EngineError } from '../base/index.ts';
import type { InFlightFrames } from '../checkpoint/index.ts';
import { ChangelogTable, parseDriverChannel } from '../connectors/index.ts';
import type { Change } from '../connectors/index.ts';
import { createDoorbell, createRing, Doorbell, readRingStatistics } from '../exchange/index.ts';
import type { RingDescriptor } from '../exchange/index.ts';
import type { LogicalGraph } from '../graph/index.ts';
import { createCounterRegion, readCounters, readMetrics } from '../metrics/index.ts';
import type { ChannelSample, CounterRegion, JobMetrics } from '../metrics/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import { createSubtask, LatencyTrack } from '../runtime/index.ts';
import type { Subtask, SubtaskSnapshot } from '../runtime/index.ts';
import type { ResolvedOptions } from './run-options.ts';
import type { VirtualClock } from './virtual-clock.ts';

const CPU_MILLIS = 1000;

/** What a subtask held at a barrier. */
export interface HeldSubtask {
  readonly snapshot: SubtaskSnapshot;
  /** Rows that the barrier overtook. */
  readonly inFlight: readonly InFlightFrames[];
}

/** Owner: the test run. */
export class HostedJob {
  readonly plan: PhysicalPlan;
  /** By subtask id. */
  readonly subtasks: readonly Subtask[];
  /** By channel id. */
  readonly rings: readonly RingDescriptor[];
  /** Rows of `collect` sinks by name, in order of arrival. */
  readonly collected: Record<string, unknown[]> = {};
  /** What `table` sinks hold, by name. */
  readonly #tables: Record<string, ChangelogTable> = {};
  /** Lines of `print` sinks. */
  readonly printed: string[] = [];
  readonly #counters: CounterRegion;
  readonly #clock: VirtualClock;
  #failure: EngineError | undefined = undefined;
  #pending = 0;
  /** Snapshots of the last checkpoint, by subtask id. */
  #checkpoint = 0;
  #snapshots: (HeldSubtask | undefined)[] = [];

  constructor(
    graph: LogicalGraph,
    plan: PhysicalPlan,
    options: ResolvedOptions,
    clock: VirtualClock,
  ) {
    const { stateBytes, runtime } = options;
    this.plan = plan;
    this.#clock = clock;
    this.rings = plan.channels.map(({ edge }) => createRing(plan.edges[edge]!.ringBytes));
    this.#counters = createCounterRegion(
      plan.subtasks.length,
      Math.max(...plan.chains.map((chain) => chain.operators.length)),
    );
    const bell = new Doorbell(createDoorbell());
    const resources = {
      plan,
      settings: runtime,
      rings: this.rings.map((ring, index) => ({ channel: plan.channels[index]!.id, ring })),
      workerOf: plan.subtasks.map(() => 0),
      counters: this.#counters,
      quotas: plan.subtasks.map(({ id }) => ({ subtask: id, stateBytes, cpu: CPU_MILLIS })),
    };
    const track = (promise: Promise<unknown>): void => this.#track(promise);
    this.subtasks = plan.subtasks.map((_, index) =>
      createSubtask(graph, resources, subtaskId(index), {
        clock,
        bells: [bell],
        track,
        latency: new LatencyTrack(track),
        toDriver: async (_operator, channel, rows) => this.#take(channel, rows),
        onFinished: () => undefined,
        onFailure: (error) => {
          this.#failure ??= error;
        },
        onSnapshot: (id, { checkpoint }, snapshot, { inFlight }) => {
          if (inFlight === undefined) return this.#keep(id, checkpoint, { snapshot, inFlight: [] });
          const kept = inFlight.then(
            (rows) => this.#keep(id, checkpoint, { snapshot, inFlight: rows }),
            // The checkpoint was given up.
            () => undefined,
          );
          this.#track(kept);
        },
      }),
    );
  }

  /** Promises that the engine waits for. */
  get pending(): number {
    return this.#pending;
  }

  /** Throws what the first subtask failed with. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Opens all operators and sources. */
  async open(): Promise<void> {
    await Promise.all(this.subtasks.map((subtask) => subtask.open()));
    this.check();
  }

  /** Lets sources, and who reads only from subtasks that finished, send the barrier of a checkpoint. @param options as `packOptions` gives them */
  trigger(checkpoint: number, options: number): void {
    this.#checkpoint = checkpoint;
    this.#snapshots = [];
    const barrier = { checkpoint, triggeredAtMs: this.#clock.nowMs(), options };
    for (const subtask of this.subtasks) {
      const { producers } = subtask.chain;
      if (producers.every((id) => this.subtasks[id]!.state === 'finished')) {
        subtask.trigger(barrier);
      }
    }
  }

  /** What the subtasks held at the last barrier, or at their end; undefined for those that it did not reach yet. */
  snapshots(): readonly (HeldSubtask | undefined)[] {
    return this.subtasks.map(({ lastSnapshot }, id) => {
      if (this.#snapshots[id] !== undefined) return this.#snapshots[id];
      return lastSnapshot && { snapshot: lastSnapshot, inFlight: [] };
    });
  }

  /** Stops what still runs. */
  async cancel(): Promise<void> {
    await Promise.all(this.subtasks.map((subtask) => subtask.cancel()));
  }

  /** What the subtasks counted so far. */
  metrics(): JobMetrics {
    for (const subtask of this.subtasks) if (!subtask.done) subtask.publish();
    return readMetrics({
      shape: this.plan,
      raw: readCounters(this.#counters),
      channels: this.rings.map(channelSample),
      workers: this.plan.subtasks.map(() => 0),
      nowMs: this.#clock.nowMs(),
      startedAtMs: 0,
      previous: undefined,
    });
  }

  #keep(id: number, checkpoint: number, held: HeldSubtask): void {
    if (checkpoint === this.#checkpoint) this.#snapshots[id] = held;
  }

  #track(promise: Promise<unknown>): void {
    this.#pending++;
    const settled = (): void => {
      this.#pending--;
    };
    promise.then(settled, settled);
  }

  #take(channel: string, rows: readonly unknown[]): void {
    const parsed = parseDriverChannel(channel)!;
    // As `postMessage` would: what cannot be cloned fails here too.
    const copies = structuredClone(rows) as unknown[];
    if (parsed.kind === 'print') this.printed.push(...copies.map(String));
    else if (parsed.kind === 'collect') (this.collected[parsed.name] ??= []).push(...copies);
    else {
      const table = (this.#tables[parsed.name] ??= new ChangelogTable(parsed.key));
      for (const { kind, row } of copies as Change[]) table.apply(kind, row);
      this.collected[parsed.name] = table.rows();
    }
  }
}

function channelSample(ring: RingDescriptor): ChannelSample {
  const statistics = readRingStatistics(ring);
  return {
    records: statistics.rowsRead,
    bytes: statistics.bytesWritten,
    creditBytes: statistics.creditBytes,
    backlogBytes: statistics.backlogBytes,
    noCreditMs: statistics.withoutCreditMs,
  };
}
