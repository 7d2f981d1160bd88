/** The words a record type is written in: one constructor for each kind of field. */

import { EngineError } from '../base/index.ts';
import type { RecordType, ScalarKind, TypeDescriptor } from './record-type.ts';

/** The declared type of a field whose values are `V`. */
export interface FieldType<V = unknown> {
  readonly type: TypeDescriptor;
  readonly nullable: boolean;
  readonly deprecated: boolean;
  /** Phantom: the value. */
  readonly value?: V;
}

/** A field that rows no longer have; its place among the field ids stays taken. */
export interface DeprecatedField extends FieldType<never> {
  readonly deprecated: true;
}

/** A 64-bit integer: a number checked to ±2^53, or a bigint on request. */
export interface Int64Field extends FieldType<number> {
  /** The same bytes, but rows hold a bigint: every 64-bit value fits, at some ten times the cost. */
  asBigInt(): FieldType<bigint>;
}

/** What stands behind a field's name: a field type, or a record type for a nested record. */
export type FieldLike = FieldType | RecordType;

/** The value of a field. */
export type ValueOf<F> =
  F extends FieldType<infer V> ? V : F extends RecordType<infer Row> ? Row : never;

/** true or false; one byte. */
export const bool: FieldType<boolean> = fieldOf({ kind: 'bool' });
/** Integer, -2^7 .. 2^7 - 1. */
export const i8: FieldType<number> = fieldOf({ kind: 'i8' });
/** Integer, 0 .. 2^8 - 1. */
export const u8: FieldType<number> = fieldOf({ kind: 'u8' });
/** Integer, -2^15 .. 2^15 - 1. */
export const i16: FieldType<number> = fieldOf({ kind: 'i16' });
/** Integer, 0 .. 2^16 - 1. */
export const u16: FieldType<number> = fieldOf({ kind: 'u16' });
/** Integer, -2^31 .. 2^31 - 1. */
export const i32: FieldType<number> = fieldOf({ kind: 'i32' });
/** Integer, 0 .. 2^32 - 1. */
export const u32: FieldType<number> = fieldOf({ kind: 'u32' });
/** Integer of 64 bits; a number within ±2^53 in rows, or `i64.asBigInt()`. */
export const i64: Int64Field = int64Of('i64');
/** Integer of 64 bits from 0; a number up to 2^53 in rows, or `u64.asBigInt()`. */
export const u64: Int64Field = int64Of('u64');
/** 32-bit float: what is written is rounded to the nearest (`Math.fround`). */
export const f32: FieldType<number> = fieldOf({ kind: 'f32' });
/** 64-bit float; NaN, infinities and -0 are kept. */
export const f64: FieldType<number> = fieldOf({ kind: 'f64' });
/** Milliseconds since the epoch, an integer within ±2^53. */
export const timestamp: FieldType<number> = fieldOf({ kind: 'timestamp' });
/** Text. Lone surrogates become U+FFFD, since bytes are UTF-8. */
export const utf8: FieldType<string> = fieldOf({ kind: 'utf8' });
/** Bytes, any length. */
export const bytes: FieldType<Uint8Array> = fieldOf({ kind: 'bytes' });

/**
 * Text with few different values, such as a country or a channel: the bytes are those of `utf8`; a reader keeps decoded
 * strings in a bounded cache, so that a repeated value costs a look-up instead of decoding.
 *
 * @example
 * const Flight = record('Flight', { origin: dictionary() });
 */
export function dictionary(): FieldType<string> {
  return fieldOf({ kind: 'utf8', dictionary: true });
}

/**
 * A list of scalars, texts or records. Rows read as plain arrays; a typed array may be written where it fits.
 *
 * @throws ERR_RECORD_TYPE the element is a list, bytes, nullable or deprecated: wrap it in a record
 * @example
 * const Basket = record('Basket', { prices: list(f64), tags: list(utf8) });
 */
export function list<F extends FieldLike>(of: F): FieldType<readonly ValueOf<F>[]> {
  const element = typeOf(of);
  const whole = 'descriptor' in of || !(of.nullable || of.deprecated);
  if (!whole || element.kind === 'list' || element.kind === 'bytes') {
    throw new EngineError('ERR_RECORD_TYPE', {
      what: 'list(of)',
      expected: 'an element that is a scalar, utf8 or a record, neither nullable nor deprecated',
      got: whole ? element.kind : `${of.nullable ? 'nullable' : 'deprecated'} ${element.kind}`,
    });
  }
  return fieldOf({ kind: 'list', of: element });
}

/**
 * A field that may be null: reads as `null`, may be written as null, undefined or left out.
 *
 * @throws ERR_RECORD_TYPE the field is nullable already, or deprecated
 * @example
 * const Page = record('Page', { referrer: nullable(utf8) });
 */
export function nullable<F extends FieldLike>(of: F): FieldType<ValueOf<F> | null> {
  if (!('descriptor' in of) && (of.nullable || of.deprecated)) {
    throw new EngineError('ERR_RECORD_TYPE', {
      what: 'nullable(of)',
      expected: 'a field that is neither nullable nor deprecated yet',
      got: of.nullable ? 'a nullable field' : 'a deprecated field',
    });
  }
  return Object.freeze({ type: typeOf(of), nullable: true, deprecated: false });
}

/**
 * A field that rows no longer have. It keeps its id, so that rows written before and after can be read; it takes two
 * bytes of a row (its entry in the vtable, always 0).
 *
 * @example
 * const Bid = record('Bid', { auction: i64, extra: deprecated(utf8), price: i64 });
 */
export function deprecated(of: FieldLike): DeprecatedField {
  return Object.freeze({
    type: typeOf(of),
    nullable: !('descriptor' in of) && of.nullable,
    deprecated: true,
  });
}

function typeOf(of: FieldLike): TypeDescriptor {
  return 'descriptor' in of ? { kind: 'record', record: of.descriptor } : of.type;
}

function fieldOf<V>(type: TypeDescriptor): FieldType<V> {
  return Object.freeze({ type: Object.freeze(type), nullable: false, deprecated: false });
}

function int64Of(kind: ScalarKind & ('i64' | 'u64')): Int64Field {
  return Object.freeze({
    ...fieldOf<number>({ kind }),
    asBigInt: () => fieldOf<bigint>({ kind, bigint: true }),
  });
}
