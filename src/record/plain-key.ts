/** The key of a record type, interpreted: the twin of `key-compiler.ts`, through decoded values only. */

import type { KeyAccess, KeyValue } from './codec.ts';
import {
  hashBigInt,
  hashBoolean,
  hashByteVector,
  hashDouble,
  hashFloat,
  hashLong,
  hashText,
} from './java-hash.ts';
import { keyFieldsOf } from './key-fields.ts';
import { failKey } from './key.ts';
import { layoutOf } from './layout.ts';
import type { FieldLayout } from './layout.ts';
import type { Memory } from './memory.ts';
import { fieldsOfRow } from './plain-write.ts';
import { readField } from './plain-read.ts';
import type { RecordType } from './record-type.ts';
import { INTEGER_RANGE, isBigInt, isInteger, isWide } from './scalar.ts';
import { RowSlice } from './slice.ts';
import { expectedOf } from './values.ts';

/** @throws ERR_RECORD_KEY a name is not a field that can be a key */
export function plainKey<T>(type: RecordType<T>, names: readonly string[]): KeyAccess<T> {
  const layout = layoutOf(type.descriptor);
  const fields = keyFieldsOf(layout, names);
  const checked = (field: FieldLayout, value: unknown): KeyPart =>
    normalise(field, value) ?? failKey(`${type.name}.${field.name}`, value, expectedOf(field.type));
  const hash = (values: readonly KeyPart[]): number =>
    values
      .map((value, i) => hashPart(fields[i]!, value))
      .reduce((h, next) => (Math.imul(31, h) + next) | 0);
  const partsOfRow = (row: unknown): KeyPart[] => {
    const values = fieldsOfRow(layout, row);
    return fields.map((field) => checked(field, values[field.name]));
  };
  const at = (memory: Memory, start: number): unknown[] =>
    fields.map((field) => readField(layout, field, memory, start));
  return {
    fields: [...names],
    hashBytes: (memory, start) =>
      hash(at(memory, start).map((value, i) => checked(fields[i]!, value))),
    hashRow: (row) => hash(partsOfRow(row)),
    equalBytes: (memoryA, atA, memoryB, atB) => {
      const other = at(memoryB, atB);
      return at(memoryA, atA).every((value, i) => same(value, other[i]));
    },
    valueOf: (row) => {
      const parts: readonly KeyValue[] = partsOfRow(row);
      return parts.length === 1 ? parts[0]! : parts;
    },
  };
}

type KeyPart = string | number | bigint | boolean | Uint8Array;

/** The value as user code sees it; undefined when it does not fit the field. */
function normalise({ type }: FieldLayout, value: unknown): KeyPart | undefined {
  const { kind } = type;
  if (isInteger(kind)) {
    if (isBigInt(type)) return typeof value === 'bigint' ? value : undefined;
    const [low, high] = INTEGER_RANGE[kind];
    const fits = typeof value === 'number' && Number.isInteger(value);
    return fits && value >= low && value <= high ? value + 0 : undefined;
  }
  switch (kind) {
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'f32':
      return typeof value === 'number' ? Math.fround(value) + 0 : undefined;
    case 'f64':
      return typeof value === 'number' ? value + 0 : undefined;
    case 'utf8':
      return typeof value === 'string' ? value : decode(bytesOf(value));
    case 'bytes':
      return bytesOf(value);
    case 'list':
    case 'record':
      return undefined;
  }
}

function decode(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (!(value instanceof RowSlice)) return undefined;
  return value.memory.u8.slice(value.start, value.start + value.bytes);
}

function hashPart({ type }: FieldLayout, value: KeyPart): number {
  if (typeof value === 'boolean') return hashBoolean(value);
  if (typeof value === 'string') return hashText(value);
  if (typeof value === 'bigint') return hashBigInt(value);
  if (typeof value === 'object') return hashByteVector(value, 0, value.length);
  if (type.kind === 'f32') return hashFloat(value);
  return isInteger(type.kind)
    ? isWide(type.kind)
      ? hashLong(value)
      : value | 0
    : hashDouble(value);
}

function same(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return a === b || (a !== a && b !== b);
}
