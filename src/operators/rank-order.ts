/** Which row comes first among those of a key: by a field's value, or by a comparator. */

import type { RecordType } from '../record/index.ts';
import { generate } from './generated.ts';
import { compareValues } from './rolling-fold.ts';

/** Which row comes first. */
export interface RankOrder {
  /** Field by which rows are ordered; undefined for a comparator. */
  readonly field: string | undefined;
  /** As for `Array.sort`; undefined for a field. */
  readonly compare: ((a: unknown, b: unknown) => number) | undefined;
  readonly descending: boolean;
}

const NUMERIC: ReadonlySet<string> = new Set(
  'bool i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 timestamp'.split(' '),
);

/** Whether the order is that of numbers, as {@link numberReader} reads them. */
export function isNumeric(
  order: RankOrder,
  type: RecordType,
): order is RankOrder & { readonly field: string } {
  const kind = type.descriptor.fields.find(({ name }) => name === order.field)?.type;
  if (kind === undefined || !NUMERIC.has(kind.kind)) return false;
  return !('bigint' in kind && kind.bigint === true);
}

/** Reads the field as a number that ascends with the rank; call sites of its own. */
export function numberReader(field: string, descending: boolean): (row: unknown) => number {
  const sign = descending ? -1 : 1;
  const plain = (row: unknown): number => {
    const value = (row as Record<string, unknown>)[field];
    if (value === null || value === undefined) return sign * -Infinity;
    const number = Number(value);
    return sign * (number !== number ? Infinity : number);
  };
  const source = `return function numberOf(row) {
  const value = row[${JSON.stringify(field)}];
  return typeof value === 'number' && value === value ? ${descending ? '-' : ''}value : plain(row);
};`;
  return generate<(row: unknown) => number>('rank number', source, { plain }) ?? plain;
}

/** Compares rows: negative when the first comes first. */
export function comparator({
  field,
  compare,
  descending,
}: RankOrder): (a: unknown, b: unknown) => number {
  const sign = descending ? -1 : 1;
  if (compare !== undefined) return (a, b) => sign * compare(a, b);
  const valueOf = (row: unknown): unknown => (row as Record<string, unknown> | null)?.[field!];
  return (a, b) => sign * compareFields(valueOf(a), valueOf(b));
}

/** Nulls below everything; values of different kinds by the names of their kinds. */
function compareFields(a: unknown, b: unknown): number {
  const none = (value: unknown): boolean => value === null || value === undefined;
  if (none(a) || none(b)) return Number(none(b)) - Number(none(a));
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  return compareValues(a as string, b as string);
}
