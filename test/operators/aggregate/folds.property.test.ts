/**
 * Laws of aggregate.ts:
 *  1. Merging the accumulators of any parts of the rows gives the result of folding all rows, whatever the order of the
 *     parts: exactly where the arithmetic is exact, within the stated error for sketches and floats.
 *  2. `subtract` undoes `merge`: it is there only where that is exact.
 *  3. The generated text of a word fold and its plain form give the same words.
 *  4. Zero words, with a count of 0, are the empty accumulator.
 * and of accumulators.ts: the generated texts and the plain methods leave the same words.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Accumulators, aggregateFold, wordsAt } from '../../../src/operators/aggregate/index.ts';
import type { RowAccess } from '../../../src/operators/aggregate/index.ts';
import { generate } from '../../../src/operators/generated.ts';
import {
  approxDistinct,
  collectValues,
  count,
  distinct,
  first,
  last,
  max,
  mean,
  min,
  quantile,
  quantiles,
  stddev,
  sum,
  topN,
  variance,
} from '../../../src/operators/index.ts';
import type { AggregateSpec } from '../../../src/operators/index.ts';
import { compileCodec } from '../../../src/record/codec-compiler.ts';
import {
  bool,
  f32,
  f64,
  i16,
  i64,
  i8,
  Memory,
  nullable,
  record,
  u32,
  utf8,
} from '../../../src/record/index.ts';

const Row = record('Row', {
  small: i8,
  medium: nullable(i16),
  wide: u32,
  long: i64,
  single: f32,
  double: f64,
  flag: bool,
  text: utf8,
  big: i64.asBigInt(),
});
interface Values {
  readonly small: number;
  readonly medium: number | null;
  readonly wide: number;
  readonly long: number;
  readonly single: number;
  readonly double: number;
  readonly flag: boolean;
  readonly text: string;
  readonly big: bigint;
  readonly time: number;
}

const rows: fc.Arbitrary<Values> = fc.record({
  small: fc.integer({ min: -128, max: 127 }),
  medium: fc.option(fc.integer({ min: -1000, max: 1000 }), { freq: 2 }),
  wide: fc.nat(0xffffffff),
  long: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
  single: fc.integer({ min: -1000, max: 1000 }).map((value) => value / 4),
  // Sums of these are exact, so that the order of addition does not show.
  double: fc.integer({ min: -1000, max: 1000 }).map((value) => value / 8),
  flag: fc.boolean(),
  text: fc.constantFrom('', 'a', 'b', 'é', 'zz'),
  big: fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n }),
  time: fc.integer({ min: -5, max: 5 }),
});

const isFlagged = (row: Values): boolean => row.flag;

const WORDS: AggregateSpec = {
  n: count(),
  flagged: count({ where: isFlagged }),
  present: count('medium'),
  total: sum('long'),
  totalSmall: sum('small', { where: isFlagged }),
  totalMedium: sum('medium'),
  totalDouble: sum('double'),
  totalFn: sum((row: Values) => (row.flag ? row.double : null)),
  least: min('wide'),
  leastFlag: min('flag'),
  most: max('single'),
  mostMedium: max('medium'),
  average: mean('small'),
  earliest: first('double'),
  latest: last('medium'),
};
const SPREAD: AggregateSpec = { variance: variance('double'), deviation: stddev('small') };
const HEAP: AggregateSpec = {
  bigTotal: sum('big'),
  leastText: min('text'),
  firstText: first('text'),
  lastBig: last('big'),
  all: collectValues('small'),
  top: topN('wide', 3),
  bottom: topN('text', 2, { order: 'smallest' }),
  texts: distinct('text'),
  smalls: distinct('small'),
  flaggedSmalls: distinct('small', { where: isFlagged }),
  flaggedTexts: distinct('text', { where: isFlagged }),
  about: approxDistinct('text'),
  median: quantile('small', 0.5),
  ends: quantiles('double', [0, 1]),
};

const INPUT = { operator: 'test', type: Row };

function resultOf(spec: AggregateSpec, list: readonly Values[]): Record<string, unknown> {
  const fold = aggregateFold(new Accumulators(spec, INPUT));
  let state = fold.create();
  for (const row of list) state = fold.add(state, row, row.time);
  return fold.result(state);
}

/** The parts keep the order of rows with one timestamp. */
function splitByTime(list: readonly Values[], at: readonly number[]): Values[][] {
  const bounds = [-Infinity, ...at.toSorted((a, b) => a - b), Infinity];
  return bounds
    .slice(1)
    .map((end, i) => list.filter(({ time }) => time >= bounds[i]! && time < end));
}

