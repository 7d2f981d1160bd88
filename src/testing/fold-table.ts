/** The table that a changelog describes. */

import { inspect } from 'node:util';
import type { InspectOptions } from 'node:util';

import type { EmittedRow } from './recording.ts';

/** Rows as texts that are equal where the rows are. */
export const PLAIN: InspectOptions = {
  depth: null,
  sorted: true,
  breakLength: Infinity,
  maxArrayLength: null,
  maxStringLength: null,
};

/**
 * The rows that are left: inserts and `updateAfter` add one, `updateBefore` and `delete` take one away that equals it. In
 * order of their arrival.
 *
 * @returns also the rows that were to be taken away and were not there
 * @example
 * foldTable([{ row: 1, timestamp: undefined }, { row: 1, timestamp: undefined, change: 'delete' }]).rows; // []
 */
export function foldTable<T>(emitted: readonly EmittedRow<T>[]): {
  readonly rows: T[];
  readonly missing: T[];
} {
  const rows = new Map<string, T[]>();
  const missing: T[] = [];
  for (const { row, change } of emitted) {
    const text = inspect(row, PLAIN);
    const equal = rows.get(text) ?? [];
    if (change === 'updateBefore' || change === 'delete') {
      if (equal.pop() === undefined) missing.push(row);
      if (equal.length === 0) rows.delete(text);
    } else rows.set(text, [...equal, row]);
  }
  return { rows: [...rows.values()].flat(), missing };
}
