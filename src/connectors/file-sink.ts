/**
 * A sink that writes text to a file.
 *
 * Rows go to a hidden file beside the target (`.delays.csv.part`), which gets its name when the job ended well. So a reader of the
 * target never sees half a result, and a failed or cancelled job leaves nothing. Text is buffered up to 64 Ki characters
 * (at most 192 KiB) and written synchronously: a write of that size to the page cache is faster than a round trip
 * through the thread pool, and `ready` is always true.
 */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EngineError } from '../base/index.ts';
import type { Plain } from '../operators/index.ts';
import { RowKind } from '../record/index.ts';
import type { RecordType } from '../record/index.ts';
import { changelogError, checkOpColumn } from './changelog.ts';
import { subtaskPath } from './path.ts';
import type { Sink, SinkContext, SinkWriter } from './sink.ts';

/** Buffered text is written once it is this long. */
const BUFFER_CHARS = 64 * 1024;

/** What to do about a changelog. */
const ADVICE =
  'Write the kind of each row to a column: { opColumn: "op" }, or use a sink that folds changes, such as table(name).';

/** Rows as text. One instance a writer. */
export interface RowEncoder {
  /** What stands at the start of the file; known once the first row was encoded, if not before. */
  readonly head: string;
  /** The text of one row with its line ending; the kind is written where the file has a column for it. */
  encode(row: unknown, kind: RowKind): string;
}

/** How a file sink differs from the others. */
export interface FileSinkSpec {
  readonly kind: string;
  readonly path: string;
  readonly params: { readonly [key: string]: Plain };
  /** Column that the kind of every row is written to; without one only inserts are taken. */
  readonly opColumn: string | undefined;
  /** The encoder for rows of this type; undefined for an untyped stream. */
  encoder(type: RecordType | undefined): RowEncoder;
}

/** The sink over one file name. */
export function fileSink(spec: FileSinkSpec): Sink<unknown> {
  return {
    kind: spec.kind,
    params: spec.params,
    functions: {},
    async: false,
    createWriter: (context) => new FileWriter(spec, context),
  };
}

/** Writes the file of one subtask. Owner: the subtask's worker thread. */
class FileWriter implements SinkWriter<unknown> {
  readonly #path: string;
  readonly #temporary: string;
  readonly #encoder: RowEncoder;
  readonly #kind: string;
  /** Whether rows that are no inserts can be told apart in the file. */
  readonly #kinds: boolean;
  #text = '';
  #headPending = true;
  #fd = -1;

  constructor(spec: FileSinkSpec, context: SinkContext) {
    this.#path = subtaskPath(spec.path, context.subtaskIndex, context.parallelism);
    this.#temporary = join(dirname(this.#path), `.${basename(this.#path)}.part`);
    this.#encoder = spec.encoder(context.type);
    this.#kind = spec.kind;
    this.#kinds = spec.opColumn !== undefined;
    if (spec.opColumn !== undefined) checkOpColumn(spec.kind, spec.opColumn, context.type);
  }

  /** @throws ERR_CONNECTORS_SINK */
  open(): void {
    try {
      this.#fd = openSync(this.#temporary, 'w');
    } catch (cause) {
      throw sinkError(this.#path, cause);
    }
  }

  write(row: unknown, _timestamp: number, kind: RowKind = RowKind.insert): void {
    if (kind !== RowKind.insert && !this.#kinds) throw changelogError(this.#kind, kind, ADVICE);
    const line = this.#encoder.encode(row, kind);
    if (this.#headPending) this.#writeHead();
    this.#text += line;
    if (this.#text.length >= BUFFER_CHARS) this.flush();
  }

  /** @throws ERR_CONNECTORS_SINK the disk is full or gone */
  flush(): void {
    if (this.#text === '') return;
    const bytes = Buffer.from(this.#text, 'utf8');
    this.#text = '';
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
    } catch (cause) {
      throw sinkError(this.#path, cause);
    }
  }

  /** @throws ERR_CONNECTORS_SINK */
  close(aborted: boolean): void {
    if (this.#fd < 0) return;
    try {
      if (!aborted) {
        if (this.#headPending) this.#writeHead();
        this.flush();
        fsyncSync(this.#fd);
      }
    } catch (cause) {
      this.#discard();
      throw cause instanceof EngineError ? cause : sinkError(this.#path, cause);
    }
    if (aborted) {
      this.#discard();
      return;
    }
    closeSync(this.#fd);
    this.#fd = -1;
    try {
      renameSync(this.#temporary, this.#path);
    } catch (cause) {
      rmSync(this.#temporary, { force: true });
      throw sinkError(this.#path, cause);
    }
  }

  #writeHead(): void {
    this.#headPending = false;
    this.#text = this.#encoder.head + this.#text;
  }

  #discard(): void {
    closeSync(this.#fd);
    this.#fd = -1;
    rmSync(this.#temporary, { force: true });
  }
}

function sinkError(path: string, cause: unknown): EngineError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EngineError('ERR_CONNECTORS_SINK', { path, reason }, { cause, place: { file: path } });
}
