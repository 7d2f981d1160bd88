import { describe, expect, it } from 'vitest';

import type { ProcessFunction, Stream } from 'millrace';
import { matchers, testOperator } from 'millrace/testing';
import 'millrace/testing/vitest';

/** Negative numbers are late; the others are passed on. */
const sorting: ProcessFunction<number, number> = {
  processElement(n, context, out) {
    if (n < 0) context.output('late', n);
    else out.collect(n);
  },
};

async function sorted(...rows: readonly number[]): Promise<Awaited<ReturnType<typeof numbers>>> {
  const test = await numbers();
  return test.pushAll(rows, (n) => 10 * Math.abs(n));
}

function numbers(): ReturnType<typeof testOperator<number, number>> {
  return testOperator((rows: Stream<number>) => rows.process(sorting), { sideOutputs: ['late'] });
}

describe('the matchers', () => {
  it('compare rows in order, in any order, and with timestamps', async () => {
    const test = await sorted(3, 1, 2);
    expect(test).toEmit([3, 1, 2]);
    expect(test).not.toEmit([1, 2, 3]);
    expect(test.output).toEmitInAnyOrder([1, 2, 3]);
    expect(test).not.toEmitInAnyOrder([1, 1, 3]);
    expect(test).toEmitExactly([3, 1, 2].map((row) => ({ row, timestamp: 10 * row })));
    await test.cancel();
  });

  it('find the pairs when an asymmetric matcher fits several rows', async () => {
    const test = await sorted(3, 1);
    expect(test).toEmitInAnyOrder([expect.any(Number), 3]);
    expect(test).toEmitInAnyOrder([3, expect.any(Number)]);
    expect(test).not.toEmitInAnyOrder([expect.any(Number), 7]);
    await test.cancel();
  });

  it('compare watermarks and late rows', async () => {
    const test = await sorted(1, -2, -3);
    test.watermark(20);
    expect(test).toHaveWatermark(20);
    expect(test).not.toHaveWatermark(21);
    expect(test).toHaveEmittedLate([-3, -2]);
    expect(test).not.toHaveEmittedLate([-3]);
    await test.cancel();
  });

  it('fold a changelog into its table, and fail for a change without its row', async () => {
    const test = await testOperator((rows: Stream<string>) => rows.map((row) => row));
    test.push('a').push('b').push('b').pushChange('delete', 'b').pushChange('updateBefore', 'a');
    test.pushChange('updateAfter', 'c');
    expect(test).toEqualTable(['c', 'b']);
    expect(test).not.toEqualTable(['b', 'b']);
    test.pushChange('delete', 'x');
    expect(test).not.toEqualTable(['c', 'b']);
    await test.cancel();
  });

  it('say what they expected and what they got, and refuse what gives no rows', async () => {
    const test = await sorted(3);
    expect(() => expect(test).toEmit([4])).toThrow('Expected rows: [ 4 ], got [ 3 ]');
    expect(() => matchers.toEmit.call({}, 5 as never, [])).toThrow(TypeError);
    expect(matchers.toEmit.call({}, test as never, [3]).pass).toBe(true);
    await test.cancel();
  });
});
