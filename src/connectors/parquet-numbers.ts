/**
 * Numbers, dates and timestamps of Parquet columns as field values, checked against the field's range.
 *
 * 64-bit integers are read as two 32-bit halves, never as bigints, unless the field asks for bigints: a bigint costs some
 * forty times as much.
 */

import type { SchemaElement } from 'hyparquet';
import type { FieldDescriptor, ScalarKind } from '../record/index.ts';
import { BIGINT_RANGE, INTEGER_RANGE, kindName } from './field-bytes.ts';
import { isUnsigned, misfit } from './parquet-types.ts';
import type { ValueReader } from './parquet-types.ts';
import { shown } from './row-problem.ts';

/** Milliseconds since the epoch of the Julian day that INT96 timestamps count from. */
const JULIAN_EPOCH_DAYS = 2_440_588;
const DAY_MS = 86_400_000;
const TWO_32 = 4_294_967_296;

/** The reader of a number field, or what is wrong with the pair. */
export function numberReader(element: SchemaElement, field: FieldDescriptor): ValueReader | string {
  const { type } = field;
  if (type.kind === 'bool' || type.kind === 'utf8' || type.kind === 'bytes')
    return misfit(element, field);
  if (type.kind === 'list' || type.kind === 'record') return misfit(element, field);
  if (type.kind !== 'timestamp' && type.bigint === true) return bigintReader(element, field);
  const number = physicalNumber(element);
  if (number === undefined) return misfit(element, field);
  const convert = numberConversion(element, field, type.kind);
  if (typeof convert === 'string') return convert;
  const divisor = type.kind === 'timestamp' && element.type === 'INT64' ? unitsPerMs(element) : 1;
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
  kind: ScalarKind,
): ((value: number) => number) | string {
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
  const expected = kindName(kind);
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

function outOfRange(expected: string, value: unknown): never {
  throw new RangeError(`expected ${expected}, got ${shown(value)}`);
}
