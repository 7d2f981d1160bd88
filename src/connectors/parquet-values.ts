/**
 * Physical Parquet values as field values: which pairs of column and field fit, and how one becomes the other.
 *
 * Every conversion is checked against the field's range.
 */

import type { SchemaElement } from 'hyparquet';
import type { FieldDescriptor } from '../record/index.ts';
import { numberReader } from './parquet-numbers.ts';
import { columnTypeName, fixedWidth, misfit } from './parquet-types.ts';
import type { ValueReader } from './parquet-types.ts';

/** Decoded values of one dictionary or one plain run; a column always uses one of these classes. */
export type Values = Int32Array | Float64Array | unknown[];

/** How a column's values become a field's. */
export interface Conversion {
  /** An array for `count` converted values. */
  allocate(count: number): Values;
  /** Converts plain-encoded values (not booleans) from byte `at` on; returns the byte behind them. @throws RangeError a value does not fit */
  plain(bytes: Uint8Array, at: number, count: number, out: Values, to: number): number;
  /** Converts values that were decoded into numbers, bigints, booleans or byte arrays. @throws RangeError */
  decoded(values: ArrayLike<unknown>, from: number, count: number, out: Values, to: number): void;
}

/** Fields whose values fit an Int32Array. */
const INT32_KINDS: ReadonlySet<string> = new Set(['i8', 'u8', 'i16', 'u16', 'i32']);

/** How to convert, or what is wrong with the pair. */
export function conversionOf(element: SchemaElement, field: FieldDescriptor): Conversion | string {
  const reader = valueReader(element, field);
  if (typeof reader === 'string') return reader;
  const { kind } = field.type;
  const allocate: Conversion['allocate'] = INT32_KINDS.has(kind)
    ? (count) => new Int32Array(count)
    : isNumeric(field)
      ? (count) => new Float64Array(count)
      : (count) => Array.from({ length: count }, () => null);
  const width = fixedWidth(element);
  const { at, of } = reader;
  return {
    allocate,
    plain(bytes, start, count, out, to) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      let position = start;
      for (let i = 0; i < count; i++) {
        let length = width;
        if (length === 0) {
          length = view.getUint32(position, true);
          position += 4;
        }
        if (position + length > bytes.length) throw new RangeError('a page ends within its values');
        out[to + i] = at(view, position, length);
        position += length;
      }
      return position;
    },
    decoded(values, from, count, out, to) {
      for (let i = 0; i < count; i++) out[to + i] = of(values[from + i]);
    },
  };
}

function valueReader(element: SchemaElement, field: FieldDescriptor): ValueReader | string {
  const { kind } = field.type;
  const { type } = element;
  if (type === undefined || element.repetition_type === 'REPEATED') {
    return 'lists and structs are not supported';
  }
  if (kind === 'utf8' || kind === 'bytes') return bytesReader(element, kind);
  if (kind === 'bool') {
    return type === 'BOOLEAN'
      ? { at: () => false, of: (value) => value === true || value === 1 }
      : misfit(element, field);
  }
  if (kind === 'list' || kind === 'record') return 'lists and records are not supported';
  return numberReader(element, field);
}

function bytesReader(element: SchemaElement, kind: 'utf8' | 'bytes'): ValueReader | string {
  const { type, logical_type: logical } = element;
  if (type !== 'BYTE_ARRAY' && type !== 'FIXED_LEN_BYTE_ARRAY') {
    return `expected text or bytes, got ${columnTypeName(element)}`;
  }
  const slice = (view: DataView, position: number, length: number): Buffer =>
    Buffer.from(view.buffer, view.byteOffset + position, length);
  const bufferOf = (value: unknown): Buffer => {
    const { buffer, byteOffset, byteLength } = value as Uint8Array;
    return Buffer.from(buffer, byteOffset, byteLength);
  };
  const convert = kind === 'bytes' ? copyOf : logical?.type === 'UUID' ? uuidText : utf8Text;
  return {
    at: (view, position, length) => convert(slice(view, position, length)),
    of: (value) => convert(bufferOf(value)),
  };
}

function utf8Text(bytes: Buffer): string {
  return bytes.toString('utf8');
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function copyOf(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes);
}

/** Whether the field's values are doubles that do not fit an Int32Array. */
function isNumeric({ type }: FieldDescriptor): boolean {
  if (type.kind === 'i64' || type.kind === 'u64') return type.bigint !== true;
  return (
    type.kind === 'u32' || type.kind === 'f32' || type.kind === 'f64' || type.kind === 'timestamp'
  );
}
