/**
 * Batches of rows on their way to the submitting thread.
 *
 * Laws (test/connectors/driver-sinks.test.ts):
 *  1. At most {@link BATCHES_MAX} batches of at most {@link BATCH_ROWS_MAX} rows are under way, and one more for each barrier;
 *     beyond that `ready` is false until one was taken. Rows arrive in the order they were written.
 *  2. Rows before a barrier are sent when it passes, so that they arrive before the checkpoint can be complete; those behind it
 *     carry its number, by which the submitting thread knows what a restore takes back.
 */

import { RowKind } from '../record/index.ts';
import { driverChannelName } from './driver-channels.ts';
import type { DriverChannel } from './driver-channels.ts';
import type { SinkContext, SinkWriter } from './sink.ts';

/** Most rows of one message. */
export const BATCH_ROWS_MAX: number = 1024;
/** Most messages not yet taken by the submitting thread. */
export const BATCHES_MAX: number = 4;

/** Sends what `map` makes of each row. Owner: the subtask's worker thread. */
export class DriverWriter implements SinkWriter<unknown> {
  readonly #context: SinkContext;
  readonly #channel: DriverChannel;
  /** The channel as text, with the epoch. */
  #name = '';
  readonly #map: (row: unknown, kind: RowKind) => unknown;
  readonly #underWay: Set<Promise<void>> = new Set();
  #batch: unknown[] = [];
  #failure: unknown = undefined;
  #failed = false;

  constructor(
    context: SinkContext,
    channel: DriverChannel,
    map: (row: unknown, kind: RowKind) => unknown,
  ) {
    this.#context = context;
    this.#channel = channel;
    this.#name = driverChannelName(channel);
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
    if (this.#batch.length > 0 && (full || this.#underWay.size < BATCHES_MAX)) this.#send();
  }

  snapshot(): undefined {
    if (this.#failed) throw this.#failure;
    if (this.#batch.length > 0) this.#send();
  }

  prepareCommit(checkpoint: number): undefined {
    const channel = this.#channel;
    if (channel.kind !== 'print') this.#name = driverChannelName({ ...channel, epoch: checkpoint });
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

  #send(): void {
    const batch = this.#batch;
    this.#batch = [];
    const sent = this.#context.toDriver(this.#name, batch).then(
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
}
