/**
 * A job in this thread, driven by a test: the real graph, plan, rings and subtasks, stepped in an order that a seed
 * chooses, on a clock that the test moves.
 *
 * Law: the same job, options and calls give the same run.
 */

import { EngineError } from '../base/index.ts';
import { packOptions } from '../checkpoint/index.ts';
import type { CheckpointMode } from '../checkpoint/index.ts';
import type { RingDescriptor } from '../exchange/index.ts';
import type { Job } from '../graph/index.ts';
import type { JobMetrics } from '../metrics/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { Subtask } from '../runtime/index.ts';
import type { HeldSubtask } from './hosted-job.ts';
import { jobSnapshot } from './job-snapshot.ts';
import type { JobSnapshot } from './job-snapshot.ts';
import type { Recording } from './recording.ts';
import type { TestRunOptions } from './run-options.ts';
import { makeParts, restoredParts } from './run-parts.ts';
import type { RunParts } from './run-parts.ts';
import { stateOf } from './state-reader.ts';
import type { KeyState } from './state-reader.ts';
import type { TestChannel, TestChannels, TestFeed } from './test-channel.ts';

/**
 * One run of a job.
 *
 * @example
 * const run = await TestRun.start(alerts, { seed: 7, parallelism: 2 });
 * run.source('clicks').push({ user: 'a', at: 5 }, 5).watermark(10);
 * await run.drain();
 * run.output('alerts').rows;
 * await run.finish();
 */
export class TestRun {
  readonly #parts: RunParts;
  #checkpoint = 0;

  private constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /**
   * Builds, plans and opens the job; no step is taken yet.
   *
   * @throws what building, planning or opening throws
   */
  static async start(job: Job, options: TestRunOptions = {}): Promise<TestRun> {
    const parts = makeParts(job, options);
    await parts.hosted.open();
    return new TestRun(parts);
  }

  /**
   * A run of the job that goes on from a snapshot, with the same or another parallelism. Watermarks are not part of a
   * snapshot: sources say them again.
   *
   * @param earlier the run that the snapshot is of, cancelled: its time goes on, its recordings do without the rows that came
   * behind the barrier, and its test sources say again what watermarks and idleness they had said before it
   * @throws ERR_TESTING_RESTORE the snapshot does not fit the job
   * @example
   * const wider = await TestRun.restore(alerts, await run.checkpoint(), { parallelism: 4 });
   */
  static async restore(
    job: Job,
    snapshot: JobSnapshot,
    options: TestRunOptions = {},
    earlier?: TestRun,
  ): Promise<TestRun> {
    const before = earlier === undefined ? undefined : earlier.#parts;
    const parts = await restoredParts(job, snapshot, options, before);
    const run = new TestRun(parts);
    run.#checkpoint = snapshot.checkpoint;
    await parts.hosted.open();
    return run;
  }

  get plan(): PhysicalPlan {
    return this.#parts.plan;
  }

  /**
   * What feeds a test source: all its subtasks, or one of them.
   *
   * @throws ERR_TESTING_NAME, ERR_TESTING_SUBTASK
   * @example
   * run.source('clicks', 1).idle();
   */
  source<T = unknown>(name: string, subtask?: number): TestFeed<T> {
    const { sources } = this.#parts.instrumented;
    const source = sources.get(name);
    if (source === undefined) throw unknownName('a test source', name, sources.keys());
    if (subtask === undefined) return source.all as TestChannels<T>;
    const channel = source.channels[subtask];
    if (channel !== undefined) return channel as TestChannel<T>;
    const most = source.channels.length - 1;
    throw new EngineError('ERR_TESTING_SUBTASK', { name, most, got: subtask });
  }

  /**
   * What came out of a stream that ends in `testSink(name)`.
   *
   * @throws ERR_TESTING_NAME
   */
  output<T = unknown>(name: string): Recording<T> {
    const { recordings } = this.#parts.instrumented;
    const recording = recordings.get(name) as Recording<T> | undefined;
    if (recording === undefined) throw unknownName('a test sink', name, recordings.keys());
    return recording;
  }

