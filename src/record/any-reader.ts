/**
 * Reads a row of any layout through its vtables: written by the official runtime, by flatc, or by an older or newer
 * version of the type.
 *
 * Laws (tested in test/record/any-reader.property.test.ts):
 *  1. readAny(official(row)) equals row, in whatever order and with whatever defaults elided the Builder wrote it.
 *  2. readAny of a row that a codec wrote equals what the codec reads.
 *  3. A field that the row lacks reads as `defaultOf` its type; a field that the type lacks is passed over.
 */

import type { FieldDescriptor, RecordDescriptor, TypeDescriptor } from './record-type.ts';
import { readWide } from './values.ts';
import { fitsNumber, inlineBytesOf, isScalar } from './wire.ts';

/** Keeps a leading U+FEFF, which is data here. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The row at byte `at` of `bytes` as a plain object that may be kept. Deprecated fields are left out. The bytes are
 * trusted: call `verifyRow` first on what came from outside. Alignment does not matter.
 *
 * @param at where the root offset of the row lies
 * @param descriptor the type to read it as, which need not be the one it was written with
 * @throws ERR_RECORD_VALUE a 64-bit integer does not fit a number (the verifier finds that too)
 * @example
 * const bid = readAny(builder.asUint8Array(), 0, Bid.descriptor);
 */
export function readAny(
  bytes: Uint8Array,
  at: number,
  descriptor: RecordDescriptor,
): Record<string, unknown> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readTable(view, at + view.getUint32(at, true), descriptor);
}

/**
 * What a field reads as when its row does not have it: null if nullable; else 0, 0n, false, '', no bytes, an empty
 * list, or a record of such values.
 */
export function defaultOf(field: FieldDescriptor): unknown {
  return field.nullable ? null : emptyOf(field.type);
}

function emptyOf(type: TypeDescriptor): unknown {
  if (isScalar(type)) return type.kind === 'bool' ? false : type.bigint === true ? 0n : 0;
  switch (type.kind) {
    case 'utf8':
      return '';
    case 'bytes':
      return new Uint8Array(0);
    case 'list':
      return [];
    case 'record': {
      const row: Record<string, unknown> = {};
      for (const field of type.record.fields) {
        if (!field.deprecated) row[field.name] = defaultOf(field);
      }
      return row;
    }
  }
}

function readTable(
  view: DataView,
  table: number,
  descriptor: RecordDescriptor,
): Record<string, unknown> {
  const vtable = table - view.getInt32(table, true);
  const vtableBytes = view.getUint16(vtable, true);
  const row: Record<string, unknown> = {};
  const { fields } = descriptor;
  for (let id = 0; id < fields.length; id++) {
    const field = fields[id]!;
    if (field.deprecated) continue;
    const entry = 4 + 2 * id;
    const slot = entry < vtableBytes ? view.getUint16(vtable + entry, true) : 0;
    row[field.name] =
      slot === 0 ? defaultOf(field) : readValue(view, table + slot, field.type, descriptor, field);
  }
  return row;
}

function readValue(
  view: DataView,
  at: number,
  type: TypeDescriptor,
  record: RecordDescriptor,
  field: FieldDescriptor,
): unknown {
  switch (type.kind) {
    case 'bool':
      return view.getUint8(at) !== 0;
    case 'i8':
      return view.getInt8(at);
    case 'u8':
      return view.getUint8(at);
    case 'i16':
      return view.getInt16(at, true);
    case 'u16':
      return view.getUint16(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 'f32':
      return view.getFloat32(at, true);
    case 'f64':
      return view.getFloat64(at, true);
    case 'i64':
    case 'u64':
    case 'timestamp':
      if (type.bigint === true) {
        return type.kind === 'u64' ? view.getBigUint64(at, true) : view.getBigInt64(at, true);
      }
      return readInteger(view, at, type.kind, record, field);
    case 'utf8':
      return UTF8.decode(bytesAt(view, at));
    case 'bytes':
      return bytesAt(view, at);
    case 'list':
      return readList(view, at + view.getUint32(at, true), type.of, record, field);
    case 'record':
      return readTable(view, at + view.getUint32(at, true), type.record);
  }
}

function readList(
  view: DataView,
  at: number,
  of: TypeDescriptor,
  record: RecordDescriptor,
  field: FieldDescriptor,
): unknown[] {
  const count = view.getUint32(at, true);
  const width = inlineBytesOf(of);
  const list: unknown[] = [];
  for (let index = 0; index < count; index++) {
    list.push(readValue(view, at + 4 + index * width, of, record, field));
  }
  return list;
}

/** A copy, so that the row may outlive the buffer; `TextDecoder` also refuses shared memory in some places. */
function bytesAt(view: DataView, at: number): Uint8Array<ArrayBuffer> {
  const start = at + view.getUint32(at, true);
  const length = view.getUint32(start, true);
  const copy = new Uint8Array(length);
  copy.set(new Uint8Array(view.buffer, view.byteOffset + start + 4, length));
  return copy;
}

function readInteger(
  view: DataView,
  at: number,
  kind: 'i64' | 'u64' | 'timestamp',
  record: RecordDescriptor,
  field: FieldDescriptor,
): number {
  const low = view.getUint32(at, true);
  const high = kind === 'u64' ? view.getUint32(at + 4, true) : view.getInt32(at + 4, true);
  if (!fitsNumber(low, high)) return readWide(low | 0, high | 0, record.name, field.name, kind);
  return high * 0x100000000 + low;
}
