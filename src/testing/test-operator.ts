/** `testOperator`: one operator, or a piece of a pipeline, between inputs that a test feeds and outputs that it reads. */

import { job } from '../graph/index.ts';
import type { OperatorStream, Stream } from '../graph/index.ts';
import type { RecordType } from '../record/index.ts';
import { INPUTS, MAIN, OperatorTest, sideName } from './operator-test.ts';
import type { OperatorTestSettings } from './operator-test.ts';
import { TestRun } from './test-run.ts';
import { testSink } from './test-sink.ts';
import { testSource } from './test-source.ts';

/** Options of {@link testOperator}. */
export interface OperatorTestOptions<T = unknown> extends OperatorTestSettings {
  /** Record type of the input; none leaves it untyped. */
  readonly type?: RecordType<T>;
}

/** Options of {@link testOperator2}. */
export interface OperatorTestOptions2<A = unknown, B = unknown> extends OperatorTestSettings {
  /** Record types of the inputs; none leaves one untyped. */
  readonly first?: RecordType<A>;
  readonly second?: RecordType<B>;
}

/**
 * A test of what `build` puts behind a stream.
 *
 * @throws what building the job throws
 * @example
 * const test = await testOperator((bids: Stream<Bid>) => bids.keyBy('item').max('price'), { type: Bid });
 * test.push({ item: 'a', price: 5 }, 10).push({ item: 'a', price: 3 }, 11).watermark(11);
 * test.rows; // [{ item: 'a', price: 5 }, { item: 'a', price: 5 }]
 * await test.finish();
 */
export async function testOperator<T, U>(
  build: (stream: Stream<T>) => Stream<U>,
  options: OperatorTestOptions<T> = {},
): Promise<OperatorTest<T, U>> {
  const { channels = 1, type } = options;
  const tested = job('operator-test', (env) => {
    // A ring stands before the operator, so that it sees views as it does between threads.
    const source = env.fromSource(testSource(INPUTS[0], type, { subtasks: channels }));
    record(build(source.disableChaining()), options);
  });
  return new OperatorTest<T, U>(tested, await TestRun.start(tested, options), options, 1);
}

/**
 * A test of what `build` puts behind two streams; see {@link testOperator}.
 *
 * @example
 * const test = await testOperator2((a: Stream<Bid>, b: Stream<Item>) => a.connect(b).process(new Join()), {
 *   first: Bid,
 *   second: Item,
 * });
 * test.first.push({ item: 'a', price: 5 }, 10);
 * test.second.push({ item: 'a' }, 11).watermark(20);
 */
export async function testOperator2<A, B, U>(
  build: (first: Stream<A>, second: Stream<B>) => Stream<U>,
  options: OperatorTestOptions2<A, B> = {},
): Promise<OperatorTest<A, U, B>> {
  const { channels = 1, first, second } = options;
  const tested = job('operator-test', (env) => {
    const a = env.fromSource(testSource(INPUTS[0], first, { subtasks: channels }));
    const b = env.fromSource(testSource(INPUTS[1], second, { subtasks: channels }));
    record(build(a.disableChaining(), b.disableChaining()), options);
  });
  return new OperatorTest<A, U, B>(tested, await TestRun.start(tested, options), options, 2);
}

function record<U>(stream: Stream<U>, { sideOutputs = [] }: OperatorTestSettings): void {
  stream.sinkTo(testSink(MAIN));
  for (const side of sideOutputs) {
    const { tag, type } = typeof side === 'string' ? { tag: side, type: undefined } : side;
    const operator = stream as OperatorStream<U>;
    const rows =
      type === undefined ? operator.getSideOutput(tag) : operator.getSideOutput(tag, type);
    rows.sinkTo(testSink(sideName(tag)));
  }
}
