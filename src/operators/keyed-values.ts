/** One JavaScript value per key: what the rolling operators keep for untyped streams and for key functions. */

import { HeapTable } from '../state/index.ts';
import type { HeapEntry } from '../state/index.ts';
import { checkInsert } from './changelog.ts';
import { keepRow, keptRow } from './kept-row.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { OperatorContext } from './operator.ts';

/** Folds a row into the value of its key; may return the old value. */
export type Fold = (accumulated: unknown, row: unknown) => unknown;

/** State of one rolling operator; the first row of a key is its first value. Owner: the subtask's worker. */
export class KeyedValues {
  readonly #context: OperatorContext;
  readonly #table: HeapTable<unknown>;
  readonly #fold: Fold;
  /** Where `finish` is. */
  #finishing: Iterator<HeapEntry<unknown>> | undefined = undefined;

  constructor(context: OperatorContext, fold: Fold) {
    this.#context = context;
    this.#fold = fold;
    this.#table = new HeapTable({
      operatorName: context.operatorName,
      account: context.memory,
      maxParallelism: context.maxParallelism,
    });
  }

  /**
   * Folds one row, and emits the result unless in batch mode.
   *
   * @throws ERR_STATE_QUOTA, ERR_STATE_KEY, ERR_OPERATORS_CHANGELOG
   */
  process(row: unknown, timestamp: number): void {
    checkInsert(this.#context);
    const { current, executionMode, inputs, output } = this.#context;
    const key = inputs[0]?.key;
    const keyValue = key === undefined ? true : key.valueOf(row);
    const hash = key === undefined ? 0 : current.keyHash;
    let entry = this.#table.find(keyValue, hash);
    if (entry === undefined) {
      entry = this.#table.insert(keyValue, hash, keepRow(row));
      entry.timestamp = timestamp;
    } else this.#update(entry, row, timestamp);
    if (executionMode !== 'batch') output.emit(entry.value, timestamp);
  }

  /**
   * Batch mode: emits the last result of each key, in the order in which the keys came first; false while there are more
   * for another call.
   */
  finish(): boolean {
    if (this.#context.executionMode !== 'batch') return true;
    const entries = (this.#finishing ??= this.#table[Symbol.iterator]());
    for (let rows = 0; rows < FINISH_ROWS_MAX; rows++) {
      const { done, value } = entries.next();
      if (done === true) return true;
      this.#context.output.emit(value.value, value.timestamp);
    }
    return false;
  }

  /** Gives back the state's bytes. */
  close(): void {
    this.#table.dispose();
  }

  #update(entry: HeapEntry<unknown>, row: unknown, timestamp: number): void {
    const before = entry.value;
    const value = this.#fold(before, row);
    if (value !== before) this.#table.set(entry, keptRow(value));
    if (timestamp > entry.timestamp) entry.timestamp = timestamp;
  }
}
