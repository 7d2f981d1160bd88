/**
 * Checks a row that came from outside (a file, a socket, an old checkpoint) before anything reads it.
 *
 * Laws (tested in test/record/verifier.property.test.ts):
 *  1. Whatever the bytes, `verifyRow` returns or throws ERR_RECORD_CORRUPT, and never looks outside them.
 *  2. A row that passes can be read fully by `readAny` without an error.
 *  3. A row that the official `flatbuffers` runtime or flatc wrote for this type passes.
 *
 * The checks are those of the C++ `flatbuffers::Verifier` (vtables, offsets, alignment, vectors, strings with their NUL,
 * depth), and three of our own: an inline field lies inside its table, a 64-bit integer that a row holds as a number is
 * one that a number can hold, and the row takes at most 64 MiB once nothing in it is shared. The last one also bounds
 * the time that a hostile row can cost, in which many offsets point at one place.
 */

import { EngineError } from '../base/index.ts';
import { PAYLOAD_BYTES_MAX } from './frame.ts';
import type { FieldDescriptor, RecordDescriptor, TypeDescriptor } from './record-type.ts';
import { fitsNumber, inlineBytesOf, isCheckedInteger, isScalar } from './wire.ts';

/** Nested records may go this deep, as in the official verifier. */
export const NESTING_MAX = 64;

/**
 * Checks that `bytes` is a FlatBuffers buffer that can be read as a row of this type, whoever wrote it: any field
 * order, elided defaults, shared vtables, fields of a newer version. Alignment counts from the start of `bytes`.
 *
 * @param bytes one row: the root offset comes first; must not change while this runs
 * @param descriptor the type to read it as
 * @throws ERR_RECORD_CORRUPT with record, field, byte offset, what was expected and what was found
 * @example
 * verifyRow(bytes, Bid.descriptor);
 * const row = readAny(bytes, 0, Bid.descriptor);
 */
export function verifyRow(bytes: Uint8Array, descriptor: RecordDescriptor): void {
  new RowVerifier(bytes, descriptor.name).root(descriptor);
}

/** One pass over one row; `path` is where it is. */
class RowVerifier {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #record: string;
  readonly #path: (string | number)[] = [];
  /** Bytes that the row would take with nothing shared. */
  #unsharedBytes = 0;

  constructor(bytes: Uint8Array, record: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#record = record;
  }

  root(descriptor: RecordDescriptor): void {
    const total = this.#bytes.byteLength;
    if (total < 8 || total > PAYLOAD_BYTES_MAX + 7) {
      this.#fail(0, `a row of 8 .. ${PAYLOAD_BYTES_MAX} bytes`, `${total} bytes`);
    }
    this.#table(this.#follow(0), descriptor, 1);
  }

