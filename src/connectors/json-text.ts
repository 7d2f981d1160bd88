/**
 * Rows as JSON text: code generated for one record type, and the free form for untyped rows.
 *
 * 64-bit bigints are strings, NaN and the infinities are strings, -0 is `-0`, bytes are base64, timestamps are ISO 8601 in UTC.
 * Laws: json-values.ts decodes what this encodes; the generated encoder gives what {@link freeJson} gives for the same
 * row with timestamps as text.
 */

import type { FieldDescriptor, TypeDescriptor } from '../record/index.ts';
import { formatTimestamp } from './timestamp-text.ts';

/** Gives a value's JSON text. */
export type ValueEncoder = (value: never) => string;

/** The encoder of an object with these fields: one expression, the names and the braces as constants. */
export function objectEncoder(fields: readonly FieldDescriptor[]): (row: unknown) => string {
  const live = fields.filter((field) => !field.deprecated);
  if (live.length === 0) return () => '{}';
  const parts = live.map(({ name, nullable }, i) => {
    const label = `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    const value = `row[${JSON.stringify(name)}]`;
    const text = nullable
      ? `((v = ${value}) === null || v === undefined ? 'null' : encode${i}(v))`
      : `encode${i}(${value})`;
    return `${JSON.stringify(label)} + ${text}`;
  });
  // oxlint-disable-next-line typescript/no-implied-eval -- one function per record type, so that its call sites are monomorphic
  const make = new Function(
    ...live.map((_, i) => `encode${i}`),
    `return (row) => { let v; return ${parts.join(' + ')} + '}'; };`,
  );
  return make(...live.map((field) => valueEncoder(field.type))) as (row: unknown) => string;
}

/** The encoder of one type, for values that are there. */
export function valueEncoder(type: TypeDescriptor): ValueEncoder {
  switch (type.kind) {
    case 'utf8':
      return (value: string | Uint8Array) => JSON.stringify(textOf(value));
    case 'bytes':
      return (value: Uint8Array) => `"${base64(value)}"`;
    case 'f32':
    case 'f64':
      return numberText;
    case 'timestamp':
      return (value: number) => `"${formatTimestamp(value)}"`;
    case 'list': {
      const encode = valueEncoder(type.of);
      return (value: ArrayLike<never>) => `[${Array.from(value, encode).join(',')}]`;
    }
    case 'record':
      return objectEncoder(type.record.fields);
    case 'i64':
    case 'u64':
      if (type.bigint === true) return (value: bigint) => `"${value}"`;
      return (value: number) => (Number.isSafeInteger(value) ? String(value) : `"${value}"`);
    case 'bool':
    case 'i8':
    case 'u8':
    case 'i16':
    case 'u16':
    case 'i32':
    case 'u32':
      return String;
  }
}

/** JSON of any row: as `JSON.stringify`, but bigints are strings, bytes base64, NaN, the infinities and -0 kept. */
export function freeJson(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'bigint') return `"${value}"`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof Uint8Array) return `"${base64(value)}"`;
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return freeJson((value as { toJSON(): unknown }).toJSON());
  }
  if (Array.isArray(value)) return `[${value.map(freeJson).join(',')}]`;
  if (value instanceof Map) return freeJson(Object.fromEntries(value));
  if (value instanceof Set) return freeJson([...value]);
  const fields: string[] = [];
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined && typeof field !== 'function') {
      fields.push(`${JSON.stringify(name)}:${freeJson(field)}`);
    }
  }
  return `{${fields.join(',')}}`;
}

/** A number as JSON; what JSON lacks is a string. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return value === 0 && 1 / value < 0 ? '-0' : String(value);
  return `"${value}"`;
}

/** Base64 of bytes. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** A utf8 field's value as a string; rows may carry it as UTF-8 bytes. */
export function textOf(value: string | Uint8Array): string {
  if (typeof value === 'string') return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}
