/** Reads rows by interpreting their layout; a part of the plain codec. */

import { layoutOf } from './layout.ts';
import type { FieldLayout, RowLayout } from './layout.ts';
import type { Memory } from './memory.ts';
import { isScalar } from './scalar.ts';
import type { ScalarType } from './scalar.ts';
import { readBytes, readText } from './text.ts';
import { readWide } from './values.ts';
import { inlineBytesOf } from './wire.ts';

/** The row at `at` as a plain object. */
export function readRow(layout: RowLayout, memory: Memory, at: number): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const field of layout.fields) row[field.name] = readField(layout, field, memory, at);
  return row;
}

/** Whether the field is null in the row at `at`. */
export function isNull(field: FieldLayout, memory: Memory, at: number): boolean {
  return field.nullable && memory.u16[(at + field.entry) >> 1] === 0;
}

/** Where the offset at `slot` leads. */
export function targetOf(memory: Memory, slot: number): number {
  return slot + memory.i32[slot >> 2]!;
}

/** One field of the row at `at`, decoded. */
export function readField(
  layout: RowLayout,
  field: FieldLayout,
  memory: Memory,
  at: number,
): unknown {
  if (isNull(field, memory, at)) return null;
  const { type, name } = field;
  const slot = at + field.offset;
  if (type.kind !== 'list') return readValue(type, memory, slot, layout.name, name);
  const { of } = type;
  const width = inlineBytesOf(of);
  const first = targetOf(memory, slot) + 4;
  return Array.from({ length: memory.i32[(first - 4) >> 2]! }, (_, i) =>
    readValue(of, memory, first + width * i, layout.name, name),
  );
}

function readValue(
  type: FieldLayout['type'],
  memory: Memory,
  slot: number,
  record: string,
  name: string,
): unknown {
  if (isScalar(type)) return readScalar(type, memory, slot, record, name);
  switch (type.kind) {
    case 'utf8':
      return readText(memory, targetOf(memory, slot));
    case 'bytes':
      return readBytes(memory, targetOf(memory, slot));
    case 'record': {
      const nested = layoutOf(type.record);
      return readRow(nested, memory, targetOf(memory, slot) - nested.tableAt);
    }
    case 'list':
      return undefined;
  }
}

function readScalar(
  { kind, bigint }: ScalarType,
  memory: Memory,
  slot: number,
  record: string,
  name: string,
): boolean | number | bigint {
  const low = memory.i32[slot >> 2]!;
  switch (kind) {
    case 'bool':
      return memory.u8[slot] !== 0;
    case 'i8':
      return (memory.u8[slot]! << 24) >> 24;
    case 'u8':
      return memory.u8[slot]!;
    case 'i16':
      return (memory.u16[slot >> 1]! << 16) >> 16;
    case 'u16':
      return memory.u16[slot >> 1]!;
    case 'i32':
      return low;
    case 'u32':
      return low >>> 0;
    case 'f32':
      return memory.f32[slot >> 2]!;
    case 'f64':
      return memory.f64[slot >> 3]!;
    case 'i64':
    case 'u64':
    case 'timestamp': {
      const high = memory.i32[(slot >> 2) + 1]!;
      const whole = (BigInt(kind === 'u64' ? high >>> 0 : high) << 32n) | BigInt(low >>> 0);
      if (bigint === true) return whole;
      const value = Number(whole);
      return Number.isSafeInteger(value)
        ? value
        : readPrecise(value, low, high, record, name, kind);
    }
  }
}

/** -2^53 and 2^53 are the only values that are exact but not "safe". */
function readPrecise(
  value: number,
  low: number,
  high: number,
  record: string,
  name: string,
  kind: 'i64' | 'u64' | 'timestamp',
): number {
  return kind !== 'u64' && high === -0x200000 && low === 0
    ? value
    : readWide(low, high, record, name, kind);
}
