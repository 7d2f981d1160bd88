/** The statistics that a producer keeps in its ring's control words. Owner: the producing worker. */

import {
  BYTES_WRITTEN_STAT,
  OVERDRAFT_MAX_STAT,
  OVERDRAFT_STAT,
  ROWS_WRITTEN_STAT,
  WITHOUT_CREDIT_US_STAT,
} from './ring-layout.ts';
import type { SharedFloat64 } from './ring-layout.ts';

/** Of one channel; plain stores. */
export class WriterStatistics {
  readonly #stats: SharedFloat64;

  constructor(control: SharedArrayBuffer) {
    this.#stats = new Float64Array(control);
  }

  /** What was published so far. */
  published(rows: number, bytes: number): void {
    this.#stats[ROWS_WRITTEN_STAT] = rows;
    this.#stats[BYTES_WRITTEN_STAT] = bytes;
  }

  /** Bytes that wait in the overdraft. */
  waiting(bytes: number): void {
    this.#stats[OVERDRAFT_STAT] = bytes;
  }

  /** The most that ever waited there, and the time spent without credit, in ms. */
  report(waitingBytesMax: number, withoutCreditMs: number): void {
    this.#stats[OVERDRAFT_MAX_STAT] = waitingBytesMax;
    this.#stats[WITHOUT_CREDIT_US_STAT] = withoutCreditMs * 1000;
  }
}