describe('declared aggregates', () => {
  it('give the same for all rows and for parts that are merged, in any order', () => {
    fc.assert(
      fc.property(
        fc.array(rows, { maxLength: 40 }),
        fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 3 }),
        fc.boolean(),
        (list, cuts, backwards) => {
          const fold = aggregateFold(new Accumulators({ ...WORDS, ...HEAP }, INPUT));
          const parts = splitByTime(list, cuts).map((part) => {
            let state = fold.create();
            for (const row of part) state = fold.add(state, row, row.time);
            return state;
          });
          if (backwards) parts.reverse();
          const merged = parts.reduce((a, b) => fold.merge(a, b), fold.create());
          expect(fold.result(merged)).toEqual(resultOf({ ...WORDS, ...HEAP }, list));
          // Results may be read twice.
          expect(fold.result(merged)).toEqual(resultOf({ ...WORDS, ...HEAP }, list));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('give the plain answers', () => {
    fc.assert(
      fc.property(fc.array(rows, { minLength: 1, maxLength: 40 }), (list) => {
        const got = resultOf({ ...WORDS, ...HEAP, ...SPREAD }, list);
        const flagged = list.filter(isFlagged);
        const media = list.flatMap(({ medium }) => (medium === null ? [] : [medium]));
        const doubles = list.map(({ double }) => double);
        const center = add(doubles) / list.length;
        const squares = add(doubles.map((value) => (value - center) ** 2));
        const byTime = list.toSorted((a, b) => a.time - b.time);
        expect(got).toMatchObject({
          n: list.length,
          flagged: flagged.length,
          present: media.length,
          total: add(list.map(({ long }) => long)),
          totalSmall: flagged.length === 0 ? null : add(flagged.map(({ small }) => small)),
          totalMedium: media.length === 0 ? null : add(media),
          totalFn: flagged.length === 0 ? null : add(flagged.map(({ double }) => double)),
          leastFlag: list.every(isFlagged),
          most: Math.max(...list.map(({ single }) => single)),
          mostMedium: media.length === 0 ? null : Math.max(...media),
          earliest: byTime[0]!.double,
          latest: byTime.findLast(({ medium }) => medium !== null)?.medium ?? null,
          bigTotal: list.reduce((total, { big }) => total + big, 0n),
          firstText: byTime[0]!.text,
          all: byTime.map(({ small }) => small),
          top: list
            .map(({ wide }) => wide)
            .toSorted((a, b) => b - a)
            .slice(0, 3),
          texts: new Set(list.map(({ text }) => text)).size,
          about: new Set(list.map(({ text }) => text)).size,
          ends: [Math.min(...doubles), Math.max(...doubles)],
        });
        if (list.length === 1) expect(got['variance']).toBeNull();
        else expect(got['variance']).toBeCloseTo(squares / (list.length - 1), 6);
      }),
      { numRuns: 200 },
    );
  });

  it('leave the same words by generated texts and by plain methods, whichever way rows are read', () => {
    const spec = { ...WORDS, ...SPREAD };
    const accumulators = new Accumulators(spec, INPUT);
    const { stride } = accumulators;
    const codec = compileCodec(Row);
    const view = codec.createView();
    const memory = Memory.ofBytes(1024);
    view.bind(memory);
    view.at = 8;
    const texts = (['bytes', 'properties', 'calls'] as const).map((access: RowAccess) =>
      generate<(words: Float64Array, row: unknown, timestamp: number) => void>(
        'test',
        `return (words, row, timestamp) => { const at = 8; const rows = words[0];
          ${accumulators.addText(wordsAt('words', '0'), access)} words[0] = rows + 1; };`,
        { ...accumulators.bindings, memory, failProperty: fail },
      ),
    );
    const merge = generate<(a: Float64Array, b: Float64Array) => void>(
      'test',
      `return (a, b) => { ${accumulators.mergeText(wordsAt('a', '0'), wordsAt('b', '0'))} };`,
      accumulators.bindings,
    )!;
    fc.assert(
      fc.property(
        fc.array(rows, { minLength: 1, maxLength: 20 }),
        fc.array(rows, { minLength: 1, maxLength: 20 }),
        (list, others) => {
          const plain = [list, others].map((part) => {
            const words = new Float64Array(stride);
            for (const row of part) accumulators.add(words, 0, row, row.time);
            return words;
          });
          for (const text of texts) {
            const words = new Float64Array(stride);
            for (const row of list) {
              memory.i32[0] = codec.write(row as never, memory, 8);
              text!(words, view, row.time);
            }
            expect(words).toEqual(plain[0]);
          }
          const [a, b] = plain as [Float64Array, Float64Array];
          const generated = a.slice();
          merge(generated, b);
          accumulators.merge(a, 0, b, 0);
          expect(generated).toEqual(a);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('take parts out again exactly, where they say that they can', () => {
    const spec: AggregateSpec = {
      n: count(),
      flagged: count({ where: isFlagged }),
      total: sum('long'),
      totalMedium: sum('medium'),
    };
    const accumulators = new Accumulators(spec, INPUT);
    expect(accumulators.invertible).toBe(true);
    expect(new Accumulators({ ...spec, least: min('wide') }, INPUT).invertible).toBe(false);
    expect(new Accumulators({ total: sum('double') }, INPUT).invertible).toBe(false);
    const text = generate<(a: Float64Array, b: Float64Array) => void>(
      'test',
      `return (a, b) => { ${accumulators.subtractText(wordsAt('a', '0'), wordsAt('b', '0'))} };`,
      accumulators.bindings,
    )!;
    fc.assert(
      fc.property(
        fc.array(rows, { maxLength: 20 }),
        fc.array(rows, { minLength: 1, maxLength: 20 }),
        (kept, gone) => {
          const words = [kept, gone, [...gone, ...kept]].map((list) => {
            const own = new Float64Array(accumulators.stride);
            for (const row of list) accumulators.add(own, 0, row, row.time);
            return own;
          });
          const generated = words[2]!.slice();
          accumulators.subtract(words[2]!, 0, words[1]!, 0);
          text(generated, words[1]!);
          expect(words[2]).toEqual(words[0]);
          expect(generated).toEqual(words[0]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('refuse a sum of integers beyond 2^53, and take 2^53 itself', () => {
    const spec = { total: sum('long') };
    const row = (long: number): Values => ({ long }) as Values;
    expect(resultOf(spec, [row(2 ** 53 - 1), row(1)])).toEqual({ total: 2 ** 53 });
    const over = expect.objectContaining({ code: 'ERR_OPERATORS_OVERFLOW' });
    expect(() => resultOf(spec, [row(2 ** 53 - 1), row(2)])).toThrow(over);
    expect(() => resultOf(spec, [row(-(2 ** 53)), row(-1)])).toThrow(over);
  });

  it('follow IEEE 754 and Java where values are not finite', () => {
    const row = (double: number): Values => ({ double }) as Values;
    const spec = { total: sum('double'), least: min('double'), most: max('double') };
    expect(resultOf(spec, [row(1), row(NaN)])).toEqual({ total: NaN, least: 1, most: NaN });
    expect(resultOf({ least: min('double') }, [row(0), row(-0)])).toEqual({ least: -0 });
    expect(resultOf({ most: max('double') }, [row(-0), row(0)])).toEqual({ most: 0 });
  });

  it.each([
    [() => sum(5 as never), 'sum'],
    [() => count({ where: 'x' as never }), 'count'],
    [() => quantile('small', 1.5), 'quantile'],
    [() => quantiles('small', []), 'quantiles'],
    [() => quantile('small', 0.5, { accuracy: 0 }), 'quantile'],
    [() => topN('small', 0), 'topN'],
    [() => topN('small', 1, { order: 'both' as never }), 'topN'],
    [() => approxDistinct('small', { precision: 17 }), 'approxDistinct'],
  ])('say what is wrong with their arguments (%#)', (declare, aggregate) => {
    expect(declare).toThrow(
      expect.objectContaining({
        code: 'ERR_OPERATORS_AGGREGATE',
        details: expect.objectContaining({ aggregate }),
      }),
    );
  });

  it.each([
    [sum('text'), 'utf8'],
    [sum('nothing'), 'no such field in Row'],
    [quantile('flag', 0.5), 'bool'],
    [mean((row: Values) => row.text as never), "'a'"],
  ])('name the field that they cannot fold (%#)', (aggregate, got) => {
    const fold = (): unknown => resultOf({ aggregate }, [{ text: 'a' } as Values]);
    const details = expect.objectContaining({ operator: 'test', got });
    expect(fold).toThrow(expect.objectContaining({ code: 'ERR_OPERATORS_FIELD', details }));
  });
});

function add(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function fail(row: unknown): never {
  throw new Error(`not taken: ${JSON.stringify(row)}`);
}
