/** Writes rows by interpreting their layout; a part of the plain codec. */

import { copyRow } from './copy.ts';
import { layoutOf } from './layout.ts';
import type { FieldLayout, RowLayout } from './layout.ts';
import type { Memory } from './memory.ts';
import type { TypeDescriptor } from './record-type.ts';
import { fingerprintOf } from './fingerprint.ts';
import { RowViewBase } from './row-view.ts';
import { INTEGER_RANGE, isScalar, isWide } from './scalar.ts';
import type { ScalarType } from './scalar.ts';
import { boundOfText, writeBytes, writeText } from './text.ts';
import { failRow, failValue } from './values.ts';
import { inlineBytesOf } from './wire.ts';

/** The row as an object whose fields can be read; texts of a view as slices. */
export function fieldsOfRow(layout: RowLayout, row: unknown): Record<string, unknown> {
  if (typeof row !== 'object' || row === null) return failRow(layout.name, row);
  if (!(row instanceof RowViewBase)) return row as Record<string, unknown>;
  const fields: Record<string, unknown> = {};
  for (const { name, type } of layout.fields) {
    const slice = type.kind === 'utf8' || type.kind === 'bytes' ? row.sliceOf(name) : undefined;
    fields[name] = slice ?? (row as unknown as Record<string, unknown>)[name];
  }
  return fields;
}

/** What `RowCodec.boundOf` promises. */
export function boundOfRow(layout: RowLayout, row: unknown): number {
  if (layout.fixedBytes > 0) return layout.fixedBytes;
  const fields = fieldsOfRow(layout, row);
  let bytes = layout.inlineBytes;
  for (const { name, type } of layout.fields) bytes += boundOfValue(type, fields[name]);
  return (bytes + 7) & -8;
}

function boundOfValue(type: TypeDescriptor, value: unknown): number {
  if (value === null || value === undefined || isScalar(type)) return 0;
  switch (type.kind) {
    case 'utf8':
    case 'bytes':
      return boundOfText(value);
    case 'record':
      return 12 + boundOfRow(layoutOf(type.record), value);
    case 'list': {
      let bytes = 12;
      if (isList(value)) {
        for (const item of value) bytes += inlineBytesOf(type.of) + boundOfValue(type.of, item);
      }
      return bytes;
    }
  }
}

/** Writes the row at `at`; returns its bytes. */
export function writeRow(
  layout: RowLayout,
  fingerprint: string,
  row: unknown,
  memory: Memory,
  at: number,
): number {
  if (row instanceof RowViewBase && row.typeFingerprint === fingerprint) {
    const bytes = layout.fixedBytes > 0 ? layout.fixedBytes : row.rowBytes;
    copyRow(row.memory, row.at, bytes, memory, at);
    return bytes;
  }
  const fields = fieldsOfRow(layout, row);
  memory.u8.fill(0, at, at + (layout.fixedBytes || layout.inlineBytes));
  memory.i32.set(layout.header, at >> 2);
  let end = at + layout.inlineBytes;
  for (const field of layout.fields) {
    const value = fields[field.name];
    if (field.nullable && (value === null || value === undefined)) {
      memory.u16[(at + field.entry) >> 1] = 0;
      continue;
    }
    const slot: Slot = { record: layout.name, name: field.name, nullable: field.nullable };
    end = writeValue(field.type, value, memory, at + field.offset, end, slot);
  }
  return padTo8(memory, end) - at;
}

/** What an error names. */
interface Slot {
  readonly record: string;
  readonly name: string;
  readonly nullable: boolean;
}

/** Writes a value whose inline part lies at `at`; its variable part goes to `end`. Returns the new end. */
function writeValue(
  type: FieldLayout['type'],
  value: unknown,
  memory: Memory,
  at: number,
  end: number,
  slot: Slot,
): number {
  const fail = (): never => failValue(slot.record, slot.name, type, slot.nullable, value);
  if (isScalar(type)) return putScalar(type, value, memory, at) ? end : fail();
  switch (type.kind) {
    case 'utf8':
    case 'bytes': {
      memory.i32[at >> 2] = end - at;
      if (type.kind === 'utf8' && typeof value === 'string') return writeText(memory, end, value);
      const next = writeBytes(memory, end, value, type.kind === 'utf8' ? 1 : 0);
      return next < 0 ? fail() : next;
    }
    case 'record': {
      if (typeof value !== 'object' || value === null) return fail();
      const nested = layoutOf(type.record);
      const header = padTo8(memory, end);
      memory.i32[at >> 2] = header + 8 + nested.tableAt - at;
      const bytes = writeRow(nested, fingerprintOf(type.record), value, memory, header + 8);
      memory.i32[header >> 2] = bytes;
      memory.i32[(header + 4) >> 2] = 0;
      return header + 8 + bytes;
    }
    case 'list':
      return isList(value) ? writeList(type.of, value, memory, at, end, slot) : fail();
  }
}

function writeList(
  of: TypeDescriptor,
  list: ArrayLike<unknown>,
  memory: Memory,
  at: number,
  end: number,
  slot: Slot,
): number {
  const width = inlineBytesOf(of);
  const begin = width === 8 ? padTo8(memory, end + 4) - 4 : end;
  if (begin > end) memory.i32[end >> 2] = 0;
  memory.i32[at >> 2] = begin - at;
  memory.i32[begin >> 2] = list.length;
  const first = begin + 4;
  let next = first + width * list.length;
  while ((next & 3) !== 0) memory.u8[next++] = 0;
  for (let i = 0; i < list.length; i++) {
    const place = { record: slot.record, name: `${slot.name}[${i}]`, nullable: false };
    next = writeValue(of, list[i], memory, first + width * i, next, place);
  }
  return next;
}

/** false: the value does not fit. */
function putScalar(type: ScalarType, value: unknown, memory: Memory, at: number): boolean {
  const { kind } = type;
  if (kind === 'bool') {
    if (typeof value === 'boolean') memory.u8[at] = value ? 1 : 0;
    return typeof value === 'boolean';
  }
  if (type.bigint === true) {
    if (typeof value !== 'bigint') return false;
    const fitted = kind === 'u64' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
    return fitted === value && put64(memory, at, value);
  }
  if (typeof value !== 'number') return false;
  if (kind === 'f32') memory.f32[at >> 2] = value;
  else if (kind === 'f64') memory.f64[at >> 3] = value;
  else {
    const [low, high] = INTEGER_RANGE[kind];
    if (!Number.isInteger(value) || value < low || value > high) return false;
    if (isWide(kind)) return put64(memory, at, BigInt(value));
    const width = inlineBytesOf(type);
    if (width === 4) memory.i32[at >> 2] = value;
    else if (width === 2) memory.u16[at >> 1] = value;
    else memory.u8[at] = value;
  }
  return true;
}

function put64(memory: Memory, at: number, value: bigint): true {
  memory.i32[at >> 2] = Number(BigInt.asIntN(32, value));
  memory.i32[(at >> 2) + 1] = Number(BigInt.asIntN(32, value >> 32n));
  return true;
}

function padTo8(memory: Memory, end: number): number {
  if ((end & 4) === 0) return end;
  memory.i32[end >> 2] = 0;
  return end + 4;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
