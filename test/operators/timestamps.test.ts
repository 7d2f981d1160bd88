import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedWatermarks, timestampsTransformation } from '../../src/operators/index.ts';
import { END_OF_TIME, NO_WATERMARK, record, timestamp } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';

const At = record('At', { time: timestamp });
const byField = timestampsTransformation({
  timestampOf: (row: { time: number }) => row.time,
  boundMs: 10,
});

describe('the timestamps operator', () => {
  it('gives rows their timestamps, and a watermark behind each row that advances it', () => {
    const harness = new OperatorHarness(byField, { inputs: [{ type: At }] });
    harness.push({ time: 100 }, 1);
    harness.push({ time: 95 });
    harness.push({ time: 101 });
    expect(harness.events).toEqual([
      { row: { time: 100 }, timestamp: 100 },
      { watermark: 89 },
      { row: { time: 95 }, timestamp: 95 },
      { row: { time: 101 }, timestamp: 101 },
      { watermark: 90 },
    ]);
  });

  it('lets of the watermarks before it only the end of time pass', async () => {
    const harness = new OperatorHarness(byField, { inputs: [{ type: At }] });
    harness.advance(50);
    harness.push({ time: 30 });
    await harness.end();
    expect(harness.watermarks).toEqual([19, END_OF_TIME]);
  });

  it('refuses a timestamp that is not an integer, and names the operator', () => {
    for (const bad of [1.5, NaN, undefined, '2024']) {
      const harness = new OperatorHarness(byField);
      expect(() => harness.push({ time: bad })).toThrow(
        expect.objectContaining({
          code: 'ERR_OPERATORS_TIMESTAMP',
          message: expect.stringContaining('under-test') as string,
        }),
      );
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