  /** Names of the test sinks. */
  get outputs(): readonly string[] {
    return [...this.#parts.instrumented.recordings.keys()];
  }

  /** Rows of a `collect(name)` sink or of a `testSink(name)`, in order of arrival. */
  collected<T = unknown>(name = 'default'): readonly T[] {
    const { recordings } = this.#parts.instrumented;
    if (recordings.has(name)) return this.output<T>(name).rows;
    return (this.#parts.hosted.collected[name] ?? []) as T[];
  }

  /** Rows of all `collect` sinks by name. */
  get collectedByName(): Readonly<Record<string, readonly unknown[]>> {
    return this.#parts.hosted.collected;
  }

  /** Lines of `print` sinks. */
  get printed(): readonly string[] {
    return this.#parts.hosted.printed;
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#parts.stepper.steps;
  }

  /** Whether every subtask ended. */
  get done(): boolean {
    return this.#parts.stepper.done;
  }

  /** Processing time, integer milliseconds since the epoch. */
  get nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  /** Bytes of keyed state outside the heap, over all subtasks. */
  get stateBytes(): number {
    return this.#parts.hosted.subtasks.reduce((sum, { chain }) => sum + chain.stateBytes, 0);
  }

  /** Rings by channel id, for tests that look at frames. */
  get rings(): readonly RingDescriptor[] {
    return this.#parts.hosted.rings;
  }

  /** Subtasks by id. */
  get subtasks(): readonly Subtask[] {
    return this.#parts.hosted.subtasks;
  }

  /** Takes `n` steps of subtasks that the seed chooses; true when any progressed. @throws what a subtask failed with */
  step(n = 1): boolean {
    this.#parts.hosted.check();
    return this.#parts.stepper.step(n);
  }

  /**
   * Steps until nothing progresses; promises are not waited for.
   *
   * @throws what a subtask failed with
   * @throws ERR_TESTING_ENDLESS
   */
  settle(): this {
    this.#parts.hosted.check();
    this.#parts.stepper.settle();
    return this;
  }

  /** Steps until nothing progresses, also by promises that settle meanwhile. @throws as {@link settle} */
  async drain(): Promise<void> {
    this.#parts.hosted.check();
    await this.#parts.stepper.drain();
  }

  /**
   * Moves processing time forward and settles; what is due fires in the order of subtasks that the seed chooses.
   *
   * @param ms integer ≥ 0
   * @throws ERR_TESTING_TIME
   */
  advanceProcessingTime(ms: number): this {
    if (!Number.isSafeInteger(ms) || ms < 0) {
      throw new EngineError('ERR_TESTING_TIME', { what: 'processing time to add', got: ms });
    }
    this.#parts.clock.advance(ms);
    return this.settle();
  }

  /**
   * Ends all test sources and runs the job to its end.
   *
   * @throws what a subtask failed with; everything is closed by then
   * @throws ERR_TESTING_DEADLOCK names the seed and the state of each subtask
   */
  async finish(): Promise<void> {
    for (const { all } of this.#parts.instrumented.sources.values()) all.end();
    try {
      this.#parts.hosted.check();
      await this.#parts.stepper.finish();
    } catch (error) {
      await this.cancel();
      throw error;
    }
  }

  /**
   * Lets all sources send the barrier of the next checkpoint, behind what they emitted so far; {@link checkpoint} also waits
   * for it to arrive.
   *
   * @param mode how it passes rows, default `aligned`
   * @param alignedTimeoutMs of `aligned-with-timeout`, default 0
   */
  barrier(mode: CheckpointMode = 'aligned', alignedTimeoutMs = 0): number {
    this.#parts.hosted.check();
    const options = packOptions({ kind: 'checkpoint', mode, alignedTimeoutMs });
    this.#parts.hosted.trigger(++this.#checkpoint, options);
    return this.#checkpoint;
  }

  /**
   * What the whole job holds once the barrier of a new checkpoint, or of the one begun by {@link barrier}, has passed all
   * subtasks: keyed and operator state, positions of sources, and what test sources were told and had not emitted.
   *
   * @param begun what `barrier()` gave; left out, everything is drained and a barrier sent
   * @throws ERR_TESTING_CHECKPOINT names the subtasks that the barrier did not reach
   */
  async checkpoint(begun?: number): Promise<JobSnapshot> {
    if (begun === undefined) {
      await this.drain();
      this.barrier();
    }
    const missed = (): boolean => this.#parts.hosted.snapshots().includes(undefined);
    await this.#parts.stepper.drain(() => !missed());
    const snapshots = this.#parts.hosted.snapshots();
    const missing = this.subtasks.filter((_, id) => snapshots[id] === undefined);
    if (missing.length > 0) {
      throw new EngineError('ERR_TESTING_CHECKPOINT', {
        subtasks: missing
          .map(({ chain }) => `${chain.plan.name} (${chain.subtask.index})`)
          .join(', '),
      });
    }
    return jobSnapshot(this.plan, this.#checkpoint, snapshots as HeldSubtask[]);
  }

  /**
   * Keyed state of an operator, by its name or uid, as a checkpoint of now holds it.
   *
   * @throws ERR_TESTING_NAME, ERR_TESTING_CHECKPOINT
   * @example
   * await run.state('visits'); // [{ key: 'a', name: 'count', kind: 'value', value: 3 }]
   */
  async state(operator: string): Promise<KeyState[]> {
    const operators = this.plan.chains.flatMap((chain) => chain.operators);
    const found = operators.find(({ name, uid }) => name === operator || uid === operator);
    if (found === undefined) {
      const names = operators.map(({ name }) => name);
      throw unknownName('an operator', operator, names);
    }
    return stateOf(await this.checkpoint(), found.uid);
  }

  /** Stops the job where it is; operators are closed as aborted. */
  async cancel(): Promise<void> {
    await this.#parts.hosted.cancel();
  }

  /** Counters of subtasks, operators and channels. */
  metrics(): JobMetrics {
    return this.#parts.hosted.metrics();
  }
}

function unknownName(what: string, got: string, known: Iterable<string>): EngineError {
  return new EngineError('ERR_TESTING_NAME', {
    what,
    known: [...known].join(', ') || 'it has none',
    got,
  });
}
