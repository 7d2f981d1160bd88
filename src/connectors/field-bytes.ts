/**
 * Values read from the bytes of a text field, without making a string where that can be avoided.
 *
 * Hot path of the CSV source. Laws: each number equals what `Number(text)` gives; anything that is not of the kind is a
 * {@link RowProblem}, never a guess. White space around a value that is not text is allowed.
 */

import type { ScalarKind } from '../record/index.ts';
import { RowProblem, shown } from './row-problem.ts';
import { parseTimestamp } from './timestamp-text.ts';

/**
 * Smallest and largest value of each integer kind. 64-bit kinds as numbers are safe integers; ±2^53, which rows may hold too, is
 * only read from text, where it can be told from its neighbours ({@link wideInteger}).
 */
export const INTEGER_RANGE: Readonly<Record<string, readonly [number, number]>> = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32_768, 32_767],
  u16: [0, 65_535],
  i32: [-2_147_483_648, 2_147_483_647],
  u32: [0, 4_294_967_295],
  i64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  u64: [0, Number.MAX_SAFE_INTEGER],
  timestamp: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** The same for 64-bit integers as bigints. */
export const BIGINT_RANGE: Readonly<Record<string, readonly [bigint, bigint]>> = {
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n],
};

/** The largest integer up to which doubles hold every integer. */
const EXACT_MAX = 2n ** 53n;
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const NUMBER_TEXT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['NaN', NaN],
  ['nan', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['inf', Infinity],
  ['-inf', -Infinity],
]);

/** What a message calls a kind. */
export function kindName(kind: ScalarKind, bigint = false): string {
  const range = bigint ? BIGINT_RANGE[kind] : INTEGER_RANGE[kind];
  if (kind === 'timestamp') return 'a timestamp (ISO 8601 or integer milliseconds)';
  if (range) return `an ${kind} integer (${range[0]} .. ${range[1]})`;
  return kind === 'bool' ? 'true or false' : `a number (${kind})`;
}

/** An integer in `min .. max`, at most 15 digits fast and exact. @throws RowProblem */
export function integerField(
  bytes: Buffer,
  start: number,
  end: number,
  name: string,
  kind: ScalarKind,
  min: number,
  max: number,
): number {
  let i = start;
  let negative = false;
  if (i < end) {
    const sign = bytes[i]!;
    if (sign === 45 || sign === 43) {
      negative = sign === 45;
      i++;
    }
  }
  const count = end - i;
  if (count >= 1 && count <= 15) {
    let value = 0;
    for (; i < end; i++) {
      const digit = bytes[i]! - 48;
      if (digit < 0 || digit > 9) return slowInteger(bytes, start, end, name, kind, min, max);
      value = value * 10 + digit;
    }
    if (negative) value = 0 - value;
    if (value >= min && value <= max) return value;
  }
  return slowInteger(bytes, start, end, name, kind, min, max);
}

function slowInteger(
  bytes: Buffer,
  start: number,
  end: number,
  name: string,
  kind: ScalarKind,
  min: number,
  max: number,
): number {
  const text = bytes.toString('latin1', start, end).trim();
  if (max === Number.MAX_SAFE_INTEGER) {
    const wide = wideInteger(text, kind);
    if (wide !== undefined) return wide;
  }
  // 1.0 and 1e3 are integers too: exporters of nullable integer columns often write them so.
  const value = NUMBER_TEXT.test(text) ? Number(text) : NaN;
  if (Number.isInteger(value) && value >= min && value <= max) return value + 0;
  throw fieldProblem(bytes, start, end, name, kindName(kind));
}

