/** What a chain's driver shares with its operators and its error reports. */

import { NO_WATERMARK, RowKind } from '../record/index.ts';

/** The state that a driver shares with its operators: what is being processed right now. */
export interface CurrentRow {
  keyHash: number;
  rowKind: RowKind;
  watermark: number;
  /** Index of the operator whose code runs, for error reports. */
  operator: number;
}

/**
 * What an operator that is not the head of its chain sees: the row that is being processed, with a watermark of its own. What
 * an operator emits while a watermark waits in it reaches those behind it before the watermark does.
 */
export class ChainedRow {
  watermark: number = NO_WATERMARK;
  readonly #current: CurrentRow;

  constructor(current: CurrentRow) {
    this.#current = current;
  }

  get keyHash(): number {
    return this.#current.keyHash;
  }

  get rowKind(): RowKind {
    return this.#current.rowKind;
  }
}

/** A new {@link CurrentRow}; built in one place so that it has one hidden class. */
export function currentRow(watermark: number): CurrentRow {
  return { keyHash: 0, rowKind: RowKind.insert, watermark, operator: 0 };
}
