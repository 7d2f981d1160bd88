/** Rows of record types with keys of every kind, for tests of keyed state. */

import fc from 'fast-check';
import { murmur32 } from '../../src/base/index.ts';
import {
  compileCodec,
  hashKeyValue,
  Memory,
  recordFromDescriptor,
} from '../../src/record/index.ts';
import type { KeyValue, RowView, TypeDescriptor } from '../../src/record/index.ts';
import type { KeyedInput } from '../../src/state/index.ts';

type Row = Readonly<Record<string, unknown>>;

/** An input with the means to make its rows. */
export interface TestInput {
  readonly input: KeyedInput;
  /** Another input of the same key, whose record type has the key's fields elsewhere. */
  readonly other: KeyedInput;
  /** A view of a row with this key, made of `input` or of `other`. */
  view(key: readonly KeyValue[], other?: boolean): RowView;
  row(key: readonly KeyValue[]): Row;
  hash(key: readonly KeyValue[]): number;
}

/** Inputs whose key has parts of these types. */
export function typedInput(types: readonly TypeDescriptor[]): TestInput {
  const names = types.map((_, i) => `part${i}`);
  const fields = types.map((type, i) => ({
    name: names[i]!,
    type,
    nullable: false,
    deprecated: false,
  }));
  const more = (name: string) => ({
    name,
    type: { kind: 'i32' } as const,
    nullable: false,
    deprecated: false,
  });
  const codecs = [
    compileCodec(recordFromDescriptor({ name: 'A', fields: [...fields, more('a')] })),
    compileCodec(
      recordFromDescriptor({ name: 'B', fields: [more('b'), ...fields.toReversed(), more('c')] }),
    ),
  ];
  const inputs = codecs.map((codec): KeyedInput => {
    const access = codec.key(names);
    return { type: codec.type, codec, key: { access, valueOf: (row) => access.valueOf(row) } };
  });
  const row = (key: readonly KeyValue[]): Row => ({
    ...Object.fromEntries(names.map((name, i) => [name, key[i]])),
    a: 1,
    b: 2,
    c: 3,
  });
  return {
    input: inputs[0]!,
    other: inputs[1]!,
    row,
    view: (key, other = false) => {
      const codec = codecs[other ? 1 : 0]!;
      const memory = Memory.ofBytes(16 + codec.boundOf(row(key)));
      memory.i32[2] = codec.write(row(key), memory, 16);
      const view = codec.createView();
      view.bind(memory);
      view.at = 16;
      return view;
    },
    hash: (key) => murmur32(inputs[0]!.key!.access!.hashRow(row(key))),
  };
}

/** An input whose rows are their own keys, found by a function. */
export function functionInput(): KeyedInput {
  return {
    type: undefined,
    codec: undefined,
    key: { access: undefined, valueOf: (row) => row as KeyValue },
  };
}

/** murmur32 hash of a key from a function. */
export function hashOf(key: KeyValue): number {
  return murmur32(hashKeyValue(key));
}

/** Types that a part of a key can have. */
export const PART_TYPES: readonly TypeDescriptor[] = [
  ...(['bool', 'i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'timestamp'] as const).map(
    (kind) => ({ kind }),
  ),
  { kind: 'i64', bigint: true },
  { kind: 'u64', bigint: true },
  { kind: 'f32' },
  { kind: 'f64' },
  { kind: 'utf8' },
  { kind: 'bytes' },
];

/** Values of a part: few, so that keys repeat, and with the ends of the type's range. */
export function anyPart(type: TypeDescriptor): fc.Arbitrary<KeyValue> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'utf8':
      return fc.constantFrom('', 'a', 'b', 'abcd', 'abcde', 'é', '\ud83d\ude00', 'x'.repeat(200));
    case 'bytes':
      return fc
        .constantFrom([], [0], [0, 0], [1], [1, 2, 3, 4, 5], [255])
        .map((list) => Uint8Array.from(list));
    case 'f32':
      return fc.constantFrom(0, -0, NaN, 1.5, -1.5, Infinity, -Infinity, Math.fround(0.1));
    case 'f64':
      return fc.constantFrom(0, -0, NaN, 1.5, -1.5, Infinity, -Infinity, 0.1, 5e-324);
    case 'i64':
    case 'u64':
    case 'timestamp': {
      const unsigned = type.kind === 'u64';
      if ('bigint' in type && type.bigint === true) {
        const [least, most] = unsigned ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
        return fc.constantFrom(0n, 1n, 2n ** 32n, 2n ** 53n + 1n, least, most);
      }
      return fc.constantFrom(
        0,
        1,
        2 ** 31,
        2 ** 32,
        2 ** 53,
        unsigned ? 5 : -1,
        unsigned ? 6 : -(2 ** 53),
      );
    }
    case 'i8':
      return fc.constantFrom(0, 1, -1, 127, -128);
    case 'u8':
      return fc.constantFrom(0, 1, 255);
    case 'i16':
      return fc.constantFrom(0, 1, -1, 32767, -32768);
    case 'u16':
      return fc.constantFrom(0, 1, 65535);
    case 'i32':
      return fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31));
    case 'u32':
      return fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1);
    case 'list':
    case 'record':
      throw new RangeError('no part of a key');
  }
}
