/**
 * JSON values as field values of a record type, checked.
 *
 * 64-bit integers may be strings, since JSON numbers lose digits beyond 2^53; NaN and the infinities are strings; bytes are
 * base64; timestamps are ISO 8601 or integer milliseconds. Law: decode(encode(value)) = value (see json-text.ts).
 */

import type { FieldDescriptor, TypeDescriptor } from '../record/index.ts';
import {
  base64Bytes,
  BIGINT_RANGE,
  INTEGER_RANGE,
  isBase64,
  kindName,
  wideInteger,
} from './field-bytes.ts';
import { RowProblem, shown } from './row-problem.ts';
import { parseTimestampText } from './timestamp-text.ts';

/** Gives the field's value for a JSON value. @throws RowProblem */
export type ValueDecoder = (value: unknown) => unknown;

const SPECIAL_NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

/** The decoder of one type; `path` names the field in problems. */
export function valueDecoder(type: TypeDescriptor, nullable: boolean, path: string): ValueDecoder {
  const decode = presentDecoder(type, path);
  return nullable
    ? (value) => (value === null || value === undefined ? null : decode(value))
    : decode;
}

/** The decoder of an object with these fields, as a new plain object. */
export function objectDecoder(fields: readonly FieldDescriptor[], path: string): ValueDecoder {
  const live = fields.filter((field) => !field.deprecated);
  const prefix = path === '' ? '' : `${path}.`;
  const decoders = live.map(({ name, type, nullable }) => ({
    name,
    decode: valueDecoder(type, nullable, prefix + name),
  }));
  return (value) => {
    const object = jsonObject(value, path);
    const row: Record<string, unknown> = {};
    for (const { name, decode } of decoders) row[name] = decode(object[name]);
    return row;
  };
}

/** The value as an object. @throws RowProblem */
export function jsonObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RowProblem(path, 'a JSON object', shown(value));
  }
  return value as Readonly<Record<string, unknown>>;
}

function presentDecoder(type: TypeDescriptor, path: string): ValueDecoder {
  switch (type.kind) {
    case 'utf8':
      return (value) => {
        if (typeof value === 'string') return value;
        throw new RowProblem(path, 'a string', shown(value));
      };
    case 'bool':
      return (value) => {
        if (typeof value === 'boolean') return value;
        throw new RowProblem(path, 'true or false', shown(value));
      };
    case 'bytes':
      return (value) => {
        if (typeof value === 'string' && isBase64(value)) return base64Bytes(value);
        throw new RowProblem(path, 'a base64 string', shown(value));
      };
    case 'f32':
    case 'f64': {
      const expected = kindName(type.kind);
      return (value) => {
        if (typeof value === 'number') return value;
        const special = SPECIAL_NUMBERS.get(value);
        if (special !== undefined) return special;
        throw new RowProblem(path, expected, shown(value));
      };
    }
    case 'timestamp':
      return (value) => {
        const ms = typeof value === 'string' ? parseTimestampText(value) : value;
        if (Number.isSafeInteger(ms) || (ms !== value && Number.isInteger(ms))) return ms;
        throw new RowProblem(path, kindName('timestamp'), shown(value));
      };
    case 'list':
      return listDecoder(type.of, path);
    case 'record':
      return objectDecoder(type.record.fields, path);
    case 'i8':
    case 'u8':
    case 'i16':
    case 'u16':
    case 'i32':
    case 'u32':
    case 'i64':
    case 'u64':
      return type.bigint === true
        ? bigintDecoder(type.kind, path)
        : integerDecoder(type.kind, path);
  }
}

function integerDecoder(kind: string, path: string): ValueDecoder {
  const [min, max] = INTEGER_RANGE[kind]!;
  const wide = kind === 'i64' || kind === 'u64';
  const expected = `an ${kind} integer (${min} .. ${max})`;
  return (value) => {
    if (wide && typeof value === 'string') {
      const integer = wideInteger(value, kind);
      if (integer !== undefined) return integer;
    }
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
      return value + 0;
    }
    throw new RowProblem(path, expected, shown(value));
  };
}

function bigintDecoder(kind: string, path: string): ValueDecoder {
  const [min, max] = BIGINT_RANGE[kind]!;
  const expected = `an ${kind} integer (${min} .. ${max}; as a string beyond 2^53)`;
  return (value) => {
    const exact =
      (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) || Number.isSafeInteger(value);
    if (exact) {
      const integer = BigInt(value as string | number);
      if (integer >= min && integer <= max) return integer;
    }
    throw new RowProblem(path, expected, shown(value));
  };
}

function listDecoder(of: TypeDescriptor, path: string): ValueDecoder {
  const decode = valueDecoder(of, false, `${path}[]`);
  return (value) => {
    if (!Array.isArray(value)) throw new RowProblem(path, 'a JSON array', shown(value));
    return value.map((item: unknown) => decode(item));
  };
}
