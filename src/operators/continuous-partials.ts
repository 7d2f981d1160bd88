/**
 * How a continuous aggregate folds what comes in: rows, or partial results of them from where they are produced, see
 * continuous-local.ts.
 */

import type { RecordType } from '../record/index.ts';
import type { Accumulators, RowAccess, WordText } from './aggregate/index.ts';
import { partialSource, VALUES_FIELD } from './window/partial-rows.ts';

/** What is folded, and how. */
export interface ContinuousSource {
  /**
   * Statements that fold the row at hand into the words `w`, word 0 included, whose value before is in `rows`, and into `heap`
   * where there are heap values; they add to `grown` by how many bytes those grew.
   */
  text(w: WordText, access: RowAccess): string;
  readonly bindings: Readonly<Record<string, unknown>>;
  /** The same without generated code; returns by how many bytes heap values grew. */
  add(
    words: Float64Array,
    o: number,
    heap: unknown[] | undefined,
    row: unknown,
    timestamp: number,
  ): number;
}

/** Rows are folded as they are. */
export function continuousRows(accumulators: Accumulators): ContinuousSource {
  return {
    text: (w, access) =>
      `${accumulators.addText(w, access, accumulators.heapCount > 0)} ${w(0)} = rows + 1;`,
    bindings: accumulators.bindings,
    add: (words, o, heap, row, timestamp) => {
      accumulators.add(words, o, row, timestamp);
      return heap === undefined ? 0 : accumulators.addHeap(heap, row, timestamp);
    },
  };
}

/** @param type of the partial results */
export function continuousPartials(accumulators: Accumulators, type: RecordType): ContinuousSource {
  const source = partialSource(accumulators, type);
  const sets = accumulators.heapCount > 0;
  let values = new Float64Array(64);
  const addValues = (heap: readonly unknown[], row: unknown): number => {
    const bytes = (row as Record<string, Uint8Array>)[VALUES_FIELD]!;
    if (bytes.byteLength > values.byteLength) values = new Float64Array(bytes.byteLength >> 2);
    // They need not be aligned where they are.
    new Uint8Array(values.buffer).set(bytes);
    return accumulators.decodeValues(heap, values, bytes.byteLength >> 3);
  };
  return {
    text: (w, access) =>
      `{ ${source.text(w, access)} } ${sets ? 'grown += addValues(heap, row);' : ''}`,
    bindings: { ...source.bindings, addValues },
    add: (words, o, heap, row, timestamp) => {
      source.add(words, o, row, timestamp);
      return heap === undefined ? 0 : addValues(heap, row);
    },
  };
}
