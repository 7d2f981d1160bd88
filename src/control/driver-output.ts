/** What the sinks of a job send to the submitting thread: lines to print, rows to keep. Main thread. */

import { assert } from '../base/index.ts';
import { parseDriverChannel } from '../connectors/index.ts';
import type { Change } from '../connectors/index.ts';
import type { FromWorker } from '../runtime/index.ts';
import { CollectedRows } from './driver-rows.ts';
import type { PrintedLine } from './job-observer.ts';
import type { WorkerHost } from './worker-host.ts';

/** Rows by the name of their sink. */
export class DriverOutput {
  readonly #print: (line: PrintedLine) => void;
  readonly #collected = new Map<string, CollectedRows>();
  /** Set when the job ended. */
  #end: { readonly failure: { readonly reason: unknown } | undefined } | undefined = undefined;

  /** @param print takes the lines to print; default: they are written to the stream that they name */
  constructor(print: ((line: PrintedLine) => void) | undefined) {
    this.#print = print ?? (({ stream, text }) => process[stream].write(`${text}\n`));
  }

  /** Takes a batch, and acknowledges it when it was taken. */
  take(worker: WorkerHost, message: FromWorker & { readonly kind: 'driver' }): void {
    const acknowledge = (): void =>
      worker.post({ kind: 'ack', job: message.job, batch: message.batch });
    const channel = parseDriverChannel(message.channel);
    assert(channel !== undefined, 'a driver channel is one that connectors know');
    if (channel.kind === 'print') {
      const { operator } = message;
      for (const row of message.rows) {
        this.#print({ operator, stream: channel.to, text: String(row) });
      }
      acknowledge();
      return;
    }
    const rows = this.rowsOf(channel.name);
    if (channel.kind === 'collect') {
      rows.push({ rows: message.rows, acknowledge, epoch: channel.epoch });
      return;
    }
    rows.change(message.rows as readonly Change[], channel.key, channel.epoch);
    acknowledge();
  }

  rowsOf(name: string): CollectedRows {
    let rows = this.#collected.get(name);
    if (rows === undefined) {
      rows = new CollectedRows();
      if (this.#end !== undefined) rows.end(this.#end.failure);
      this.#collected.set(name, rows);
    }
    return rows;
  }

  /** The job is started again, from this checkpoint or from its beginning: rows behind it come again. */
  restart(checkpoint: number | undefined): void {
    for (const rows of this.#collected.values()) rows.restart(checkpoint);
  }

  /** No restart will go back behind this checkpoint. */
  settle(checkpoint: number): void {
    for (const rows of this.#collected.values()) rows.settle(checkpoint);
  }

  /** The job ended. */
  end(failure: { readonly reason: unknown } | undefined): void {
    this.#end = { failure };
    for (const rows of this.#collected.values()) rows.end(failure);
  }
}
