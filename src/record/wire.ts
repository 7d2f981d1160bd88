/** What a field's type takes on the wire, for the code that reads rows of any layout. */

import type { ScalarKind, TypeDescriptor } from './record-type.ts';

/** A type whose values lie inline. */
export type ScalarType = Extract<TypeDescriptor, { readonly kind: ScalarKind }>;

/** Bytes of the inline part: the scalar itself, or the 4-byte offset to a string, vector or table. */
export function inlineBytesOf(type: TypeDescriptor): 1 | 2 | 4 | 8 {
  switch (type.kind) {
    case 'bool':
    case 'i8':
    case 'u8':
      return 1;
    case 'i16':
    case 'u16':
      return 2;
    case 'i64':
    case 'u64':
    case 'f64':
    case 'timestamp':
      return 8;
    case 'i32':
    case 'u32':
    case 'f32':
    case 'utf8':
    case 'bytes':
    case 'list':
    case 'record':
      return 4;
  }
}

/** Whether the value lies inline; else behind an offset. */
export function isScalar(type: TypeDescriptor): type is ScalarType {
  const { kind } = type;
  return kind !== 'utf8' && kind !== 'bytes' && kind !== 'list' && kind !== 'record';
}

/** Whether the value lies behind an offset. */
export function isReference(type: TypeDescriptor): boolean {
  return !isScalar(type);
}

/** Whether rows hold this 64-bit integer as a number, which must not be beyond 2^53. */
export function isCheckedInteger(
  type: TypeDescriptor,
): type is { readonly kind: 'i64' | 'u64' | 'timestamp' } {
  const { kind } = type;
  return (kind === 'i64' || kind === 'u64' || kind === 'timestamp') && type.bigint !== true;
}

/**
 * Whether a 64-bit integer given as halves lies within -2^53 .. 2^53.
 *
 * @param low lower 32 bits, unsigned
 * @param high upper 32 bits, signed or unsigned as the integer is
 */
export function fitsNumber(low: number, high: number): boolean {
  if (high >= -0x200000 && high < 0x200000) return true;
  return high === 0x200000 && low === 0;
}
