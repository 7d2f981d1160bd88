/**
 * A job in this thread, driven by a test: the real graph, plan, rings and subtasks, stepped in an order that a seed
 * chooses, on a clock that the test moves.
 *
 * Law: the same job, options and calls give the same run.
 */

import { EngineError } from '../base/index.ts';
import type { RingDescriptor } from '../exchange/index.ts';
import { buildGraph } from '../graph/index.ts';
import type { Job } from '../graph/index.ts';
import type { JobMetrics } from '../metrics/index.ts';
import { makePlan } from '../plan/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { Subtask } from '../runtime/index.ts';
import { HostedJob } from './hosted-job.ts';
import { instrument } from './instrument.ts';
import type { InstrumentedGraph } from './instrument.ts';
import type { Recording } from './recording.ts';
import { resolveOptions } from './run-options.ts';
import type { TestRunOptions } from './run-options.ts';
import { refuseSteps } from './refusal.ts';
import { recordStatuses } from './statuses.ts';
import { Stepper } from './stepper.ts';
import { TestChannel, TestChannels } from './test-source.ts';
import type { TestFeed } from './test-source.ts';
import { VirtualClock } from './virtual-clock.ts';

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
  readonly plan: PhysicalPlan;
  readonly #clock: VirtualClock;
  readonly #hosted: HostedJob;
  readonly #instrumented: InstrumentedGraph;
  readonly #stepper: Stepper;

  private constructor(job: Job, options: TestRunOptions) {
    const graph = buildGraph(job, options.parameters ?? {});
    const resolved = resolveOptions(options, graph.options);
    const instrumented = instrument(graph, resolved.guardRows);
    const plan = makePlan(instrumented.graph, resolved.plan);
    const clock = new VirtualClock(resolved.startMs);
    for (const [name, { node, channels }] of instrumented.sources) {
      const chain = plan.chains.find(({ operators }) => operators[0]!.node === node.id)!;
      for (let i = 0; i < chain.parallelism; i++) channels.push(new TestChannel(name));
    }
    const hosted = new HostedJob(instrumented.graph, plan, resolved, clock);
    for (const { node, channels } of instrumented.sources.values()) {
      for (const { chain } of hosted.subtasks) {
        if (chain.plan.operators[0]!.node !== node.id) continue;
        const collector = chain.spec.collectors[0]!;
        channels[chain.subtask.index]!.emitChange = (kind, row, timestamp) =>
          collector.emitChange(kind, row, timestamp);
      }
    }
    for (const { chain } of hosted.subtasks) {
      recordStatuses(chain, instrumented.graph, instrumented.recordings);
      if (resolved.refuseSteps) refuseSteps(chain);
    }
    this.plan = plan;
    this.#clock = clock;
    this.#hosted = hosted;
    this.#instrumented = instrumented;
    this.#stepper = new Stepper({
      subtasks: hosted.subtasks,
      clock,
      seed: resolved.seed,
      stepsMax: resolved.stepsMax,
      check: () => hosted.check(),
      pending: () => hosted.pending,
    });
  }

  /**
   * Builds, plans and opens the job; no step is taken yet.
   *
   * @throws what building, planning or opening throws
   */
  static async start(job: Job, options: TestRunOptions = {}): Promise<TestRun> {
    const run = new TestRun(job, options);
    await run.#hosted.open();
    return run;
  }

  /**
   * What feeds a test source: all its subtasks, or one of them.
   *
   * @throws ERR_TESTING_NAME, ERR_TESTING_SUBTASK
   * @example
   * run.source('clicks', 1).idle();
   */
  source<T = unknown>(name: string, subtask?: number): TestFeed<T> {
    const { sources } = this.#instrumented;
    const channels = sources.get(name)?.channels as TestChannel<T>[] | undefined;
    if (channels === undefined) throw unknownName('a test source', name, sources.keys());
    if (subtask === undefined) return new TestChannels(channels);
    const channel = channels[subtask];
    if (channel !== undefined) return channel;
    throw new EngineError('ERR_TESTING_SUBTASK', {
      name,
      most: channels.length - 1,
      got: subtask,
    });
  }

  /**
   * What came out of a stream that ends in `testSink(name)`.
   *
   * @throws ERR_TESTING_NAME
   */
  output<T = unknown>(name: string): Recording<T> {
    const { recordings } = this.#instrumented;
    const recording = recordings.get(name) as Recording<T> | undefined;
    if (recording === undefined) throw unknownName('a test sink', name, recordings.keys());
    return recording;
  }

  /** Rows of a `collect(name)` sink or of a `testSink(name)`, in order of arrival. */
  collected<T = unknown>(name = 'default'): readonly T[] {
    const { recordings } = this.#instrumented;
    if (recordings.has(name)) return this.output<T>(name).rows;
    return (this.#hosted.collected[name] ?? []) as T[];
  }

  /** Rows of all `collect` sinks by name. */
  get collectedByName(): Readonly<Record<string, readonly unknown[]>> {
    return this.#hosted.collected;
  }

  /** Lines of `print` sinks. */
  get printed(): readonly string[] {
    return this.#hosted.printed;
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#stepper.steps;
  }

  /** Whether every subtask ended. */
  get done(): boolean {
    return this.#stepper.done;
  }

  /** Processing time, integer milliseconds since the epoch. */
  get nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Bytes of keyed state outside the heap, over all subtasks. */
  get stateBytes(): number {
    return this.#hosted.subtasks.reduce((sum, { chain }) => sum + chain.stateBytes, 0);
  }

  /** Rings by channel id, for tests that look at frames. */
  get rings(): readonly RingDescriptor[] {
    return this.#hosted.rings;
  }

  /** Subtasks by id. */
  get subtasks(): readonly Subtask[] {
    return this.#hosted.subtasks;
  }

  /** Takes `n` steps of subtasks that the seed chooses; true when any progressed. @throws what a subtask failed with */
  step(n = 1): boolean {
    this.#hosted.check();
    return this.#stepper.step(n);
  }

  /**
   * Steps until nothing progresses; promises are not waited for.
   *
   * @throws what a subtask failed with
   * @throws ERR_TESTING_ENDLESS
   */
  settle(): this {
    this.#hosted.check();
    this.#stepper.settle();
    return this;
  }

  /** Steps until nothing progresses, also by promises that the engine waits for. @throws as {@link settle} */
  async drain(): Promise<void> {
    this.#hosted.check();
    await this.#stepper.drain();
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
    this.#clock.advance(ms);
    return this.settle();
  }

  /**
   * Ends all test sources and runs the job to its end.
   *
   * @throws what a subtask failed with; everything is closed by then
   * @throws ERR_TESTING_DEADLOCK names the seed and the state of each subtask
   */
  async finish(): Promise<void> {
    for (const { channels } of this.#instrumented.sources.values()) {
      new TestChannels(channels).end();
    }
    try {
      this.#hosted.check();
      await this.#stepper.finish();
    } catch (error) {
      await this.cancel();
      throw error;
    }
  }

  /** Stops the job where it is; operators are closed as aborted. */
  async cancel(): Promise<void> {
    await this.#hosted.cancel();
  }

  /** Counters of subtasks, operators and channels. */
  metrics(): JobMetrics {
    return this.#hosted.metrics();
  }
}

function unknownName(what: string, got: string, known: Iterable<string>): EngineError {
  return new EngineError('ERR_TESTING_NAME', {
    what,
    known: [...known].join(', ') || 'it has none',
    got,
  });
}
