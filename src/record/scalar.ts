/** The scalar types by groups: which are integers, and what each can hold. */

import type { ScalarKind, TypeDescriptor } from './record-type.ts';

/** A type whose value lies inline. */
export type ScalarType = Extract<TypeDescriptor, { readonly kind: ScalarKind }>;
/** The kinds of integers. */
export type IntegerKind = Exclude<ScalarKind, 'bool' | 'f32' | 'f64'>;

/** The smallest and largest integer of each kind, inclusive; for 64 bits what a number can hold. */
export const INTEGER_RANGE: Readonly<Record<IntegerKind, readonly [number, number]>> = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32_768, 32_767],
  u16: [0, 65_535],
  i32: [-2_147_483_648, 2_147_483_647],
  u32: [0, 4_294_967_295],
  i64: [-(2 ** 53), 2 ** 53],
  u64: [0, 2 ** 53],
  timestamp: [-(2 ** 53), 2 ** 53],
};

/** Whether the kind is an integer: i8 to u64, or timestamp. */
export function isInteger(kind: TypeDescriptor['kind']): kind is IntegerKind {
  return Object.hasOwn(INTEGER_RANGE, kind);
}

/** Whether rows hold a bigint. */
export function isBigInt(type: TypeDescriptor): boolean {
  return isScalar(type) && type.bigint === true;
}

/** Whether the value lies inline: an integer, a float or bool. */
export function isScalar(type: TypeDescriptor): type is ScalarType {
  const { kind } = type;
  return isInteger(kind) || kind === 'bool' || kind === 'f32' || kind === 'f64';
}

/** Whether the integer takes 64 bits. */
export function isWide(kind: ScalarKind): kind is 'i64' | 'u64' | 'timestamp' {
  return kind === 'i64' || kind === 'u64' || kind === 'timestamp';
}