/** An integer up to ±2^53 from its text, exactly; undefined when it is none, or does not fit the kind. */
export function wideInteger(text: string, kind: string): number | undefined {
  if (!/^[+-]?\d{1,20}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  const min = kind === 'u64' ? 0n : -EXACT_MAX;
  return value >= min && value <= EXACT_MAX ? Number(value) : undefined;
}

/** A 64-bit integer as a bigint. @throws RowProblem */
export function bigintField(
  bytes: Buffer,
  start: number,
  end: number,
  name: string,
  kind: ScalarKind,
): bigint {
  const text = bytes.toString('latin1', start, end).trim();
  const [min, max] = BIGINT_RANGE[kind]!;
  if (/^[+-]?\d{1,20}$/.test(text)) {
    const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
    if (value >= min && value <= max) return value;
  }
  throw fieldProblem(bytes, start, end, name, kindName(kind, true));
}

/**
 * A floating-point number. Up to 15 digits and a small scale it is one division of two exact doubles, which rounds
 * correctly (W. Clinger, "How to read floating point numbers accurately", 1990); the rest goes through `Number`.
 *
 * @throws RowProblem
 */
export function floatField(
  bytes: Buffer,
  start: number,
  end: number,
  name: string,
  kind: ScalarKind,
): number {
  let i = start;
  let negative = false;
  if (i < end && bytes[i] === 45) {
    negative = true;
    i++;
  }
  let mantissa = 0;
  let count = 0;
  let scale = 0;
  let point = false;
  for (; i < end; i++) {
    const c = bytes[i]!;
    if (c >= 48 && c <= 57) {
      mantissa = mantissa * 10 + (c - 48);
      count++;
      if (point) scale++;
    } else if (c === 46 && !point) {
      point = true;
    } else {
      return slowFloat(bytes, start, end, name, kind);
    }
  }
  if (count === 0 || count > 15) return slowFloat(bytes, start, end, name, kind);
  const value = scale === 0 ? mantissa : mantissa / POWERS_OF_TEN[scale]!;
  return negative ? -value : value;
}

function slowFloat(
  bytes: Buffer,
  start: number,
  end: number,
  name: string,
  kind: ScalarKind,
): number {
  const text = bytes.toString('latin1', start, end).trim();
  if (NUMBER_TEXT.test(text)) return Number(text);
  const special = SPECIAL_NUMBERS.get(text);
  if (special !== undefined) return special;
  throw fieldProblem(bytes, start, end, name, kindName(kind));
}

/** A timestamp in milliseconds. @throws RowProblem */
export function timestampField(bytes: Buffer, start: number, end: number, name: string): number {
  let ms = parseTimestamp(bytes, start, end);
  if (ms !== ms) {
    const trimmed = Buffer.from(bytes.toString('latin1', start, end).trim(), 'latin1');
    ms = parseTimestamp(trimmed, 0, trimmed.length);
  }
  if (ms === ms) return ms;
  throw fieldProblem(bytes, start, end, name, kindName('timestamp'));
}

/** `true`, `false` in any case, `1`, `0`. @throws RowProblem */
export function booleanField(bytes: Buffer, start: number, end: number, name: string): boolean {
  const length = end - start;
  const first = bytes[start]!;
  if (length === 1 && (first === 48 || first === 49)) return first === 49;
  const text = bytes.toString('latin1', start, end).trim().toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw fieldProblem(bytes, start, end, name, 'true or false');
}

/** Bytes from base64 text. @throws RowProblem */
export function base64Field(bytes: Buffer, start: number, end: number, name: string): Uint8Array {
  const text = bytes.toString('latin1', start, end).trim();
  if (!isBase64(text)) throw fieldProblem(bytes, start, end, name, 'base64 text');
  return base64Bytes(text);
}

/** Whether text is base64 (with its padding or without). */
export function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.replaceAll('=', '').length % 4 !== 1;
}

/** The bytes of base64 text, in a buffer of their own. */
export function base64Bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** The problem of a field, with its text and its place. */
export function fieldProblem(
  bytes: Buffer,
  start: number,
  end: number,
  name: string,
  expected: string,
): RowProblem {
  const text = bytes.toString('utf8', start, Math.min(end, start + 200));
  return new RowProblem(name, expected, text === '' ? 'nothing' : shown(text), start);
}
