/**
 * Writes the files of one subtask of a file sink, exactly once.
 *
 * Laws (test/connectors/file-sink.property.test.ts):
 *  1. What is under final names when the job ended are the rows of its successful history, each once, whatever crashed in
 *     between and at whatever parallelism it went on.
 *  2. When `prepareCommit` settled, the rows before its barrier survive the loss of power.
 *  3. With rolling, complete parts appear when the checkpoint behind them is complete; without it nothing appears before the
 *     input ended.
 *  4. Aborted without ever having taken part in a checkpoint, it leaves nothing.
 */

import { dirname } from 'node:path';
import { EngineError } from '../base/index.ts';
import type { Plain, WriterState } from '../operators/index.ts';
import { RowKind } from '../record/index.ts';
import { changelogError } from './changelog.ts';
import { partPath, takeOver } from './file-takeover.ts';
import type { FileWriterState, PartLine } from './file-takeover.ts';
import { createPart } from './part-file.ts';
import type { PartFile } from './part-file.ts';
import type { RollingPolicy } from './rolling.ts';
import type { SinkContext, SinkWriter } from './sink.ts';
import type { SinkDisk } from './sink-disk.ts';

/** Buffered text is written once it is this long. */
const BUFFER_CHARS = 64 * 1024;

/** What to do about a changelog. */
const ADVICE =
  'Write the kind of each row to a column: { opColumn: "op" }, or use a sink that folds changes, such as table(name).';

/** Rows as text. One instance a writer. */
export interface RowEncoder {
  /** What stands at the start of the file; known once the first row was encoded, if not before. */
  readonly head: string;
  /** Columns that came from the first row, once it came. */
  readonly columns?: readonly string[] | undefined;
  /** Takes the columns of an earlier encoder, whose file is written on. */
  resume?(columns: readonly string[]): void;
  /** The text of one row with its line ending; the kind is written where the file has a column for it. */
  encode(row: unknown, kind: RowKind): string;
}

/** What a writer is made from. */
export interface FileWriterParts {
  readonly disk: SinkDisk;
  readonly sink: string;
  /** As the job writes it. */
  readonly path: string;
  readonly encoder: RowEncoder;
  /** Whether rows that are no inserts can be told apart in the file. */
  readonly kinds: boolean;
  /** Undefined: one file, which appears at the end. */
  readonly rolling: RollingPolicy | undefined;
  readonly context: SinkContext;
}

/** A complete part that is not published. */
interface WaitingPart {
  readonly part: PartFile;
  /** The first checkpoint whose state speaks of it as complete; undefined: none does yet. */
  checkpoint: number | undefined;
}

/** See the file header. Owner: the subtask's worker thread. */
export class FileWriter implements SinkWriter<unknown> {
  readonly #parts: FileWriterParts;
  readonly #encoder: RowEncoder;
  #restored: readonly WriterState[] = [];
  #line: PartLine | undefined = undefined;
  #retired: readonly PartLine[] = [];
  #ended: readonly string[] = [];
  #name = '';
  #text = '';
  #open: PartFile | undefined = undefined;
  #complete: WaitingPart[] = [];
  #lastWriteMs = 0;
  #opened = false;
  /** What a disk failed at that has no second try: what it dropped it may not admit again. */
  #failure: EngineError | undefined = undefined;

  constructor(parts: FileWriterParts) {
    this.#parts = parts;
    this.#encoder = parts.encoder;
  }

  restore(states: readonly WriterState[]): void {
    this.#restored = states;
  }

  /** Rejects with ERR_CONNECTORS_SINK, ERR_CONNECTORS_SINK_STATE; nothing is open then. */
  async open(): Promise<void> {
    const restores = this.#restored.length > 0;
    try {
      this.#do(() => this.#begin());
      // What was taken back must not be there again after a loss of power. And a folder that is not there is an error before the
      // first row.
      if (restores || this.#line !== undefined) await this.#syncFolders(this.#paths());
      this.#opened = true;
    } catch (error) {
      this.#letGo();
      throw error;
    }
  }

  write(row: unknown, _timestamp: number, kind: RowKind = RowKind.insert): void {
    const { sink, kinds } = this.#parts;
    if (kind !== RowKind.insert && !kinds) throw changelogError(sink, kind, ADVICE);
    this.#text += this.#encoder.encode(row, kind);
    if (this.#text.length >= BUFFER_CHARS) this.flush();
  }

  /** @throws ERR_CONNECTORS_SINK the disk is full or gone */
  flush(): void {
    this.#do(() => {
      this.#writeOut();
      this.#roll(false);
    });
  }

