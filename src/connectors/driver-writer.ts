/**
 * Batches of rows on their way to the submitting thread.
 *
 * Law: at most {@link BATCHES_MAX} batches of at most {@link BATCH_ROWS_MAX} rows are under way; beyond that `ready` is false until
 * one was taken. Rows arrive in the order they were written.
 */

import { RowKind } from '../record/index.ts';
import type { SinkContext, SinkWriter } from './sink.ts';

/** Most rows of one message. */
export const BATCH_ROWS_MAX: number = 1024;
/** Most messages not yet taken by the submitting thread. */
export const BATCHES_MAX: number = 4;

/** Sends what `map` makes of each row. Owner: the subtask's worker thread. */
export class DriverWriter implements SinkWriter<unknown> {
  readonly #context: SinkContext;
  readonly #channel: string;
  readonly #map: (row: unknown, kind: RowKind) => unknown;
  readonly #underWay: Set<Promise<void>> = new Set();
  #batch: unknown[] = [];
  #failure: unknown = undefined;
  #failed = false;

  constructor(
    context: SinkContext,
    channel: string,
    map: (row: unknown, kind: RowKind) => unknown,
  ) {
    this.#context = context;
    this.#channel = channel;
    this.#map = map;
  }

  write(row: unknown, _timestamp: number, kind: RowKind = RowKind.insert): void {
    this.#batch.push(this.#map(row, kind));
    if (this.#batch.length >= BATCH_ROWS_MAX) this.flush();
  }

  ready(): boolean {
    if (this.#failed) throw this.#failure;
    return this.#underWay.size < BATCHES_MAX;
  }

  async whenReady(): Promise<void> {
    if (this.#underWay.size >= BATCHES_MAX) await Promise.race(this.#underWay);
  }

  flush(): void {
    if (this.#failed) throw this.#failure;
    // While idle flushes pile up unsent batches, the rows stay here: there is room for them in this batch.
    const full = this.#batch.length >= BATCH_ROWS_MAX;
    if (this.#batch.length === 0 || (!full && this.#underWay.size >= BATCHES_MAX)) return;
    const batch = this.#batch;
    this.#batch = [];
    const sent = this.#context.toDriver(this.#channel, batch).then(
      () => {
        this.#underWay.delete(sent);
      },
      (cause: unknown) => {
        this.#failed = true;
        this.#failure = cause;
        this.#underWay.delete(sent);
      },
    );
    this.#underWay.add(sent);
  }

  async close(aborted: boolean): Promise<void> {
    if (aborted) return;
    while (this.#batch.length > 0) {
      await this.whenReady();
      this.flush();
    }
    await Promise.all(this.#underWay);
    if (this.#failed) throw this.#failure;
  }
}
