/**
 * What all text files have in common: splits by byte ranges, one row after the other, positions, bad rows.
 *
 * Laws (test/connectors/text-round-trip.property.test.ts):
 *  1. A split owns the rows that start in its byte range; so splits of any size give every row exactly once.
 *  2. A reader opened at `position()` of another emits exactly what that one had not emitted.
 */

import { statSync } from 'node:fs';
import { EngineError } from '../base/index.ts';
import type { Plain } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { fileError, FileWindow, READ_BYTES } from './file-window.ts';
import { RowProblem } from './row-problem.ts';
import type {
  BadRowPolicy,
  PollStatus,
  Source,
  SourceContext,
  SourceOutput,
  SourceReader,
  Split,
} from './source.ts';

/** Bytes of a split unless told otherwise. */
export const SPLIT_BYTES: number = 8 * 1024 * 1024;
/** How much of a bad row is kept. */
const RAW_BYTES_MAX = 1024;
const LINE_FEED = 10;
const BOM_BYTES = 3;

/** Finds rows in bytes and makes them. One instance a reader. */
export interface TextFormat<T> {
  /** End of the row found by `scan`, without its line ending. */
  rowEnd: number;
  /** Whether the row found by `scan` is none (an empty line between JSON documents). */
  blank: boolean;
  /**
   * Finds the row at `pos`: gives the offset behind its line ending, or -1 when `bytes[pos, end)` hold no whole row.
   * `last`: nothing follows `end`, so the rest is a row.
   */
  scan(bytes: Buffer, pos: number, end: number, last: boolean): number;
  /** The row that `scan` found at `pos`; may be one reused object. @throws RowProblem */
  read(bytes: Buffer, pos: number): T;
}

/** How a text source differs from the others. */
export interface TextSourceSpec<T> {
  readonly kind: string;
  readonly path: string;
  readonly params: { readonly [key: string]: Plain };
  readonly type: RecordType<T> | undefined;
  readonly onBadRow: BadRowPolicy;
  /** Bytes of a split; Infinity for formats whose rows may hold line feeds. */
  readonly splitBytes: number;
  /** Makes the format for one reader; may read the head of the file. */
  open(): TextFormat<T>;
  /** Whether the first row of the file is a header and not data. */
  readonly header: boolean;
}

/** The source over one text file. */
export function textSource<T>(spec: TextSourceSpec<T>): Source<T> {
  return {
    kind: spec.kind,
    params: spec.params,
    functions: {},
    type: spec.type,
    bounded: true,
    async: false,
    maxParallelism: undefined,
    onBadRow: spec.onBadRow,
    splits: async () => {
      spec.open();
      return byteSplits(fileBytes(spec.path), spec.splitBytes);
    },
    open: async (split, context, position) => new TextReader(spec, split, context, position),
  };
}

/**
 * Byte ranges of at most `splitBytes`; always at least one. None is shorter than a byte order mark and one byte, so that the first
 * row starts in the first split.
 */
export function byteSplits(bytes: number, splitBytes: number): Split[] {
  const step = Math.max(splitBytes, BOM_BYTES + 1);
  const splits: Split[] = [];
  let start = 0;
  do {
    const end = Math.min(bytes, start + step);
    splits.push({ id: `bytes-${start}`, start, end });
    start = end;
  } while (start < bytes);
  return splits;
}

/** @throws ERR_CONNECTORS_FILE */
function fileBytes(path: string): number {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw new Error('it is a directory');
    return stat.size;
  } catch (cause) {
    throw fileError(path, cause);
  }
}

/** Reads the rows of one split. Owner: the subtask's worker thread. */
class TextReader<T> implements SourceReader<T> {
  readonly #spec: TextSourceSpec<T>;
  readonly #context: SourceContext;
  readonly #format: TextFormat<T>;
  readonly #window: FileWindow;
  readonly #splitStart: number;
  readonly #splitEnd: number;
  /** Lines are counted only when an error needs it: `#countedLines` line feeds stand before file offset `#countedTo`. */
  #countedTo = 0;
  #countedLines = 0;

