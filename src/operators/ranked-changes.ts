/**
 * What changed of the rows that a key shows, from the beginning of a mini-batch to its end, as a changelog.
 *
 * Law (test/operators/mini-batch.property.test.ts): applied to what the key had shown, the changes give what it shows now.
 * Rows never change places among each other, so rows that stay come in the same order before and now, and are found by
 * walking both once.
 */

import { RowKind } from '../record/index.ts';
import type { Collector } from './operator.ts';
import type { RankedRows } from './ranked-rows.ts';
import type { ShownRows } from './shown-rows.ts';

/** The change of one key, whose rows are loaded. */
export interface RankedChange {
  readonly output: Collector;
  readonly rows: RankedRows;
  /** How many rows it shows now. */
  readonly last: number;
  /** What it had shown, at a place. */
  readonly shown: ShownRows;
  readonly place: number;
  readonly timestamp: number;
}

/** Without ranks: rows that are shown no more are deleted, then new ones are inserted. Returns how many changes those are. */
export function emitRowChanges({
  output,
  rows,
  last,
  shown,
  place,
  timestamp,
}: RankedChange): number {
  const start = shown.startOf(place);
  const end = shown.endOf(place);
  let changes = 0;
  let rank = 1;
  for (let i = start; i < end; i++) {
    const row = shown.rowAt(i);
    if (!shown.isGone(i)) {
      while (rank <= last && !Object.is(rows.handleAt(rank), row)) rank++;
      if (rank++ <= last) continue;
    }
    output.emitChange(RowKind.delete, rows.handled(row, 0), timestamp);
    changes++;
  }
  let i = start;
  for (rank = 1; rank <= last; rank++) {
    while (i < end && shown.isGone(i)) i++;
    if (i < end && Object.is(rows.handleAt(rank), shown.rowAt(i))) i++;
    else {
      output.emit(rows.rowAt(rank), timestamp);
      changes++;
    }
  }
  dropGone(rows, shown, start, end);
  return changes;
}

/** With ranks: those of which the row is another one are updated. Returns how many changes those are. */
export function emitRankChanges(
  { output, rows, last, shown, place, timestamp }: RankedChange,
  updateBefore: boolean,
): number {
  const start = shown.startOf(place);
  const end = shown.endOf(place);
  const before = end - start;
  let changes = 0;
  for (let rank = 1; rank <= before || rank <= last; rank++) {
    if (rank > before) {
      output.emit(rows.rankedAt(rank, rank), timestamp);
      changes++;
      continue;
    }
    const old = shown.rowAt(start + rank - 1);
    if (rank > last) {
      output.emitChange(RowKind.delete, rows.handled(old, rank), timestamp);
      changes++;
      continue;
    }
    if (Object.is(rows.handleAt(rank), old)) continue;
    if (updateBefore) {
      output.emitChange(RowKind.updateBefore, rows.handled(old, rank), timestamp);
      changes++;
    }
    output.emitChange(RowKind.updateAfter, rows.rankedAt(rank, rank), timestamp);
    changes++;
  }
  dropGone(rows, shown, start, end);
  return changes;
}

function dropGone(rows: RankedRows, shown: ShownRows, start: number, end: number): void {
  for (let i = start; i < end; i++) if (shown.isGone(i)) rows.drop(shown.rowAt(i));
}
