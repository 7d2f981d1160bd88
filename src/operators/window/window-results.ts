/** The rows that windows of declared aggregates give: key, window, results, in one object used over and over. */

import type { KeySpace } from '../../state/index.ts';
import type { Accumulators } from '../aggregate/index.ts';
import { compileResults } from '../continuous-kernel.ts';
import type { FillResults } from '../continuous-kernel.ts';
import type { Collector } from '../operator.ts';

/** What results are made of. */
export interface ResultShape {
  /** Names of the key's fields; undefined when the key is given as one value named `key`. */
  readonly keyFields: readonly string[] | undefined;
  /** Whether results have a record type: then they are copied on the way out, and one object does for all. */
  readonly typed: boolean;
}

/** Emits results. Owner: the subtask's worker. */
export class WindowResults {
  readonly #keys: KeySpace;
  readonly #accumulators: Accumulators;
  readonly #fill: FillResults;
  readonly #output: Collector;
  readonly #shape: ResultShape;
  readonly #row: Record<string, unknown>;

  constructor(keys: KeySpace, accumulators: Accumulators, output: Collector, shape: ResultShape) {
    this.#keys = keys;
    this.#accumulators = accumulators;
    this.#fill = compileResults(accumulators);
    this.#output = output;
    this.#shape = shape;
    this.#row = this.#create();
  }

  /** Emits the result of a key's window, with the window's last timestamp. */
  emit(
    id: number,
    start: number,
    end: number,
    words: Float64Array,
    o: number,
    heap: readonly unknown[] | undefined,
  ): void {
    const { keyFields, typed } = this.#shape;
    const row = typed ? this.#row : this.#create();
    if (keyFields === undefined) row['key'] = this.#keys.keyOf(id);
    else if (keyFields.length > 0) this.#keys.project(id, row, keyFields);
    row['windowStart'] = start;
    row['windowEnd'] = end;
    this.#fill(row, words, o, heap);
    this.#output.emit(row, end - 1);
  }

  /** An object with all names in their order. */
  #create(): Record<string, unknown> {
    const row: Record<string, unknown> = {};
    for (const name of this.#shape.keyFields ?? ['key']) row[name] = undefined;
    row['windowStart'] = 0;
    row['windowEnd'] = 0;
    for (const [name] of this.#accumulators.bound) row[name] = undefined;
    return row;
  }
}
