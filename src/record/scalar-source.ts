/** Source text that stores and loads one scalar; a part of the codec compiler. */

import type { ScalarType } from './scalar.ts';

/** Gives the index expression of the scalar in the typed array of `1 << shift` bytes per element. */
export type IndexSource = (shift: 0 | 1 | 2 | 3) => string;

/** Index of a scalar at the constant offset `offset` from `at`. */
export function indexAt(at: string, offset: number): IndexSource {
  return (shift) => (shift === 0 ? `${at} + ${offset}` : `(${at} + ${offset}) >> ${shift}`);
}

/**
 * Functions that the text below relies on, to stand once in each generated module: their type feedback is the codec's
 * own. `fail(id, value, element)` throws; `wide(low, high, id)` reads what the fast range does not hold.
 */
export const SCALAR_HELPERS = `
function putI64(i32, p, v, id, element) {
  if (typeof v === 'number') {
    if ((v | 0) === v) { i32[p] = v; i32[p + 1] = v >> 31; return; }
    if (v >= -9007199254740992 && v <= 9007199254740992 && Math.floor(v) === v) {
      const h = Math.floor(v / 4294967296);
      i32[p] = v - h * 4294967296; i32[p + 1] = h; return;
    }
  }
  fail(id, v, element);
}
function putU64(i32, p, v, id, element) {
  if (typeof v === 'number' && v >= 0 && v <= 9007199254740992 && Math.floor(v) === v) {
    const h = Math.floor(v / 4294967296);
    i32[p] = v - h * 4294967296; i32[p + 1] = h; return;
  }
  fail(id, v, element);
}
function putBig(i32, p, v, id, element, signed) {
  if (typeof v !== 'bigint' || (signed ? BigInt.asIntN(64, v) : BigInt.asUintN(64, v)) !== v) fail(id, v, element);
  i32[p] = Number(BigInt.asIntN(32, v)); i32[p + 1] = Number(BigInt.asIntN(32, v >> 32n));
}
function getI64(i32, p, id) {
  const h = i32[p + 1];
  if (((h + 2097152) >>> 0) >= 4194304) return wide(i32[p], h, id);
  return h * 4294967296 + (i32[p] >>> 0);
}
function getU64(i32, p, id) {
  const h = i32[p + 1];
  if ((h >>> 0) >= 2097152) return wide(i32[p], h, id);
  return h * 4294967296 + (i32[p] >>> 0);
}
function getBig(i32, p, signed) {
  const h = i32[p + 1];
  return (BigInt(signed ? h : h >>> 0) << 32n) | BigInt(i32[p] >>> 0);
}
`;

/** Statements that check `v` and store it. */
export function storeScalar(
  type: ScalarType,
  index: IndexSource,
  id: number,
  element = 'undefined',
): string {
  const fail = `fail(${id}, v, ${element})`;
  const integer = (fits: string, store: string): string =>
    `if (typeof v !== 'number' || ${fits}) ${fail}; ${store} = v;`;
  switch (type.kind) {
    case 'bool':
      return `if (typeof v !== 'boolean') ${fail}; u8[${index(0)}] = v ? 1 : 0;`;
    case 'i8':
      return integer('(v << 24 >> 24) !== v', `u8[${index(0)}]`);
    case 'u8':
      return integer('(v & 255) !== v', `u8[${index(0)}]`);
    case 'i16':
      return integer('(v << 16 >> 16) !== v', `u16[${index(1)}]`);
    case 'u16':
      return integer('(v & 65535) !== v', `u16[${index(1)}]`);
    case 'i32':
      return integer('(v | 0) !== v', `i32[${index(2)}]`);
    case 'u32':
      return integer('(v >>> 0) !== v', `i32[${index(2)}]`);
    case 'f32':
      return `if (typeof v !== 'number') ${fail}; f32[${index(2)}] = v;`;
    case 'f64':
      return `if (typeof v !== 'number') ${fail}; f64[${index(3)}] = v;`;
    case 'i64':
    case 'u64':
    case 'timestamp': {
      const signed = type.kind !== 'u64';
      if (type.bigint === true) return `putBig(i32, ${index(2)}, v, ${id}, ${element}, ${signed});`;
      return `${signed ? 'putI64' : 'putU64'}(i32, ${index(2)}, v, ${id}, ${element});`;
    }
  }
}

/** An expression that loads the scalar. */
export function loadScalar(type: ScalarType, index: IndexSource, id: number): string {
  switch (type.kind) {
    case 'bool':
      return `u8[${index(0)}] !== 0`;
    case 'i8':
      return `u8[${index(0)}] << 24 >> 24`;
    case 'u8':
      return `u8[${index(0)}]`;
    case 'i16':
      return `u16[${index(1)}] << 16 >> 16`;
    case 'u16':
      return `u16[${index(1)}]`;
    case 'i32':
      return `i32[${index(2)}]`;
    case 'u32':
      return `i32[${index(2)}] >>> 0`;
    case 'f32':
      return `f32[${index(2)}]`;
    case 'f64':
      return `f64[${index(3)}]`;
    case 'i64':
    case 'u64':
    case 'timestamp': {
      const signed = type.kind !== 'u64';
      if (type.bigint === true) return `getBig(i32, ${index(2)}, ${signed})`;
      return `${signed ? 'getI64' : 'getU64'}(i32, ${index(2)}, ${id})`;
    }
  }
}
