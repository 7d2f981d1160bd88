/**
 * Rows that sinks send to the submitting thread: `collect` keeps or streams them, `print` writes lines. Main thread.
 *
 * Backpressure: a batch is acknowledged when it was taken, and a sink keeps only few unacknowledged batches. Rows that are
 * kept (`collected`) are acknowledged at once; rows that are iterated over (`rows`) when the iterator has passed them.
 *
 * Law (test/control/driver-rows.property.test.ts): after any barriers and restarts, what is kept are the rows of the successful
 * history, each once. A batch says by its epoch which barrier its rows came behind (`DriverChannel`); a restart from checkpoint n
 * takes back what came behind that barrier. What an iterator has given is given.
 */

import { ChangelogTable } from '../connectors/index.ts';
import type { Change } from '../connectors/index.ts';

/** A batch as it arrives. */
export interface DriverBatch {
  readonly rows: readonly unknown[];
  /** Number of the last barrier before these rows; undefined before the first one of an attempt. */
  readonly epoch?: number | undefined;
  acknowledge(): void;
}

/** A batch whose place in the history is known. */
interface PlacedBatch {
  readonly rows: readonly unknown[];
  readonly epoch: number;
  acknowledge(): void;
  /** Whether it was taken back. */
  dropped: boolean;
}

/** Changes of a table that may be taken back. */
interface PlacedChanges {
  readonly changes: readonly Change[];
  readonly epoch: number;
}

/** Before any barrier. */
const NO_BARRIER = -1;

/** Rows of one `collect` or `table` sink. */
export class CollectedRows {
  #kept: unknown[] = [];
  /** Epochs of what is kept: of so many rows each. */
  #runs: { readonly epoch: number; count: number }[] = [];
  readonly #queue: PlacedBatch[] = [];
  /** Batches that iterators are in the middle of. */
  readonly #reading: Set<PlacedBatch> = new Set();
  /** Of a `table`: its rows now. */
  #table: ChangelogTable | undefined = undefined;
  /** The table without the changes that may be taken back; undefined while there are none. */
  #base: ChangelogTable | undefined = undefined;
  #changes: PlacedChanges[] = [];
  #key: readonly string[] | undefined = undefined;
  /** Epoch of rows that come before the first barrier of this attempt. */
  #start: number = NO_BARRIER;
  /** No restart goes back behind this checkpoint. */
  #settled = 0;
  #iterators = 0;
  #ended = false;
  #failure: { readonly reason: unknown } | undefined = undefined;
  /** Settles when a batch came or the job ended; every iterator waits for the same one. */
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  /** Takes a batch. */
  push(batch: DriverBatch): void {
    const epoch = this.#placeOf(batch.epoch);
    if (this.#iterators === 0) {
      this.#keep(batch.rows, epoch);
      batch.acknowledge();
      return;
    }
    const acknowledge = (): void => batch.acknowledge();
    this.#queue.push({ rows: batch.rows, epoch, acknowledge, dropped: false });
    this.#wake();
  }

