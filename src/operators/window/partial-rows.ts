/**
 * Partial results on their way from a producer to the operator that owns the key: the fields of the key, then the words of
 * the accumulators, and distinct values where they count such, as rows of a record type. Those of windows have the start of
 * their slice as timestamp.
 */

import { layoutOf, recordFromDescriptor } from '../../record/index.ts';
import type { FieldDescriptor, RecordType } from '../../record/index.ts';
import { textHash } from '../../base/index.ts';
import type { Accumulators } from '../aggregate/index.ts';
import type { FoldSource } from './slice-kernel.ts';

/** Field that holds word `k` of the accumulators; word 0 is the number of rows. */
export function wordField(k: number): string {
  return `_word${k}`;
}

/** Field of the distinct values, where there are any: what `Accumulators.encodeValues` writes. */
export const VALUES_FIELD = '_values';

/** Number of rows that a partial result stands for. */
export function rowsOfPartial(row: unknown): number {
  return (row as Record<string, number>)[wordField(0)]!;
}

/** Record type of partial results. */
export function partialType(
  type: RecordType,
  keyFields: readonly string[],
  accumulators: Accumulators,
): RecordType {
  const fields: FieldDescriptor[] = keyFields.map((key) =>
    type.descriptor.fields.find(({ name }) => name === key)!,
  );
  for (let k = 0; k < accumulators.stride; k++) {
    fields.push({ name: wordField(k), type: { kind: 'f64' }, nullable: false, deprecated: false });
  }
  if (accumulators.heapCount > 0) {
    fields.push({
      name: VALUES_FIELD,
      type: { kind: 'bytes' },
      nullable: false,
      deprecated: false,
    });
  }
  const digest = textHash(JSON.stringify(fields)).slice(0, 8);
  return recordFromDescriptor({ name: `${type.name}Partials_${digest}`, fields });
}

/** Folds partial results: merges their words, read where they lie. */
export function partialSource(accumulators: Accumulators, type: RecordType): FoldSource {
  const { stride } = accumulators;
  const { fields } = layoutOf(type.descriptor);
  const offsets = Array.from(
    { length: stride },
    (_, k) => fields.find(({ name }) => name === wordField(k))!.offset,
  );
  const words = new Float64Array(stride);
  return {
    // Within a chain the rows come as what the local fold emits, without bytes to read.
    text: (w, access) =>
      accumulators.mergeText(w, (k) =>
        access === 'bytes' ? `memory.f64[(at + ${offsets[k]!}) >> 3]` : `row.${wordField(k)}`,
      ),
    bindings: accumulators.bindings,
    add: (into, o, row) => {
      for (let k = 0; k < stride; k++) words[k] = (row as Record<string, number>)[wordField(k)]!;
      accumulators.merge(into, o, words, 0);
    },
  };
}