  #table(table: number, descriptor: RecordDescriptor, depth: number): void {
    if (depth > NESTING_MAX) {
      this.#fail(table, `records nested at most ${NESTING_MAX} deep`, 'a deeper one');
    }
    this.#aligned(table, 4);
    this.#inside(table, 4, 'a table');
    const vtable = table - this.#view.getInt32(table, true);
    if (vtable < 0 || vtable > this.#bytes.byteLength - 4) {
      this.#fail(
        table,
        `a vtable inside the ${this.#bytes.byteLength} bytes`,
        `one at byte ${vtable}`,
      );
    }
    this.#aligned(vtable, 2);
    const vtableBytes = this.#view.getUint16(vtable, true);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0) {
      this.#fail(vtable, 'a vtable of an even size of 4 bytes or more', `${vtableBytes} bytes`);
    }
    this.#inside(vtable, vtableBytes, 'a vtable');
    const tableBytes = this.#view.getUint16(vtable + 2, true);
    if (tableBytes < 4) this.#fail(vtable + 2, 'a table of 4 bytes or more', `${tableBytes} bytes`);
    this.#inside(table, tableBytes, 'a table');
    this.#take(vtableBytes + tableBytes, table);
    const { fields } = descriptor;
    const known = Math.min(fields.length, (vtableBytes - 4) >> 1);
    for (let id = 0; id < known; id++) {
      const field = fields[id]!;
      if (field.deprecated) continue; // nobody reads it
      this.#path.push(field.name);
      const slot = this.#view.getUint16(vtable + 4 + 2 * id, true);
      if (slot !== 0) this.#field(table, slot, tableBytes, field, depth);
      this.#path.pop();
    }
  }

  #field(
    table: number,
    slot: number,
    tableBytes: number,
    field: FieldDescriptor,
    depth: number,
  ): void {
    const width = inlineBytesOf(field.type);
    if (slot < 4 || slot + width > tableBytes) {
      this.#fail(
        table,
        `a field of ${width} bytes within bytes 4 .. ${tableBytes} of its table`,
        `one at byte ${slot}`,
      );
    }
    this.#aligned(table + slot, width);
    this.#value(table + slot, field.type, depth);
  }

  /** The value whose inline part (a scalar or an offset) lies at `at`, already known to be inside and aligned. */
  #value(at: number, type: TypeDescriptor, depth: number): void {
    if (isScalar(type)) {
      if (isCheckedInteger(type)) this.#safeInteger(at, type.kind);
      return;
    }
    switch (type.kind) {
      case 'utf8':
        this.#string(this.#follow(at));
        return;
      case 'bytes':
        this.#vector(this.#follow(at), 1);
        return;
      case 'list':
        this.#list(this.#follow(at), type.of, depth);
        return;
      case 'record':
        this.#table(this.#follow(at), type.record, depth + 1);
        return;
    }
  }

  #list(at: number, of: TypeDescriptor, depth: number): void {
    const width = inlineBytesOf(of);
    const count = this.#vector(at, width);
    if (isScalar(of) && !isCheckedInteger(of)) return; // plain numbers cannot be wrong
    for (let index = 0; index < count; index++) {
      this.#path.push(index);
      this.#value(at + 4 + index * width, of, depth);
      this.#path.pop();
    }
  }

  /** Checks length word, elements and their alignment; returns how many there are. */
  #vector(at: number, width: number): number {
    this.#aligned(at, 4);
    this.#inside(at, 4, 'the length of a vector');
    const count = this.#view.getUint32(at, true);
    if (count > 0) this.#aligned(at + 4, width);
    this.#inside(at + 4, count * width, `a vector of ${count} elements`);
    this.#take(4 + count * width, at);
    return count;
  }

  #string(at: number): void {
    const bytes = this.#vector(at, 1);
    const end = at + 4 + bytes;
    this.#inside(end, 1, 'a string and its NUL');
    if (this.#bytes[end] !== 0) this.#fail(end, 'NUL after a string', `byte ${this.#bytes[end]}`);
  }

  #safeInteger(at: number, kind: string): void {
    const high =
      kind === 'u64' ? this.#view.getUint32(at + 4, true) : this.#view.getInt32(at + 4, true);
    if (!fitsNumber(this.#view.getUint32(at, true), high)) {
      const got =
        kind === 'u64' ? this.#view.getBigUint64(at, true) : this.#view.getBigInt64(at, true);
      this.#fail(at, `an ${kind} that a number holds exactly (up to 2^53)`, String(got));
    }
  }

  /** Where the offset at `at` leads; it may lead outside, which the target's own check finds. */
  #follow(at: number): number {
    const offset = this.#view.getUint32(at, true);
    if (offset < 4) this.#fail(at, 'an offset of 4 or more', String(offset));
    return at + offset;
  }

  #aligned(at: number, width: number): void {
    if (at % width !== 0) this.#fail(at, `a multiple of ${width}`, `byte ${at}`);
  }

  #inside(at: number, bytes: number, what: string): void {
    if (at + bytes > this.#bytes.byteLength) {
      this.#fail(
        at,
        `${what} that ends by byte ${this.#bytes.byteLength}`,
        `one that ends at ${at + bytes}`,
      );
    }
  }

  #take(bytes: number, at: number): void {
    this.#unsharedBytes += bytes;
    if (this.#unsharedBytes > PAYLOAD_BYTES_MAX) {
      this.#fail(at, `a row of at most ${PAYLOAD_BYTES_MAX} bytes with nothing shared`, 'more');
    }
  }

  #fail(offset: number, expected: string, got: string): never {
    throw new EngineError('ERR_RECORD_CORRUPT', {
      record: this.#record,
      field: pathText(this.#path),
      offset,
      expected,
      got,
    });
  }
}

/** `items[3].name`, or `(row)` for the row itself. */
function pathText(path: readonly (string | number)[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text === '' ? '(row)' : text;
}