  constructor(
    spec: TextSourceSpec<T>,
    split: Split,
    context: SourceContext,
    position: Plain | undefined,
  ) {
    this.#spec = spec;
    this.#context = context;
    this.#splitStart = Number(split['start']);
    this.#splitEnd = Number(split['end']);
    this.#format = spec.open();
    const resumed = typeof position === 'number';
    // One byte earlier, so that a line that starts exactly at the border is seen to start there.
    const from = resumed ? position : Math.max(0, this.#splitStart - 1);
    this.#window = new FileWindow(spec.path, from, READ_BYTES);
    if (!resumed) {
      if (this.#splitStart === 0) this.#skipHead();
      else this.#skipToLineStart();
    }
  }

  poll(output: SourceOutput<T>, maxRows: number): PollStatus {
    const window = this.#window;
    const format = this.#format;
    const splitEnd = this.#splitEnd;
    let filled = false;
    for (let rows = 0; rows < maxRows;) {
      if (output.full) return 'more';
      const { bytes, start, end } = window;
      if (window.fileOffset >= splitEnd || (start === end && window.last)) return 'end';
      const next = start === end ? -1 : format.scan(bytes, start, end, window.last);
      if (next < 0) {
        if (filled) return 'more';
        window.fill();
        filled = true;
        continue;
      }
      if (format.blank) {
        window.start = next;
        continue;
      }
      let row: T;
      try {
        row = format.read(bytes, start);
      } catch (problem) {
        this.#bad(problem, start);
        window.start = next;
        continue;
      }
      window.start = next;
      output.emit(row);
      rows++;
    }
    return 'more';
  }

  /** File offset of the next row. */
  position(): Plain {
    return this.#window.fileOffset;
  }

  progress(): { readonly done: number; readonly total: number } {
    const total = this.#splitEnd - this.#splitStart;
    return {
      done: Math.max(0, Math.min(this.#window.fileOffset - this.#splitStart, total)),
      total,
    };
  }

  close(): void {
    this.#window.close();
  }

  /** Byte order mark and header. */
  #skipHead(): void {
    const window = this.#window;
    skipByteOrderMark(window);
    if (!this.#spec.header) return;
    const next = scanRow(window, this.#format);
    if (next >= 0) window.start = next;
  }

  #skipToLineStart(): void {
    const window = this.#window;
    for (;;) {
      const at = window.bytes.subarray(0, window.end).indexOf(LINE_FEED, window.start);
      if (at >= 0) {
        window.start = at + 1;
        return;
      }
      window.start = window.end;
      if (window.last) return;
      window.fill();
    }
  }

  /** @throws ERR_CONNECTORS_ROW by the policy `fail`, and whatever is no problem of the row */
  #bad(problem: unknown, start: number): void {
    if (!(problem instanceof RowProblem)) throw problem;
    const window = this.#window;
    const { fileOffset } = window;
    if (fileOffset >= this.#countedTo) {
      this.#countedLines += window.countLines(this.#countedTo, fileOffset);
      this.#countedTo = fileOffset;
    }
    const line = this.#countedLines + 1;
    const raw = window.textAt(fileOffset, this.#format.rowEnd - start, RAW_BYTES_MAX);
    const { reason } = problem;
    const file = this.#spec.path;
    if (this.#spec.onBadRow !== 'fail') {
      this.#context.reject({ raw, reason, file, line });
      return;
    }
    const { operatorName: operator, subtaskIndex: subtask } = this.#context;
    const column =
      problem.offset < start ? {} : { column: columnOf(window.bytes, start, problem.offset) };
    throw new EngineError(
      'ERR_CONNECTORS_ROW',
      { reason, field: problem.field, expected: problem.expected, got: problem.got },
      { place: { file, line, ...column, operator, subtask, row: raw } },
    );
  }
}

/** Finds the first row of a window, reading as much as it takes; -1 for an empty file. */
export function scanRow<T>(window: FileWindow, format: TextFormat<T>): number {
  for (;;) {
    const { bytes, start, end, last } = window;
    if (start === end && last) return -1;
    const next = start === end ? -1 : format.scan(bytes, start, end, last);
    if (next >= 0) return next;
    window.fill();
  }
}

/** Steps over the UTF-8 byte order mark at the start of a file. */
export function skipByteOrderMark(window: FileWindow): void {
  window.fill();
  const { bytes, end } = window;
  if (end >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    window.start = BOM_BYTES;
}

/** Characters before `offset`, counted from 1. */
function columnOf(bytes: Buffer, start: number, offset: number): number {
  return bytes.toString('utf8', start, offset).length + 1;
}
