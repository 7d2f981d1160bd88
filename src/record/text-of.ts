/** The text of a field as bytes, of rows of any kind: for functions that look at a text without wanting a string of it. */

import { Memory } from './memory.ts';
import { RowViewBase } from './row-view.ts';
import { RowSlice } from './slice.ts';
import { boundOfText, writeText } from './text.ts';

/** Names of the text fields of a row. */
export type TextField<T> = {
  [F in keyof T & string]-?: Exclude<T[F], null | undefined> extends string ? F : never;
}[keyof T & string];

/** By field: where texts that are strings so far are encoded. */
const encoded = new Map<string, RowSlice>();

/**
 * The bytes of a text field: of a row that came over a stream with a record type they lie where they are, nothing is
 * decoded, copied or allocated; of any other row they are encoded. Valid during the call, until the next call for this
 * field.
 *
 * @returns null when the field is null
 * @example
 * bids.filter((bid) => textOf(bid, 'channel').equals('Google'));
 * bids.map((bid) => ({ auction: bid.auction, folder: textOf(bid, 'url').part('/', 3) ?? '' }), Folder);
 */
export function textOf<T extends object, F extends TextField<T>>(
  row: T,
  field: F,
): null extends T[F] ? RowSlice | null : RowSlice;
export function textOf(row: object, field: string): RowSlice | null {
  if (row instanceof RowViewBase) {
    const slice = row.sliceOf(field);
    if (slice !== undefined) return slice;
  }
  const value = (row as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'string' ? encodedSlice(field, value) : null;
}

function encodedSlice(field: string, text: string): RowSlice {
  let slice = encoded.get(field);
  if (slice === undefined) encoded.set(field, (slice = new RowSlice()));
  const bound = boundOfText(text);
  // Twice as much, so that longer texts seldom need another one.
  const memory =
    bound > slice.memory.u8.length ? Memory.ofBytes((2 * bound + 7) & -8) : slice.memory;
  writeText(memory, 0, text);
  return slice.set(memory, 0);
}
