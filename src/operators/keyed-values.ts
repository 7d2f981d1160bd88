/** One JavaScript value per key: what the rolling operators keep for untyped streams and for key functions. */

import { NO_TIMESTAMP } from '../record/index.ts';
import { HeapValuePart } from '../state/index.ts';
import type { KeyedBackend, KeyResolver, OperatorSnapshot } from '../state/index.ts';
import { checkInsert } from './changelog.ts';
import { keepRow, keptRow } from './kept-row.ts';
import { keyedBackend } from './keyed-backend.ts';
import { NumberPart } from './number-part.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { Operator, OperatorContext, RestoredState } from './operator.ts';

/** Folds a row into the value of its key; may return the old value. */
export type Fold = (accumulated: unknown, row: unknown) => unknown;

/** State of one rolling operator; the first row of a key is its first value. Owner: the subtask's worker. */
export class KeyedValues implements Operator {
  readonly #context: OperatorContext;
  readonly #fold: Fold;
  readonly #keyed: boolean;
  readonly #batch: boolean;
  readonly #backend: KeyedBackend;
  readonly #resolve: KeyResolver;
  readonly #values: HeapValuePart<unknown>;
  /** Batch mode: the largest timestamp by key. */
  readonly #times: NumberPart;
  /** The key id that `finish` looks at next. */
  #next = 0;

  constructor(context: OperatorContext, fold: Fold) {
    this.#context = context;
    this.#fold = fold;
    this.#keyed = context.inputs[0]?.key !== undefined;
    this.#batch = context.executionMode === 'batch';
    this.#backend = keyedBackend(context);
    this.#resolve = this.#backend.keys.resolver(0);
    this.#values = new HeapValuePart(this.#backend, { name: 'row' });
    this.#times = new NumberPart(this.#backend, 'time', undefined);
    this.#backend.register(this.#values);
    this.#backend.register(this.#times);
  }

  /**
   * Folds one row, and emits the result unless in batch mode.
   *
   * @throws ERR_STATE_QUOTA, ERR_STATE_KEY, ERR_OPERATORS_CHANGELOG
   */
  process(row: unknown, timestamp: number): void {
    checkInsert(this.#context);
    const { current, output } = this.#context;
    const values = this.#values;
    const id = this.#resolve(row, this.#keyed ? current.keyHash : 0);
    let value: unknown;
    if (values.has(id)) {
      const before = values.get(id);
      const after = this.#fold(before, row);
      value = after === before ? before : keptRow(after);
      if (value !== before) values.set(id, value);
    } else {
      value = keepRow(row);
      values.set(id, value);
    }
    if (!this.#batch) output.emit(value, timestamp);
    else if (timestamp > (this.#times.get(id) ?? -Infinity)) this.#times.set(id, timestamp);
  }

  /**
   * Batch mode: emits the last result of each key, in the order in which the keys came first, and lets go of it; false while
   * there are more for another call.
   */
  finish(): boolean {
    if (!this.#batch) return true;
    const { limit } = this.#backend.keys;
    const values = this.#values;
    const times = this.#times;
    for (let rows = 0; this.#next < limit; this.#next++) {
      const id = this.#next;
      if (!values.has(id)) continue;
      if (rows++ === FINISH_ROWS_MAX) return false;
      this.#backend.keys.changes.touch(id);
      this.#context.output.emit(values.get(id), times.get(id) ?? NO_TIMESTAMP);
      values.clear(id);
      times.clear(id);
    }
    return true;
  }

  snapshot(): OperatorSnapshot {
    return { keyed: this.#backend.snapshot(), operator: [] };
  }

  restore({ keyed }: RestoredState): void {
    const { first, last } = this.#context.keyGroups;
    this.#backend.restore(keyed, first, last);
  }

  /** Gives back the state's bytes. */
  close(): void {
    this.#backend.dispose();
  }
}
