/**
 * Rows that sinks send to the submitting thread: `collect` keeps or streams them, `print` writes lines. Main thread.
 *
 * Backpressure: a batch is acknowledged when it was taken, and a sink keeps only few unacknowledged batches. Rows that are
 * kept (`collected`) are acknowledged at once; rows that are iterated over (`rows`) when the iterator has passed them.
 */

import { ChangelogTable } from '../connectors/index.ts';
import type { Change } from '../connectors/index.ts';

/** A batch as it arrives. */
export interface DriverBatch {
  readonly rows: readonly unknown[];
  acknowledge(): void;
}

/** Rows of one `collect` or `table` sink. */
export class CollectedRows {
  readonly #kept: unknown[] = [];
  readonly #queue: DriverBatch[] = [];
  /** Of a `table`. */
  #table: ChangelogTable | undefined = undefined;
  #iterators = 0;
  #ended = false;
  #failure: { readonly reason: unknown } | undefined = undefined;
  /** Settles when a batch came or the job ended; every iterator waits for the same one. */
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  /** Takes a batch. */
  push(batch: DriverBatch): void {
    if (this.#iterators === 0) {
      this.#keep(batch.rows);
      batch.acknowledge();
      return;
    }
    this.#queue.push(batch);
    this.#wake();
  }

  /** Takes changes of a table, which are folded at once. */
  change(changes: readonly Change[], key: readonly string[] | undefined): void {
    this.#table ??= new ChangelogTable(key);
    for (const { kind, row } of changes) this.#table.apply(kind, row);
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
   * share the rows. What the last one leaves when it is left early is kept, and the job goes on.
   */
  async *iterate(): AsyncGenerator<unknown, void, undefined> {
    let rows: readonly unknown[] = this.#kept.splice(0);
    let taken = 0;
    let acknowledge = (): void => undefined;
    this.#iterators++;
    try {
      for (;;) {
        while (taken < rows.length) yield rows[taken++];
        acknowledge();
        const batch = this.#queue.shift();
        if (batch !== undefined) {
          ({ rows } = batch);
          acknowledge = () => batch.acknowledge();
          taken = 0;
          continue;
        }
        acknowledge = () => undefined;
        if (this.#ended) {
          if (this.#failure !== undefined) throw this.#failure.reason;
          return;
        }
        await this.#changed.promise;
      }
    } finally {
      this.#iterators--;
      if (this.#iterators > 0 && taken < rows.length) {
        // Another iterator takes what this one left.
        this.#queue.unshift({ rows: rows.slice(taken), acknowledge });
        this.#wake();
      } else {
        this.#keep(rows.slice(taken));
        acknowledge();
      }
      if (this.#iterators === 0) {
        for (const batch of this.#queue.splice(0)) {
          this.#keep(batch.rows);
          batch.acknowledge();
        }
      }
    }
  }

  #keep(rows: readonly unknown[]): void {
    for (const row of rows) this.#kept.push(row);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
