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
import type { Subtask, SubtaskSnapshot } from '../runtime/index.ts';
import { HostedJob } from './hosted-job.ts';
import { checkSnapshot, jobSnapshot, positionsOf, restoreOf } from './job-snapshot.ts';
import type { JobSnapshot } from './job-snapshot.ts';
import { instrument } from './instrument.ts';
import type { InstrumentedGraph } from './instrument.ts';
import type { Recording } from './recording.ts';
import { resolveOptions } from './run-options.ts';
import type { TestRunOptions } from './run-options.ts';
import { refuseSteps } from './refusal.ts';
import { recordBarriers, recordStatuses } from './statuses.ts';
import { sayAgain } from './say-again.ts';
import { stateOf } from './state-reader.ts';
import type { KeyState } from './state-reader.ts';
import { Stepper } from './stepper.ts';
import { TestChannel } from './test-source.ts';
import type { TestChannels, TestFeed } from './test-source.ts';
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
  #checkpoint = 0;

  private constructor(job: Job, options: TestRunOptions, earlier?: TestRun, from = 0) {
    const graph = buildGraph(job, options.parameters ?? {});
    const resolved = resolveOptions(options, graph.options);
    const earlierRecordings = earlier === undefined ? undefined : earlier.#instrumented.recordings;
    for (const recording of earlierRecordings?.values() ?? []) recording.goOn(from);
    const instrumented = instrument(graph, resolved.guardRows, earlierRecordings);
    const plan = makePlan(instrumented.graph, resolved.plan);
    const clock = new VirtualClock(earlier?.nowMs ?? resolved.startMs);
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
      recordBarriers(chain, instrumented.graph, instrumented.recordings);
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
      patienceMs: resolved.patienceMs,
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
    const { maxParallelism } = snapshot;
    const run = new TestRun(job, { ...options, maxParallelism }, earlier, snapshot.checkpoint);
    checkSnapshot(run.plan, snapshot);
    for (const subtask of run.#hosted.subtasks) {
      const { states, splits, finished } = restoreOf(run.plan, subtask.chain.subtask, snapshot);
      const channels = run.#channelsOf(subtask);
      subtask.restore(states, channels === undefined ? splits : undefined, finished);
      if (finished) channels?.[subtask.chain.subtask.index]!.end();
    }
    for (const [name, { node, channels }] of run.#instrumented.sources) {
      const before = earlier === undefined ? undefined : earlier.#instrumented.sources.get(name);
      sayAgain(before?.channels ?? [], channels);
      for (const [index, position] of positionsOf(snapshot, node.uid)) {
        channels[index % channels.length]!.goOn(position);
      }
    }
    run.#checkpoint = snapshot.checkpoint;
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
    const { recordings } = this.#instrumented;
    const recording = recordings.get(name) as Recording<T> | undefined;
    if (recording === undefined) throw unknownName('a test sink', name, recordings.keys());
    return recording;
  }

  /** Names of the test sinks. */
  get outputs(): readonly string[] {
    return [...this.#instrumented.recordings.keys()];
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

  /** Steps until nothing progresses, also by promises that settle meanwhile. @throws as {@link settle} */
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
    for (const { all } of this.#instrumented.sources.values()) all.end();
    try {
      this.#hosted.check();
      await this.#stepper.finish();
    } catch (error) {
      await this.cancel();
      throw error;
    }
  }

  /**
   * Lets all sources send the barrier of the next checkpoint, behind what they emitted so far; {@link checkpoint} also waits
   * for it to arrive.
   */
  barrier(): number {
    this.#hosted.check();
    this.#hosted.trigger(++this.#checkpoint);
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
    const missed = (): boolean => this.#hosted.snapshots().includes(undefined);
    await this.#stepper.drain(() => !missed());
    const snapshots = this.#hosted.snapshots();
    const missing = this.subtasks.filter((_, id) => snapshots[id] === undefined);
    if (missing.length > 0) {
      throw new EngineError('ERR_TESTING_CHECKPOINT', {
        subtasks: missing.map(({ name, chain }) => `${name} (${chain.subtask.index})`).join(', '),
      });
    }
    return jobSnapshot(this.plan, this.#checkpoint, snapshots as SubtaskSnapshot[]);
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
    await this.#hosted.cancel();
  }

  /** Counters of subtasks, operators and channels. */
  metrics(): JobMetrics {
    return this.#hosted.metrics();
  }

  /** The channels of the test source that a subtask reads; undefined for all others. */
  #channelsOf({ chain }: Subtask): readonly TestChannel[] | undefined {
    const head = chain.plan.operators[0]!.node;
    const { sources } = this.#instrumented;
    return [...sources.values()].find(({ node }) => node.id === head)?.channels;
  }
}

function unknownName(what: string, got: string, known: Iterable<string>): EngineError {
  return new EngineError('ERR_TESTING_NAME', {
    what,
    known: [...known].join(', ') || 'it has none',
    got,
  });
}
