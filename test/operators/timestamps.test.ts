import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { boundedOutOfOrderness, record, timestamp } from 'millrace';
import type { OperatorStream, Stream } from 'millrace';
import { testOperator } from 'millrace/testing';
import type { OperatorTest } from 'millrace/testing';
import { BoundedWatermarks } from '../../src/operators/index.ts';
import { END_OF_TIME, NO_WATERMARK } from '../../src/record/index.ts';

interface At {
  time: number;
}
const At = record('At', { time: timestamp });

const byField = (rows: Stream<At>): OperatorStream<At> =>
  rows.assignTimestamps(boundedOutOfOrderness((row) => row.time, 10)).name('stamps');

function stamped(): Promise<OperatorTest<At, At>> {
  return testOperator(byField, { type: At });
}

describe('the timestamps operator', () => {
  it('gives rows their timestamps, and a watermark behind each row that advances it', async () => {
    const test = await stamped();
    test.push({ time: 100 }, 1).push({ time: 95 }).push({ time: 101 });
    expect(test.events).toEqual([
      { row: { time: 100 }, timestamp: 100 },
      { watermark: 89 },
      { row: { time: 95 }, timestamp: 95 },
      { row: { time: 101 }, timestamp: 101 },
      { watermark: 90 },
    ]);
    await test.cancel();
  });

  it('lets of the watermarks before it only the end of time pass', async () => {
    const test = await stamped();
    test.watermark(50).push({ time: 30 });
    await test.finish();
    expect(test.watermarks).toEqual([19, END_OF_TIME]);
  });

  it('goes idle by the clock when rows stop coming, and is active again with the next one', async () => {
    const test = await stamped();
    test.push({ time: 30 }).advanceProcessingTime(9_999);
    expect(test.output.statuses).toEqual([]);
    // A row that came since it last looked at the clock counts as come when it looks.
    test.advanceProcessingTime(1).advanceProcessingTime(10_000);
    expect(test.output.statuses).toEqual([true]);
    test.push({ time: 31 });
    expect(test.output.statuses).toEqual([true, false]);
    await test.cancel();
  });

  it('refuses a timestamp that is not an integer, and names the operator', async () => {
    for (const bad of [1.5, NaN, undefined, '2024']) {
      const test = await testOperator(byField);
      expect(() => test.push({ time: bad as number })).toThrow(
        expect.objectContaining({
          code: 'ERR_OPERATORS_TIMESTAMP',
          message: expect.stringContaining('stamps') as string,
        }),
      );
      await test.cancel();
    }
  });
});

it('after timestamps t1 .. tn the watermark is max(t1 .. tn) - bound - 1', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.nat(), (timestamps, bound) => {
      const generator = new BoundedWatermarks(bound);
      expect(generator.watermark).toBe(NO_WATERMARK);
      timestamps.forEach((at, i) => {
        const before = generator.watermark;
        const advanced = generator.observe(at);
        expect(generator.watermark).toBe(Math.max(...timestamps.slice(0, i + 1)) - bound - 1);
        expect(advanced).toBe(generator.watermark > before);
      });
    }),
  );
});
