import { describe, expect, it } from 'vitest';
import { coProcessTransformation, processTransformation } from '../../src/operators/index.ts';
import type { ProcessFunction } from '../../src/operators/index.ts';
import { END_OF_TIME, i32, record, utf8 } from '../../src/record/index.ts';
import type { RecordType } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';

interface Visit {
  user: string;
  n: number;
}
const Visit: RecordType<Visit> = record('Visit', { user: utf8, n: i32 });

/** Counts the rows of its subtask in a field of its own. */
class Counting implements ProcessFunction<Visit, number> {
  #seen = 0;

  processElement(_: Visit, __: unknown, out: { collect(n: number): void }): void {
    out.collect(++this.#seen);
  }
}

describe('process', () => {
  it('sees key, timestamp and watermark of each row', () => {
    const seen: unknown[] = [];
    const transformation = processTransformation<Visit, never, string>({
      processElement(row, { key, timestamp, watermark }) {
        seen.push([row.n, key, timestamp, watermark]);
      },
    });
    const harness = new OperatorHarness(transformation, {
      inputs: [{ type: Visit, keyBy: ['user'] }],
    });
    harness.push({ user: 'a', n: 1 }, 10);
    harness.advance(10);
    harness.push({ user: 'b', n: 2 });
    expect(seen).toEqual([
      [1, 'a', 10, Number.MIN_SAFE_INTEGER],
      [2, 'b', undefined, 10],
    ]);
  });

  it('emits to its main and side outputs, under the timestamp of the row unless another is given', () => {
    const transformation = processTransformation<number, number>({
      processElement(n, context, out) {
        if (n < 0) context.output('negative', -n);
        else out.collect(n);
        if (n === 7) {
          out.collect(70, 700);
          context.output('negative', 7, 777);
        }
      },
    });
    const harness = new OperatorHarness(transformation, { sideOutputs: ['negative'] });
    [1, -2, 7].forEach((n) => harness.push(n, Math.abs(n)));
    expect(harness.emitted).toEqual([
      { row: 1, timestamp: 1 },
      { row: 7, timestamp: 7 },
      { row: 70, timestamp: 700 },
    ]);
    expect(harness.sides['negative']).toEqual([
      { row: 2, timestamp: 2 },
      { row: 7, timestamp: 777 },
    ]);
  });

  it('is told of the watermark and of the end, and what it emits then goes before the watermark', async () => {
    const calls: string[] = [];
    const transformation = processTransformation<number, string>({
      open: (context) => void calls.push(`open ${context.operatorName}`),
      processElement: () => {},
      onWatermark: (watermark, out) => out.collect(`at ${watermark}`),
      finish: (out) => out.collect('last'),
      close: () => void calls.push('close'),
    });
    const harness = new OperatorHarness(transformation);
    await harness.operator.open?.();
    harness.advance(5);
    await harness.end();
    expect(harness.events).toEqual([
      { row: 'at 5', timestamp: 5 },
      { watermark: 5 },
      { row: `at ${END_OF_TIME}`, timestamp: END_OF_TIME },
      { watermark: END_OF_TIME },
      { row: 'last', timestamp: undefined },
    ]);
    expect(calls).toEqual(['open under-test', 'close']);
  });

  it('keeps a value per key, on its quota, and gives its bytes back', async () => {
    const transformation = processTransformation<Visit, string, string>({
      processElement(row, context, out) {
        const count = context.getState('count', 0);
        const names = context.getState<string[]>('names', () => []);
        names.update([...names.value(), row.user]);
        count.update(count.value() + row.n);
        out.collect(`${context.key} ${count.value()} ${names.value().length}`);
        if (count.value() > 9) count.clear();
      },
    });
    for (const input of [{ type: Visit, keyBy: ['user'] }, { keyBy: (r: Visit) => r.user }]) {
      const harness = new OperatorHarness(transformation, { inputs: [input] });
      harness.pushAll(['a', 'b', 'a', 'a'].map((user) => ({ user, n: 5 })));
      expect(harness.rows).toEqual(['a 5 1', 'b 5 1', 'a 10 2', 'a 5 3']);
      expect(harness.account.usedBytes).toBeGreaterThan(0);
      await harness.end();
      expect(harness.account.usedBytes).toBe(0);
    }
  });

  it('has no state when its input is not keyed', () => {
    const transformation = processTransformation<number, number>({
      processElement: (_, context, out) => out.collect(context.getState('n', 0).value()),
    });
    expect(() => new OperatorHarness(transformation).push(1)).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_NOT_KEYED' }),
    );
  });

  it('makes an instance of its own for each subtask from a class or a maker', () => {
    for (const provided of [Counting, () => new Counting()]) {
      const transformation = processTransformation(provided);
      const first = new OperatorHarness(transformation, { inputs: [{ type: Visit }] });
      const second = new OperatorHarness(transformation, { inputs: [{ type: Visit }] });
      first.pushAll([1, 2].map((n) => ({ user: 'a', n })));
      second.push({ user: 'a', n: 1 });
      expect([first.rows, second.rows]).toEqual([[1, 2], [1]]);
    }
  });

  it('counts under names of its own', () => {
    const transformation = processTransformation<number, never>({
      processElement: (n, context) => context.counter('odd').add(n % 2),
    });
    const harness = new OperatorHarness(transformation);
    harness.pushAll([1, 2, 3]);
    expect(harness.counters).toEqual({ odd: 2 });
  });

  it('fails when a view is kept after its call', () => {
    let kept: Visit | undefined;
    const transformation = processTransformation<Visit, string>({
      processElement(row, _, out) {
        if (kept !== undefined) out.collect(kept.user);
        kept = row;
      },
    });
    const harness = new OperatorHarness(transformation, { inputs: [{ type: Visit }] });
    harness.push({ user: 'a', n: 1 });
    expect(() => harness.push({ user: 'b', n: 1 })).toThrow('a view was used after the call');
  });
});

describe('coProcess', () => {
  it('shares the state of a key between both inputs', async () => {
    const transformation = coProcessTransformation<Visit, { id: string }, string, string>({
      processElement1(row, context, out) {
        const total = context.getState('total', 0);
        total.update(total.value() + row.n);
        out.collect(`${context.key}+${row.n}`);
      },
      processElement2(row, context, out) {
        out.collect(`${row.id}=${context.getState('total', 0).value()}`);
      },
      finish: (out) => out.collect('end'),
    });
    const harness = new OperatorHarness(transformation, {
      inputs: [{ type: Visit, keyBy: ['user'] }, { keyBy: (row: { id: string }) => row.id }],
    });
    harness.push({ user: 'a', n: 2 }, 1, 0);
    harness.push({ user: 'a', n: 3 }, 2, 0);
    harness.push({ id: 'a' }, 3, 1);
    harness.push({ id: 'b' }, 4, 1);
    await harness.end();
    expect(harness.emitted).toEqual([
      { row: 'a+2', timestamp: 1 },
      { row: 'a+3', timestamp: 2 },
      { row: 'a=5', timestamp: 3 },
      { row: 'b=0', timestamp: 4 },
      { row: 'end', timestamp: undefined },
    ]);
    expect(harness.account.usedBytes).toBe(0);
  });
});
