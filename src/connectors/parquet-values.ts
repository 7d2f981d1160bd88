/**
 * Physical Parquet values as field values: which pairs of column and field fit, and how one becomes the other.
 *
 * 64-bit integers are read as two 32-bit halves, never as bigints, unless the field asks for bigints: a bigint costs some
 * forty times as much. Every conversion is checked against the field's range.
 */

import type { SchemaElement } from 'hyparquet';
import type { FieldDescriptor, ScalarKind } from '../record/index.ts';
import { BIGINT_RANGE, INTEGER_RANGE, kindName } from './field-bytes.ts';
import { shown } from './row-problem.ts';

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

/** Milliseconds since the epoch of the Julian day that INT96 timestamps count from. */
const JULIAN_EPOCH_DAYS = 2_440_588;
const DAY_MS = 86_400_000;
const TWO_32 = 4_294_967_296;

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

/** Reads one converted value, from plain bytes or from what a decoder made of it. */
interface ValueReader {
  readonly at: (view: DataView, position: number, length: number) => unknown;
  readonly of: (value: unknown) => unknown;
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
  if (kind !== 'timestamp' && field.type.bigint === true) return bigintReader(element, field);
  const number = physicalNumber(element);
  if (number === undefined) return misfit(element, field);
  const convert = numberConversion(element, field);
  if (typeof convert === 'string') return convert;
  const divisor = kind === 'timestamp' && element.type === 'INT64' ? unitsPerMs(element) : 1;
  if (divisor > 1) {
    const divideBigint = (value: unknown): number => floorDivideBigint(value as bigint, divisor);
    return {
      at: (view, position) =>
        convert(
          floorDivide(view.getInt32(position + 4, true), view.getUint32(position, true), divisor),
        ),
      of: (value) => convert(divideBigint(value)),
    };
  }
  return {
    at: (view, position) => convert(number(view, position)),
    of: (value) => convert(Number(value)),
  };
}

/** floor((high * 2^32 + low) / divisor), exact: the remainder of the upper half is < divisor ≤ 10^6, so all fits 2^53. */
function floorDivide(high: number, low: number, divisor: number): number {
  const upper = Math.floor(high / divisor);
  return upper * TWO_32 + Math.floor(((high - upper * divisor) * TWO_32 + low) / divisor);
}

function floorDivideBigint(value: bigint, divisor: number): number {
  return floorDivide(Number(value >> 32n), Number(value & 0xffffffffn), divisor);
}

function isUnsigned({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return (
    converted?.startsWith('UINT_') === true || (logical?.type === 'INTEGER' && !logical.isSigned)
  );
}

/** A numeric physical value as a double; 64-bit integers beyond 2^53 lose their last bits and fail the range check. */
function physicalNumber(
  element: SchemaElement,
): ((view: DataView, position: number) => number) | undefined {
  const { type } = element;
  const unsigned = isUnsigned(element);
  if (type === undefined) return undefined;
  switch (type) {
    case 'INT32':
      return unsigned
        ? (view, at) => view.getUint32(at, true)
        : (view, at) => view.getInt32(at, true);
    case 'INT64':
      return unsigned
        ? (view, at) => view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true)
        : (view, at) => view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true);
    case 'INT96':
      // Nanoseconds of the day, then the Julian day; given as milliseconds at once.
      return (view, at) =>
        (view.getInt32(at + 8, true) - JULIAN_EPOCH_DAYS) * DAY_MS +
        Math.floor((view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true)) / 1e6);
    case 'FLOAT':
      return (view, at) => view.getFloat32(at, true);
    case 'DOUBLE':
      return (view, at) => view.getFloat64(at, true);
    case 'BOOLEAN':
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return undefined;
  }
}

/** The step from a physical number to the field's value, with its check; or what is wrong. */
function numberConversion(
  element: SchemaElement,
  field: FieldDescriptor,
): ((value: number) => number) | string {
  const { kind } = field.type;
  const { type, converted_type: converted, logical_type: logical } = element;
  const decimal = converted === 'DECIMAL' || logical?.type === 'DECIMAL';
  const moment =
    type === 'INT96' ||
    logical?.type === 'TIMESTAMP' ||
    converted?.startsWith('TIMESTAMP_') === true;
  const date = converted === 'DATE' || logical?.type === 'DATE';
  if (kind === 'f32' || kind === 'f64') {
    if (moment || date) return misfit(element, field);
    const scale = decimal
      ? 10 ** (logical?.type === 'DECIMAL' ? logical.scale : (element.scale ?? 0))
      : 1;
    return scale === 1 ? (value) => value : (value) => value / scale;
  }
  if (type === 'FLOAT' || type === 'DOUBLE' || decimal) return misfit(element, field);
  if ((moment || date) && kind !== 'timestamp') return misfit(element, field);
  const [min, max] = INTEGER_RANGE[kind]!;
  const expected = kindName(kind as ScalarKind);
  const check = (value: number): number =>
    value >= min && value <= max ? value : outOfRange(expected, value);
  return kind === 'timestamp' && date ? (days) => check(days * DAY_MS) : check;
}

function unitsPerMs({ converted_type: converted, logical_type: logical }: SchemaElement): number {
  if (logical?.type === 'TIMESTAMP') {
    return logical.unit === 'NANOS' ? 1e6 : logical.unit === 'MICROS' ? 1000 : 1;
  }
  return converted === 'TIMESTAMP_MICROS' ? 1000 : 1;
}

function bigintReader(element: SchemaElement, field: FieldDescriptor): ValueReader | string {
  const { type } = element;
  if (type !== 'INT32' && type !== 'INT64') return misfit(element, field);
  const plain = physicalNumber(element)!;
  const unsigned = isUnsigned(element);
  const [min, max] = BIGINT_RANGE[field.type.kind]!;
  const check = (value: bigint): bigint =>
    value >= min && value <= max ? value : outOfRange(`${min} .. ${max}`, value);
  return {
    at: (view, position) => {
      if (type === 'INT32') return check(BigInt(plain(view, position)));
      return check(unsigned ? view.getBigUint64(position, true) : view.getBigInt64(position, true));
    },
    of: (value) => check(BigInt(value as bigint)),
  };
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

/** Bytes of a plain value, 0 for those that carry their length. */
function fixedWidth({ type, type_length: length }: SchemaElement): number {
  if (type === undefined) return 0;
  switch (type) {
    case 'INT32':
    case 'FLOAT':
      return 4;
    case 'INT64':
    case 'DOUBLE':
      return 8;
    case 'INT96':
      return 12;
    case 'FIXED_LEN_BYTE_ARRAY':
      return length ?? 0;
    case 'BOOLEAN':
    case 'BYTE_ARRAY':
      return 0;
  }
}

/** A column's type as messages name it: `INT64 (TIMESTAMP MICROS)`. */
export function columnTypeName({
  type,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): string {
  const unit = logical?.type === 'TIMESTAMP' ? ` ${logical.unit}` : '';
  const meaning = logical === undefined ? converted : logical.type + unit;
  return `${type ?? 'a group of columns'}${meaning === undefined ? '' : ` (${meaning})`}`;
}

function misfit(element: SchemaElement, field: FieldDescriptor): string {
  const kind = field.type.kind;
  return `expected a column that holds ${kind} values, got ${columnTypeName(element)}`;
}

function outOfRange(expected: string, value: unknown): never {
  throw new RangeError(`expected ${expected}, got ${shown(value)}`);
}
