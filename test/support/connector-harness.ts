/** Drives readers and writers of connectors without the runtime, one poll and one row at a time. */

import type {
  BadRow,
  Sink,
  SinkContext,
  Source,
  SourceContext,
  SourceOutput,
  SourceReader,
  Split,
} from '../../src/connectors/index.ts';
import { keepRow } from '../../src/connectors/index.ts';
import type { Plain } from '../../src/operators/index.ts';
import type { RecordType } from '../../src/record/index.ts';

/** Keeps copies of what a reader emits; full after `room` rows until `drain`. */
export class KeepingOutput implements SourceOutput<unknown> {
  readonly rows: unknown[] = [];
  room = Infinity;

  emit(row: unknown): void {
    this.rows.push(keepRow(row));
    this.room--;
  }

  emitSide(): void {}

  emitWatermark(): void {}

  markIdle(): void {}

  markActive(): void {}

  get full(): boolean {
    return this.room <= 0;
  }
}

/** A source context whose rejected rows are kept. */
export function sourceContext(
  options: { readonly parallelism?: number; readonly nowMs?: () => number } = {},
): SourceContext & { readonly rejected: BadRow[] } {
  const rejected: BadRow[] = [];
  return {
    operatorName: 'source',
    subtaskIndex: 0,
    parallelism: options.parallelism ?? 1,
    monotonicMs: options.nowMs ?? (() => 0),
    reject: (bad) => rejected.push(bad),
    rejected,
  };
}

/** What reading a whole source gave. */
export interface ReadResult {
  readonly rows: readonly unknown[];
  readonly rejected: readonly BadRow[];
  readonly splits: readonly Split[];
}

/** Reads all splits to their ends, in order, with polls of `maxRows`. */
export async function readAll<T>(source: Source<T>, maxRows = 7): Promise<ReadResult> {
  const context = sourceContext();
  const output = new KeepingOutput();
  const splits = await source.splits();
  for (const split of splits) {
    const reader = await source.open(split, context, undefined);
    await drain(reader, output, maxRows);
    await reader.close?.();
  }
  return { rows: output.rows, rejected: context.rejected, splits };
}

/** Polls a reader to its end, waiting when it says so. @throws Error when it makes no progress */
export async function drain<T>(
  reader: SourceReader<T>,
  output: KeepingOutput,
  maxRows = 7,
): Promise<void> {
  for (let idle = 0; idle < 10_000; idle++) {
    const before = output.rows.length;
    const status = reader.poll(output as SourceOutput<T>, maxRows);
    if (status === 'end') return;
    if (output.rows.length > before) idle = 0;
    if (output.rows.length - before > maxRows)
      throw new Error(`more than ${maxRows} rows in a poll`);
    if (status === 'waiting') await reader.available?.();
  }
  throw new Error('the reader makes no progress');
}

/**
 * Reads every split and replaces its reader after each poll by a new one, opened at the position of the one before (through JSON, as
 * a checkpoint does).
 */
export async function readWithRestarts<T>(source: Source<T>, maxRows: number): Promise<unknown[]> {
  const output = new KeepingOutput();
  for (const split of await source.splits()) {
    let position: Plain | undefined;
    for (let polls = 0; ; polls++) {
      if (polls > 100_000) throw new Error('the reader makes no progress');
      const reader = await source.open(split, sourceContext(), position);
      output.room = Math.max(1, maxRows - 1);
      let status = reader.poll(output as SourceOutput<T>, maxRows);
      // A poll may only have read bytes; a restart then would read the same ones again.
      while (status === 'more' && JSON.stringify(reader.position()) === JSON.stringify(position)) {
        status = reader.poll(output as SourceOutput<T>, maxRows);
      }
      position = JSON.parse(JSON.stringify(reader.position())) as Plain;
      await reader.close?.();
      if (status === 'end') break;
    }
  }
  return output.rows;
}

/** A sink context whose messages to the driver are kept. */
export function sinkContext(
  options: {
    readonly type?: RecordType | undefined;
    readonly subtaskIndex?: number;
    readonly parallelism?: number;
    readonly toDriver?: SinkContext['toDriver'];
    readonly runId?: string;
    readonly nowMs?: () => number;
  } = {},
): SinkContext {
  return {
    operatorName: 'sink',
    uid: 'sink',
    runId: options.runId,
    nowMs: options.nowMs ?? (() => 0),
    subtaskIndex: options.subtaskIndex ?? 0,
    parallelism: options.parallelism ?? 1,
    type: options.type,
    toDriver: options.toDriver ?? (async () => {}),
  };
}

/** Writes rows as the runtime does: open, write while ready, close. */
export async function writeAll<T>(
  sink: Sink<T>,
  rows: Iterable<T>,
  context: SinkContext = sinkContext(),
  aborted = false,
): Promise<void> {
  const writer = sink.createWriter(context);
  await writer.open?.();
  for (const row of rows) {
    while (writer.ready?.() === false) await writer.whenReady?.();
    writer.write(row, 0);
  }
  await writer.close(aborted);
}
