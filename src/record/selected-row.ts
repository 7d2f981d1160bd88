/** The base of rows that a selection makes: fields are read where they lie, in the row that was selected from. */

import { RowViewBase } from './row-view.ts';
import type { RowSlice } from './slice.ts';

const encoder = new TextEncoder();

/**
 * A row without bytes of its own; a generated class adds a getter for each field, which asks `$source` or gives a computed
 * value. Like any view it is valid only during the call; `copy()` keeps it. Its fingerprint is that of no record type, so
 * that nobody looks for its bytes in `memory`: a codec writes it field by field, texts of views as slices.
 *
 * Owner: the worker that runs the operator.
 */
export abstract class SelectedRow extends RowViewBase {
  /** The row selected from: a view, or an object of any kind. */
  $source: unknown = undefined;

  /** The same fields over another row, computed values as they are: for a source that was copied. */
  abstract over(source: unknown): SelectedRow;

  /** As of any view, but undefined also for a text that is a string so far: it was computed, or the source has no bytes. */
  override sliceOf(_field: string): RowSlice | null | undefined {
    return undefined;
  }

  /** As of any view; a text that is a string so far is encoded. */
  override bytesOf(field: string): Uint8Array | null {
    if (this.sliceOf(field) === undefined) {
      const value = (this as unknown as Readonly<Record<string, unknown>>)[field];
      if (typeof value === 'string') return encoder.encode(value);
      if (value instanceof Uint8Array || value === null) return value;
    }
    return super.bytesOf(field);
  }
}