  /** Takes changes of a table, which are folded at once. @param epoch as that of a batch */
  change(changes: readonly Change[], key: readonly string[] | undefined, epoch?: number): void {
    const place = this.#placeOf(epoch);
    this.#key = key;
    this.#table ??= new ChangelogTable(key);
    if (place >= this.#settled) {
      this.#base ??= this.#table.copy();
      this.#changes.push({ changes, epoch: place });
    } else if (this.#base !== undefined) {
      // Another writer passed the barrier before: what stays for good lies under what may be taken back.
      fold(this.#base, changes);
    }
    fold(this.#table, changes);
  }

  /** Every restart goes back to this checkpoint or a later one: older ones are not kept any more. */
  settle(checkpoint: number): void {
    this.#settled = Math.max(this.#settled, checkpoint);
    const runs = this.#runs;
    this.#runs = [];
    for (const { epoch, count } of runs) {
      this.#count(epoch < this.#settled ? NO_BARRIER : epoch, count);
    }
    const base = this.#base;
    if (base === undefined) return;
    this.#changes = this.#changes.filter(({ changes, epoch }) => {
      if (epoch < this.#settled) fold(base, changes);
      return epoch >= this.#settled;
    });
    if (this.#changes.length === 0) this.#base = undefined;
  }

  /**
   * The job starts again: takes back what came behind the barrier of this checkpoint, all if it starts from its beginning.
   * Called when no more batches of the failed attempt come; none of them is acknowledged any more.
   */
  restart(checkpoint: number | undefined): void {
    const end = checkpoint ?? -Infinity;
    this.#start = checkpoint ?? NO_BARRIER;
    this.#restartKept(end);
    for (const batch of [...this.#queue, ...this.#reading]) {
      batch.dropped = batch.epoch >= end;
      batch.acknowledge = () => undefined;
    }
    const queued = this.#queue.splice(0).filter(({ dropped }) => !dropped);
    this.#queue.push(...queued);
    if (this.#table === undefined) return;
    if (checkpoint === undefined) {
      this.#table = new ChangelogTable(this.#key);
      this.#base = undefined;
      this.#changes = [];
    } else if (this.#base !== undefined) {
      this.#table = this.#base.copy();
      this.#changes = this.#changes.filter(({ epoch }) => epoch < end);
      for (const { changes } of this.#changes) fold(this.#table, changes);
    }
  }

  /** No more batches come: a table is final now. Iterators then throw the reason, if there is one. */
  end(failure: { readonly reason: unknown } | undefined): void {
    if (this.#table !== undefined) {
      this.push({ rows: this.#table.rows(), acknowledge: () => undefined });
      this.#table = undefined;
    }
    this.#ended = true;
    this.#failure = failure;
    this.#wake();
  }

  /** All rows kept so far, in order of arrival; of a table, its rows now. */
  get kept(): readonly unknown[] {
    return this.#table?.rows() ?? this.#kept;
  }

  /**
   * The rows as they come; each batch is acknowledged when the next one is asked for. Ends with the job. Several iterators
   * share the rows. What the last one leaves when it is left early is kept, and the job goes on. After a restart rows may
   * come again that were given before.
   */
  async *iterate(): AsyncGenerator<unknown, void, undefined> {
    this.#queueKept();
    let batch: PlacedBatch | undefined;
    let taken = 0;
    this.#iterators++;
    try {
      for (;;) {
        if (batch !== undefined) {
          while (taken < batch.rows.length && !batch.dropped) yield batch.rows[taken++];
          this.#reading.delete(batch);
          batch.acknowledge();
        }
        batch = this.#queue.shift();
        taken = 0;
        if (batch !== undefined) {
          this.#reading.add(batch);
          continue;
        }
        if (this.#ended) {
          if (this.#failure !== undefined) throw this.#failure.reason;
          return;
        }
        await this.#changed.promise;
      }
    } finally {
      this.#iterators--;
      if (batch !== undefined) this.#leave(batch, taken);
      if (this.#iterators === 0) {
        for (const left of this.#queue.splice(0)) {
          this.#keep(left.rows, left.epoch);
          left.acknowledge();
        }
      }
    }
  }

  /** What an iterator that is left had not given yet is another one's, or kept. */
  #leave(batch: PlacedBatch, taken: number): void {
    this.#reading.delete(batch);
    const { epoch, dropped } = batch;
    const rows = dropped ? [] : batch.rows.slice(taken);
    const acknowledge = (): void => batch.acknowledge();
    if (this.#iterators > 0 && rows.length > 0) {
      this.#queue.unshift({ rows, epoch, acknowledge, dropped });
      this.#wake();
      return;
    }
    this.#keep(rows, epoch);
    acknowledge();
  }

  #placeOf(epoch: number | undefined): number {
    return Math.max(epoch ?? NO_BARRIER, this.#start);
  }

  #keep(rows: readonly unknown[], epoch: number): void {
    for (const row of rows) this.#kept.push(row);
    this.#count(epoch, rows.length);
  }

  #count(epoch: number, count: number): void {
    if (count === 0) return;
    const last = this.#runs.at(-1);
    if (last?.epoch === epoch) last.count += count;
    else this.#runs.push({ epoch, count });
  }

  /** Keeps what came before the barrier. */
  #restartKept(end: number): void {
    const kept = this.#kept;
    const runs = this.#runs;
    this.#kept = [];
    this.#runs = [];
    let at = 0;
    for (const { epoch, count } of runs) {
      if (epoch < end) this.#keep(kept.slice(at, at + count), epoch);
      at += count;
    }
  }

  /** Hands what is kept to iterators. */
  #queueKept(): void {
    let at = 0;
    const kept = this.#kept.splice(0);
    const batches = this.#runs.splice(0).map(({ epoch, count }) => {
      const rows = kept.slice(at, (at += count));
      return { rows, epoch, acknowledge: () => undefined, dropped: false };
    });
    this.#queue.unshift(...batches);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function fold(table: ChangelogTable, changes: readonly Change[]): void {
  for (const { kind, row } of changes) table.apply(kind, row);
}
