/**
 * The words that a record type and its FlatBuffers schema share: scalar names, and the attributes that carry what a
 * schema has no word for. Export writes them, import reads them.
 */

import type { ScalarKind } from './record-type.ts';

/** How a scalar is written. A timestamp is a long with an attribute. */
export const FBS_NAME_OF_SCALAR: Readonly<Record<ScalarKind, string>> = {
  bool: 'bool',
  i8: 'byte',
  u8: 'ubyte',
  i16: 'short',
  u16: 'ushort',
  i32: 'int',
  u32: 'uint',
  i64: 'long',
  u64: 'ulong',
  f32: 'float',
  f64: 'double',
  timestamp: 'long',
};

/** What a scalar name means, aliases included. */
export const SCALAR_OF_FBS_NAME: ReadonlyMap<string, ScalarKind> = new Map([
  ['bool', 'bool'],
  ['byte', 'i8'],
  ['int8', 'i8'],
  ['ubyte', 'u8'],
  ['uint8', 'u8'],
  ['short', 'i16'],
  ['int16', 'i16'],
  ['ushort', 'u16'],
  ['uint16', 'u16'],
  ['int', 'i32'],
  ['int32', 'i32'],
  ['uint', 'u32'],
  ['uint32', 'u32'],
  ['long', 'i64'],
  ['int64', 'i64'],
  ['ulong', 'u64'],
  ['uint64', 'u64'],
  ['float', 'f32'],
  ['float32', 'f32'],
  ['double', 'f64'],
  ['float64', 'f64'],
]);

/** Attributes of our own; a schema declares those it uses. */
export const OWN_ATTRIBUTES: Readonly<Record<string, string>> = {
  timestamp: 'milliseconds since the epoch',
  bigint: 'a bigint in rows, not a number of at most 2^53',
  dictionary: 'few distinct values',
  list: 'a list of numbers, not a run of bytes',
  non_null: 'never null, though a deprecated field cannot be required',
};

/** Attributes of flatc that do not change how a row is read. */
export const IGNORED_ATTRIBUTES: ReadonlySet<string> = new Set([
  'bit_flags',
  'cpp_ptr_type',
  'cpp_ptr_type_get',
  'cpp_str_flex_ctor',
  'cpp_str_type',
  'cpp_type',
  'csharp_partial',
  'flexbuffer',
  'force_align',
  'hash',
  'key',
  'native_custom_alloc',
  'native_default',
  'native_inline',
  'native_type',
  'native_type_pack_name',
  'nested_flatbuffer',
  'original_order',
  'private',
  'streaming',
]);

/** Whether a name can be a table or a field. */
export function isFbsName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