  /** @throws ERR_CONNECTORS_SINK */
  snapshot(): Plain {
    this.#do(() => {
      this.#writeOut();
      this.#roll(true);
    });
    const open = this.#open;
    const { columns } = this.#encoder;
    if (open !== undefined) open.held = true;
    for (const { part } of this.#complete) part.held = true;
    const state: FileWriterState = {
      ...(this.#line === undefined ? {} : { line: this.#line }),
      ...(this.#retired.length === 0 ? {} : { retired: this.#retired }),
      ...(this.#ended.length === 0 ? {} : { ended: this.#ended }),
      ...(open === undefined ? {} : { open: open.state }),
      complete: this.#complete.map(({ part }) => part.state),
      ...(columns === undefined ? {} : { columns }),
    };
    return state as unknown as Plain;
  }

  /** Rejects with ERR_CONNECTORS_SINK. */
  prepareCommit(checkpoint: number): Promise<void> {
    for (const waiting of this.#complete) waiting.checkpoint ??= checkpoint;
    return this.#makeDurable();
  }

  /** @throws ERR_CONNECTORS_SINK */
  commit(checkpoint: number): Promise<void> | undefined {
    if (this.#line === undefined) return undefined;
    const due = this.#complete.filter(({ checkpoint: at = Infinity }) => at <= checkpoint);
    return due.length === 0 ? undefined : this.#publish(due);
  }

  /** @throws ERR_CONNECTORS_SINK */
  async close(aborted: boolean): Promise<void> {
    if (!this.#opened) return;
    try {
      if (aborted) return;
      this.#do(() => {
        this.#writeOut();
        const open = this.#open;
        if (open === undefined) return;
        this.#ensureHead(open);
        this.#completeOpen(open);
      });
      await this.#publish([...this.#complete]);
    } finally {
      this.#letGo();
    }
  }

  #begin(): void {
    const { rolling, context, ...rest } = this.#parts;
    const taken = takeOver({ ...rest, context, rolling: rolling !== undefined }, this.#restored);
    this.#restored = [];
    this.#line = taken.line;
    this.#retired = taken.retired;
    this.#ended = taken.ended;
    this.#name = taken.name;
    this.#open = taken.open;
    this.#complete = taken.complete.map((part) => ({ part, checkpoint: undefined }));
    if (taken.columns !== undefined) this.#encoder.resume?.(taken.columns);
    for (const part of taken.complete) {
      this.#ensureHead(part);
      part.complete();
    }
    this.#checkHead();
    this.#lastWriteMs = context.nowMs();
    if (rolling === undefined) this.#ensureOpen();
  }

  /** Closes everything; removes what no checkpoint speaks of. */
  #letGo(): void {
    this.#opened = false;
    const parts = this.#complete.map(({ part }) => part);
    if (this.#open !== undefined) parts.push(this.#open);
    this.#open = undefined;
    this.#complete = [];
    for (const part of parts) {
      if (part.held) part.release();
      else part.discard();
    }
  }

  #writeOut(): void {
    if (this.#text === '') return;
    const part = this.#ensureOpen();
    this.#ensureHead(part);
    const bytes = Buffer.from(this.#text, 'utf8');
    this.#text = '';
    part.append(bytes);
    this.#lastWriteMs = this.#parts.context.nowMs();
  }

  #ensureHead(part: PartFile): void {
    if (part.bytes > 0) return;
    part.head = this.#encoder.head;
    part.append(Buffer.from(part.head, 'utf8'));
  }

  #ensureOpen(): PartFile {
    if (this.#open !== undefined) return this.#open;
    let name = this.#name;
    const line = this.#line;
    if (line !== undefined) {
      name = partPath(line, line.next);
      this.#line = { ...line, next: line.next + 1 };
    }
    this.#open = createPart(this.#parts.disk, name, this.#parts.context.nowMs());
    return this.#open;
  }

  #roll(atCheckpoint: boolean): void {
    const { rolling, context } = this.#parts;
    const open = this.#open;
    if (rolling === undefined || open === undefined || open.bytes === 0) return;
    const nowMs = context.nowMs();
    const due =
      (atCheckpoint && rolling.onCheckpoint) ||
      open.bytes >= rolling.maxPartSize ||
      nowMs - open.openedMs >= rolling.rolloverInterval ||
      nowMs - this.#lastWriteMs >= rolling.inactivityInterval;
    if (due) this.#completeOpen(open);
  }

  #completeOpen(open: PartFile): void {
    open.complete();
    this.#open = undefined;
    this.#complete.push({ part: open, checkpoint: undefined });
  }

  /** The columns of the file that is written on must be those of the rows to come. */
  #checkHead(): void {
    const open = this.#open;
    if (open === undefined || open.bytes === 0 || open.head === this.#encoder.head) return;
    if (this.#line !== undefined) {
      this.#completeOpen(open);
      return;
    }
    const columns = `${JSON.stringify(open.head)} to go on with, got ${JSON.stringify(this.#encoder.head)}`;
    throw new EngineError(
      'ERR_CONNECTORS_SINK_STATE',
      { path: open.final, reason: `expected rows with the header ${columns}` },
      { place: { file: open.final } },
    );
  }

  async #makeDurable(): Promise<void> {
    // Names that were given since the last time are part of it: the state no longer speaks of them.
    const paths = this.#paths();
    try {
      await this.#open?.sync();
    } catch (cause) {
      this.#failure = sinkError(this.#parts.path, cause);
      throw this.#failure;
    }
    await this.#syncFolders(paths);
  }

  /** Files that may have been named, and the ones to come. */
  #paths(): string[] {
    const open = this.#open === undefined ? [] : [this.#open.final];
    return [this.#name, ...open, ...this.#complete.map(({ part }) => part.final)];
  }

  async #publish(published: readonly WaitingPart[]): Promise<void> {
    this.#do(() => {
      for (const waiting of published) {
        waiting.part.publish();
        this.#complete.splice(this.#complete.indexOf(waiting), 1);
      }
    });
    if (published.length > 0) await this.#syncFolders(published.map(({ part }) => part.final));
  }

  async #syncFolders(paths: Iterable<string>): Promise<void> {
    try {
      const folders = new Set([...paths].map((path) => dirname(path)));
      await Promise.all([...folders].map((folder) => this.#parts.disk.syncFolder(folder)));
    } catch (cause) {
      throw sinkError(this.#parts.path, cause);
    }
  }

  /** Names the file in what the disk fails with. */
  #do(work: () => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      work();
    } catch (cause) {
      throw cause instanceof EngineError
        ? cause
        : sinkError(this.#open?.final ?? this.#parts.path, cause);
    }
  }
}

function sinkError(path: string, cause: unknown): EngineError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EngineError('ERR_CONNECTORS_SINK', { path, reason }, { cause, place: { file: path } });
}
