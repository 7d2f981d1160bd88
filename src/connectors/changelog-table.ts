/**
 * The table that a changelog describes.
 *
 * Laws (test/connectors/changelog-table.property.test.ts):
 *  1. Without a key the table is a multiset of rows: after any changes, a row is in it as often as it was inserted or updated to, less
 *     how often it was deleted or updated from; whatever the order in which the changes came.
 *  2. With a key the table holds at most one row a key: the last one inserted or updated to since it was last deleted or
 *     updated from, or none.
 */

import { RowKind } from '../record/index.ts';
import { freeJson } from './json-text.ts';

/**
 * Folds changes into rows.
 *
 * @example
 * const table = new ChangelogTable(['word']);
 * table.apply(RowKind.insert, { word: 'to', n: 1 });
 * table.apply(RowKind.updateAfter, { word: 'to', n: 2 });
 * table.rows(); // [{ word: 'to', n: 2 }]
 */
export class ChangelogTable {
  readonly #key: readonly string[] | undefined;
  readonly #rows: Map<string, { row: unknown; count: number }> = new Map();

  /** @param key fields that tell rows apart; without them equal rows are counted */
  constructor(key?: readonly string[]) {
    this.#key = key;
  }

  /** Another table with the same rows; either goes on alone. */
  copy(): ChangelogTable {
    const copy = new ChangelogTable(this.#key);
    for (const [text, entry] of this.#rows) copy.#rows.set(text, entry);
    return copy;
  }

  /** Applies one change. The row is kept as it is. */
  apply(kind: RowKind, row: unknown): void {
    const adds = kind === RowKind.insert || kind === RowKind.updateAfter;
    const key = this.#key;
    if (key !== undefined) {
      const text = exactText(key.map((field) => keyPart(row, field)));
      if (adds) this.#rows.set(text, { row, count: 1 });
      else this.#rows.delete(text);
      return;
    }
    const text = exactText(row);
    const entry = this.#rows.get(text);
    const count = (entry?.count ?? 0) + (adds ? 1 : -1);
    if (count === 0) this.#rows.delete(text);
    else this.#rows.set(text, { row, count });
  }

  /** The rows of the table now, in no particular order. */
  rows(): unknown[] {
    const rows: unknown[] = [];
    for (const { row, count } of this.#rows.values()) {
      for (let i = 0; i < count; i++) rows.push(row);
    }
    return rows;
  }
}

/** As everywhere, keys that are 0 and -0 are equal. */
function keyPart(row: unknown, field: string): unknown {
  const value = (row as Record<string, unknown> | null)?.[field];
  return value === 0 ? 0 : value;
}

/** A text that two values share exactly when they are equal by content; the order of fields does not matter. */
function exactText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return `${typeof value} ${freeJson(value)}`;
  if (value instanceof Uint8Array) return `bytes ${freeJson(value)}`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (value instanceof Map) return `map ${exactText([...value])}`;
  if (value instanceof Set) return `set ${exactText([...value])}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `[${Array.from(value as ArrayLike<unknown>, exactText).join(',')}]`;
  }
  const fields = Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}:${exactText(part)}`)
    .toSorted();
  return `{${fields.join(',')}}`;
}
