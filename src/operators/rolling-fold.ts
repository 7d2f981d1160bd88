/**
 * What `sum`, `min`, `max`, `minBy` and `maxBy` mean, on plain rows; the generated kernel is proven equal to this.
 *
 * - sum, min, max: all other fields keep the first row's values. minBy, maxBy: the whole row, the first on ties.
 * - A null or missing value takes no part, as in SQL: a result is null until the first value that is not. Then sum, min
 *   and max take that value into the first row, minBy and maxBy take that row.
 * - Order is Java's `compare`: NaN is greater than every number, -0 is less than 0; texts by UTF-16 units; false < true.
 * - A sum of integers never wraps: beyond the field's type (±2^53 for 64-bit numbers) it is an error. Floats follow
 *   IEEE 754, rounded to 32 bits for f32.
 */

import { EngineError } from '../base/index.ts';
import type { FieldDescriptor, TypeDescriptor } from '../record/index.ts';
import { describeGot } from './kept-row.ts';

/** The rolling aggregates. */
export type RollingKind = 'sum' | 'min' | 'max' | 'minBy' | 'maxBy';

/** Least and greatest sums by type; types without a line do not overflow. */
const RANGES: Readonly<Record<string, readonly [number | bigint, number | bigint]>> = {
  i8: [-0x80, 0x7f],
  u8: [0, 0xff],
  i16: [-0x8000, 0x7fff],
  u16: [0, 0xffff],
  i32: [-0x80000000, 0x7fffffff],
  u32: [0, 0xffffffff],
  i64: [-(2 ** 53), 2 ** 53],
  u64: [0, 2 ** 53],
  'i64 bigint': [-(2n ** 63n), 2n ** 63n - 1n],
  'u64 bigint': [0n, 2n ** 64n - 1n],
};

type Values = Readonly<Record<string, unknown>>;

/**
 * The fold of one aggregate over plain rows.
 *
 * @param field name of the aggregate's field
 * @param descriptor of the field when the stream has a record type
 */
export function rollingFold(
  kind: RollingKind,
  field: string,
  descriptor: FieldDescriptor | undefined,
  operator: string,
): (accumulated: unknown, row: unknown) => unknown {
  return (accumulated, row) => {
    const value = valueIn(row, field, operator);
    if (value === null) return accumulated;
    const before = valueIn(accumulated, field, operator);
    if (kind === 'sum') {
      const sum = add(before ?? zeroLike(value), value, field, descriptor?.type, operator);
      return { ...(accumulated as Values), [field]: sum };
    }
    if (before !== null && !improves(kind, before, value, field, operator)) return accumulated;
    return kind === 'minBy' || kind === 'maxBy'
      ? row
      : { ...(accumulated as Values), [field]: value };
  };
}

/** Java's `compare`: negative, zero or positive; both of one type. */
export function compareValues(a: Comparable, b: Comparable): number {
  if (typeof a !== 'number' || typeof b !== 'number') return a < b ? -1 : a > b ? 1 : 0;
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a !== 0 ? 0 : Math.sign(1 / a - 1 / b) || 0;
  return (a !== a ? 1 : 0) - (b !== b ? 1 : 0);
}

type Comparable = number | bigint | string | boolean;

function improves(
  kind: RollingKind,
  before: unknown,
  value: unknown,
  field: string,
  operator: string,
): boolean {
  if (typeof before !== typeof value || !isComparable(before) || !isComparable(value)) {
    return failField(operator, field, `a value that compares with ${describeGot(before)}`, value);
  }
  const order = compareValues(value, before);
  return kind === 'min' || kind === 'minBy' ? order < 0 : order > 0;
}

function isComparable(value: unknown): value is Comparable {
  return typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol';
}

function zeroLike(value: unknown): number | bigint {
  return typeof value === 'bigint' ? 0n : -0;
}

function add(
  a: unknown,
  b: unknown,
  field: string,
  type: TypeDescriptor | undefined,
  operator: string,
): number | bigint {
  let sum: number | bigint;
  if (typeof a === 'number' && typeof b === 'number') sum = a + b;
  else if (typeof a === 'bigint' && typeof b === 'bigint') sum = a + b;
  else {
    const expected = typeof a === 'bigint' ? 'a bigint as before' : 'a number';
    return failField(operator, field, expected, b);
  }
  if (type === undefined) return sum;
  if (type.kind === 'f32') return Math.fround(Number(sum));
  const range = RANGES[`${type.kind}${typeof sum === 'bigint' ? ' bigint' : ''}`];
  if (range === undefined) return sum;
  // Beyond 2^53 a sum of numbers is rounded, perhaps back into the range.
  const rounded = typeof sum === 'number' && type.kind !== 'f64' && Math.abs(sum) >= 2 ** 53;
  const exact = rounded ? BigInt(a) + BigInt(b) : sum;
  if (exact < range[0] || exact > range[1]) failOverflow(operator, field, type.kind, a, b);
  return sum;
}

function valueIn(row: unknown, field: string, operator: string): unknown {
  if (typeof row !== 'object' || row === null) {
    return failField(operator, field, 'a row with that field', row);
  }
  return (row as Values)[field] ?? null;
}

function failField(operator: string, field: string, expected: string, got: unknown): never {
  throw new EngineError('ERR_OPERATORS_FIELD', {
    operator,
    field,
    expected,
    got: describeGot(got),
  });
}

/** @throws ERR_OPERATORS_OVERFLOW always */
export function failOverflow(
  operator: string,
  field: string,
  type: string,
  accumulated: unknown,
  added: unknown,
): never {
  throw new EngineError(
    'ERR_OPERATORS_OVERFLOW',
    { operator, field, type, accumulated: String(accumulated), added: String(added) },
    { place: { operator } },
  );
}
