/** The parts of the state room under the names that the handles of user state call: rows off the heap, values on it. */

import {
  HeapListPart,
  HeapMapPart,
  HeapValuePart,
  RowListPart,
  RowValuePart,
  type RowListCursor,
} from '../state/index.ts';
import type { KeyValue } from '../record/index.ts';
import { keptRow } from './kept-row.ts';

/** Rows, one per key. */
export class RowValues extends RowValuePart<unknown> {
  get(id: number): unknown {
    return this.view(id);
  }
}

/** Rows in the order in which they were added. */
export class RowLists extends RowListPart<unknown> {
  /** One that no iteration uses. */
  #cursor: RowListCursor<unknown> | undefined = undefined;

  *get(id: number): IterableIterator<unknown> {
    const cursor = this.#cursor ?? this.cursor();
    this.#cursor = undefined;
    try {
      for (cursor.begin(id); cursor.next();) yield cursor.row;
    } finally {
      this.#cursor = cursor;
    }
  }

  add(id: number, row: unknown): void {
    this.append(id, row, 0);
  }
}

/** Values on the heap; a view would not outlive the call, so it is kept as a copy. */
export class HeapValues extends HeapValuePart<unknown> {
  override set(id: number, value: unknown): void {
    super.set(id, keptRow(value));
  }
}

/** Lists on the heap. */
export class HeapLists extends HeapListPart<unknown> {
  override add(id: number, value: unknown): void {
    super.add(id, keptRow(value));
  }
}

/** Maps on the heap. */
export class HeapMaps extends HeapMapPart<KeyValue, unknown> {
  override put(id: number, key: KeyValue, value: unknown): void {
    super.put(id, key, keptRow(value));
  }
}
