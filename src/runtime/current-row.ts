/** What a chain's driver shares with its operators and its error reports. */

import { RowKind } from '../record/index.ts';

/** The state that a driver shares with its operators: what is being processed right now. */
export interface CurrentRow {
  keyHash: number;
  rowKind: RowKind;
  watermark: number;
  /** Index of the operator whose code runs, for error reports. */
  operator: number;
}

/** A new {@link CurrentRow}; built in one place so that it has one hidden class. */
export function currentRow(watermark: number): CurrentRow {
  return { keyHash: 0, rowKind: RowKind.insert, watermark, operator: 0 };
}
