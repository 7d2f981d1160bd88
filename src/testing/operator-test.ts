/** An operator under test, between inputs that a test feeds and outputs that it reads. */

import type { Job, OutputTag } from '../graph/index.ts';
import type { JobSnapshot } from './job-snapshot.ts';
import type { Change, EmittedRow, Recording, StreamEvent } from './recording.ts';
import type { TestRunOptions } from './run-options.ts';
import type { KeyState } from './state-reader.ts';
import { TestRun } from './test-run.ts';
import { TestInput } from './test-input.ts';

/** What every operator test can be given. */
export interface OperatorTestSettings extends TestRunOptions {
  /** Subtasks that feed each input, each with watermarks and idleness of its own; default 1. */
  readonly channels?: number;
  /** Side outputs to record. */
  readonly sideOutputs?: readonly (string | OutputTag)[];
  /** Whether `push` and the like only queue, until `settle`, `drain` or an advance of the time; default false. */
  readonly batched?: boolean;
}

/** Names of the test sources and sinks of such a job. */
export const INPUTS = ['first', 'second'] as const;
export const MAIN = 'output';
export function sideName(tag: string): string {
  return `side output ${tag}`;
}

/**
 * An operator under test. What it is told takes effect at once (unless `batched`), so results can be read without waiting;
 * only operators with promises of their own need `await test.drain()`.
 */
export class OperatorTest<T = unknown, U = unknown, B = unknown> {
  /** The first input. */
  readonly first: TestInput<T>;
  /** The second input, of an operator with two. */
  readonly second: TestInput<B>;
  readonly #job: Job;
  readonly #options: OperatorTestSettings;
  readonly #inputs: number;
  /** The run of the present instances. */
  readonly #present: { run: TestRun };

  constructor(tested: Job, run: TestRun, options: OperatorTestSettings, inputs: 1 | 2) {
    this.#job = tested;
    this.#present = { run };
    this.#options = options;
    this.#inputs = inputs;
    const told = (): void => {
      if (options.batched !== true) this.settle();
    };
    const input = <R>(index: 0 | 1): TestInput<R> =>
      new TestInput<R>((channel) => this.#present.run.source<R>(INPUTS[index], channel), told);
    this.first = input<T>(0);
    this.second = input<B>(1);
  }

  /** The run underneath: metrics, plan, subtasks. */
  get run(): TestRun {
    return this.#present.run;
  }

  /** Number of inputs. */
  get inputs(): number {
    return this.#inputs;
  }

  /** What came out of the main output. */
  get output(): Recording<U> {
    return this.#present.run.output<U>(MAIN);
  }

  /** What came out of a side output named in the options. @throws ERR_TESTING_NAME */
  sideOutput<S = unknown>(tag: string): Recording<S> {
    return this.#present.run.output<S>(sideName(tag));
  }

  /** Rows, watermarks and idleness of the main output, in order. */
  get events(): readonly StreamEvent<U>[] {
    return this.output.events;
  }

  /** Rows of the main output with timestamp and change. */
  get emitted(): EmittedRow<U>[] {
    return this.output.emitted;
  }

  /** Rows of the main output. */
  get rows(): U[] {
    return this.output.rows;
  }

  /** Watermarks of the main output. */
  get watermarks(): number[] {
    return this.output.watermarks;
  }

  /** Counters of all operators by name, as they are in the metrics; those of one name are added up. */
  get counters(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const { counters } of this.#present.run.metrics().operators) {
      for (const [name, count] of Object.entries(counters)) sums[name] = (sums[name] ?? 0) + count;
    }
    return sums;
  }

  /** Bytes of keyed state outside the heap. */
  get stateBytes(): number {
    return this.#present.run.stateBytes;
  }

  /** One row on the first input. @param timestamp integer milliseconds since the epoch; none when left out */
  push(row: T, timestamp?: number): this {
    this.first.push(row, timestamp);
    return this;
  }

  /** A row of a changelog on the first input. */
  pushChange(change: Change, row: T, timestamp?: number): this {
    this.first.pushChange(change, row, timestamp);
    return this;
  }

  /** Rows on the first input. */
  pushAll(rows: Iterable<T>, timestampOf?: (row: T, index: number) => number): this {
    this.first.pushAll(rows, timestampOf);
    return this;
  }

  /** A watermark on all inputs. */
  watermark(watermark: number): this {
    return this.#each((input) => input.watermark(watermark));
  }

  /** All inputs go idle. */
  idle(): this {
    return this.#each((input) => input.idle());
  }

  /** Moves processing time forward. @throws ERR_TESTING_TIME */
  advanceProcessingTime(ms: number): this {
    this.settle();
    this.#present.run.advanceProcessingTime(ms);
    return this;
  }

  /** Lets everything told so far take effect. @throws what the operator failed with */
  settle(): this {
    this.#present.run.settle();
    return this;
  }

  /** The same, and lets promises that have settled reach the operator. */
  async drain(): Promise<void> {
    await this.#present.run.drain();
  }

  /** Ends the inputs: end of time, then the end. @throws what the operator failed with */
  async finish(): Promise<void> {
    await this.#present.run.finish();
  }

  /** Stops where it is. */
  async cancel(): Promise<void> {
    await this.#present.run.cancel();
  }

  /** Keyed state of the operator of this name, or of the only one that has any. @throws ERR_TESTING_NAME */
  async state(operator?: string): Promise<KeyState[]> {
    if (operator !== undefined) return this.#present.run.state(operator);
    const { chains } = this.#present.run.plan;
    const stateful = chains.flatMap(({ operators }) => operators.filter((one) => one.stateful));
    return this.#present.run.state(stateful[0]?.uid ?? '');
  }

  /** What the operator holds. */
  snapshot(): Promise<JobSnapshot> {
    return this.#present.run.checkpoint();
  }

  /**
   * Fresh instances take the place of these, from a snapshot (default: one of now). What was recorded stays; inputs say
   * their watermarks and idleness again.
   *
   * @param parallelism of the operator from now on
   */
  async restore(snapshot?: JobSnapshot, parallelism?: number): Promise<void> {
    const held = snapshot ?? (await this.snapshot());
    await this.#present.run.cancel();
    const options = parallelism === undefined ? this.#options : { ...this.#options, parallelism };
    this.#present.run = await TestRun.restore(this.#job, held, options, this.#present.run);
    this.#present.run.settle();
  }

  #each(tell: (input: TestInput<never>) => void): this {
    tell(this.first as TestInput<never>);
    if (this.#inputs === 2) tell(this.second as TestInput<never>);
    return this;
  }
}
