/**
 * Rows that sinks send to the submitting thread: `collect` keeps or streams them, `print` writes lines. Main thread.
 *
 * Backpressure: a batch is acknowledged when it was taken, and a sink keeps only few unacknowledged batches. Rows that are
 * kept (`collected`) are acknowledged at once; rows that are iterated over (`rows`) when the iterator has passed them.
 */

/** A batch as it arrives. */
export interface DriverBatch {
  readonly rows: readonly unknown[];
  acknowledge(): void;
}

/** Rows of one `collect` sink. */
export class CollectedRows {
  readonly #kept: unknown[] = [];
  readonly #queue: DriverBatch[] = [];
  #iterating = false;
  #ended = false;
  #failure: Error | undefined = undefined;
  #wake: (() => void) | undefined = undefined;

  /** Takes a batch. */
  push(batch: DriverBatch): void {
    if (this.#iterating) {
      this.#queue.push(batch);
      this.#wake?.();
      return;
    }
    for (const row of batch.rows) this.#kept.push(row);
    batch.acknowledge();
  }

  /** No more batches come. */
  end(failure: Error | undefined): void {
    this.#ended = true;
    this.#failure = failure;
    this.#wake?.();
  }

  /** All rows kept so far, in order of arrival. */
  get kept(): readonly unknown[] {
    return this.#kept;
  }

  /** The rows as they come; each batch is acknowledged when the next one is asked for. Ends with the job. */
  async *iterate(): AsyncGenerator<unknown, void, undefined> {
    this.#iterating = true;
    yield* this.#kept.splice(0);
    for (;;) {
      const batch = this.#queue.shift();
      if (batch !== undefined) {
        yield* batch.rows;
        batch.acknowledge();
        continue;
      }
      if (this.#ended) {
        if (this.#failure !== undefined) throw this.#failure;
        return;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
      this.#wake = undefined;
    }
  }
}
