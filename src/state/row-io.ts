/** Rows between snapshots and memory: written by a codec, read as the present version of their type. */

import { EngineError } from '../base/index.ts';
import {
  canonicalBytes,
  canonicalize,
  checkEvolution,
  genericCodec,
  layoutOf,
  Memory,
  recordFromDescriptor,
  RowViewBase,
} from '../record/index.ts';
import type { RecordDescriptor, RecordType, RowCodec } from '../record/index.ts';
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import type { PartDescriptor } from './keyed-backend.ts';

const ROW_AT = 8;
/** Rows up to here are appended word by word. */
const WORDS_BYTES_MAX = 512;

/** Encodes rows into memory of its own, one at a time, with the header of a frame before them. */
export class RowScratch {
  memory: Memory = Memory.ofBytes(256);
  /** Where the last row lies, in `memory` or in the memory of the view that was taken. */
  at: number = ROW_AT;
  /** Length of the last row. */
  bytes = 0;
  /** Memory of the last row. */
  source: Memory = this.memory;
  readonly codec: RowCodec;

  constructor(codec: RowCodec) {
    this.codec = codec;
  }

  /** A row of any kind; a view of the same type stays where it is. @throws ERR_RECORD_VALUE */
  take(row: unknown): void {
    if (row instanceof RowViewBase && row.typeFingerprint === this.codec.type.fingerprint) {
      this.source = row.memory;
      this.at = row.at;
      this.bytes = row.rowBytes;
      return;
    }
    this.#room(this.codec.boundOf(row));
    this.#own(this.codec.write(row, this.memory, ROW_AT));
  }

  /** Reads a row that `putRow` wrote as the present type. @throws ERR_STATE_SNAPSHOT */
  load(source: ByteReader): void {
    const bytes = source.bytes();
    try {
      const { length } = bytes;
      this.#room(length);
      if (length % 8 === 0) {
        this.memory.u8.set(bytes, ROW_AT);
        const layout = layoutOf(this.codec.type.descriptor);
        if (canonicalBytes(this.memory, ROW_AT, layout, ROW_AT + length) === length) {
          return this.#own(length);
        }
      }
      let taken = 0;
      while ((taken = canonicalize(bytes, this.codec, this.memory, ROW_AT)) === 0) {
        this.#room(2 * this.memory.u8.length);
      }
      this.#own(taken);
    } catch (error) {
      failRow(this.codec.type.name, error);
    }
  }

  #room(bytes: number): void {
    if (ROW_AT + bytes <= this.memory.u8.length) return;
    this.memory = Memory.ofBytes(((((ROW_AT + bytes) * 3) >> 4) << 3) + 8);
  }

  #own(bytes: number): void {
    this.memory.i32[(ROW_AT - 8) >> 2] = bytes;
    this.source = this.memory;
    this.at = ROW_AT;
    this.bytes = bytes;
  }
}

/** Appends the bytes of the row at `at`. */
export function putRow(out: ByteWriter, memory: Memory, at: number, bytes: number): void {
  if (bytes > WORDS_BYTES_MAX) {
    out.putSlice(memory.u8, at, bytes);
    return;
  }
  out.putI32(bytes);
  out.putWords(memory.i32, at >> 2, bytes >> 2);
}

let shared: ValueScratch | undefined;

/** The scratch of this thread. */
export function valueScratch(): ValueScratch {
  return (shared ??= new ValueScratch());
}

/** Values of the heap in snapshots: rows of the generic record type. Owner: one thread. */
export class ValueScratch {
  readonly codec: RowCodec = genericCodec();
  readonly #rows: RowScratch = new RowScratch(this.codec);

  /** Appends a value that structured clone can copy. @throws ERR_RECORD_UNCLONEABLE */
  put(out: ByteWriter, value: unknown): void {
    this.#rows.take(value);
    putRow(out, this.#rows.source, this.#rows.at, this.#rows.bytes);
  }

  /** @throws ERR_STATE_SNAPSHOT */
  get(source: ByteReader): unknown {
    this.#rows.load(source);
    return this.codec.read(this.#rows.source, this.#rows.at);
  }
}

/**
 * Sees to it that rows of a part in a snapshot can be read as the present type.
 *
 * @throws ERR_STATE_PART_KIND names the state and the fields
 */
export function requireRows(operator: string, from: PartDescriptor, reader: RecordType): void {
  const got = whyUnreadable(from.types['row'], reader.descriptor);
  if (got !== undefined) failPartKind(operator, from.name, `rows of ${reader.name}`, got);
}

/** @throws ERR_STATE_PART_KIND always */
export function failPartKind(operator: string, name: string, expected: string, got: string): never {
  const details = { operator, name, expected, got };
  throw new EngineError('ERR_STATE_PART_KIND', details, { place: { operator } });
}

function whyUnreadable(writer: unknown, reader: RecordDescriptor): string | undefined {
  let stored: RecordDescriptor;
  try {
    stored = recordFromDescriptor(writer as RecordDescriptor).descriptor;
  } catch {
    return 'values without a record type';
  }
  const verdict = checkEvolution(stored, reader);
  if (verdict.compatible) return undefined;
  return verdict.problems.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
}

function failRow(type: string, cause: unknown): never {
  const got = cause instanceof Error ? cause.message : String(cause);
  throw new EngineError('ERR_STATE_SNAPSHOT', { expected: `a row of ${type}`, got }, { cause });
}
