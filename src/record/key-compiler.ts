/** Compiles the key of a record type: hashed and compared on the bytes, at constant offsets. Laws: see codec.ts, key.ts. */

import type { KeyAccess } from './codec.ts';
import {
  hashBigInt,
  hashBoolean,
  hashByteVector,
  hashDouble,
  hashFloat,
  hashLong,
  hashText,
  hashUtf8,
} from './java-hash.ts';
import { keyFieldsOf } from './key-fields.ts';
import { isSameType } from './fingerprint.ts';
import { failKey } from './key.ts';
import { layoutOf } from './layout.ts';
import type { FieldLayout } from './layout.ts';
import type { RecordType } from './record-type.ts';
import { indexAt } from './scalar-source.ts';
import { INTEGER_RANGE, isBigInt, isInteger, isWide } from './scalar.ts';
import type { RowViewBase } from './row-view.ts';
import { RowSlice } from './slice.ts';
import { expectedOf } from './values.ts';

let compiled = 0;

/**
 * Access to the key made of `names`, compiled afresh; needs code generation from strings, as `compileCodec` does.
 *
 * @throws ERR_RECORD_KEY a name is not a field that can be a key
 */
export function compileKey<T>(type: RecordType<T>, names: readonly string[]): KeyAccess<T> {
  const fields = keyFieldsOf(layoutOf(type.descriptor), names);
  const fromRow = fields.map(
    ({ name }, i) => `const v${i} = row.${name}, h${i} = ${hashOfValue(fields[i]!, i)};`,
  );
  const text = `'use strict';
const { ${Object.keys(LIBRARY).join(', ')} } = library;
function hashBytes(memory, at) {
  const { u8, u16, i32, f32, f64 } = memory;
  ${fields.map(hashOfBytes).join('\n  ')}
  return ${combine(fields.length)};
}
let otherKind, otherHash;
function hashRow(row) {
  const kind = row.typeFingerprint;
  if (kind === ${JSON.stringify(type.fingerprint)}) return hashBytes(row.memory, row.at);
  if (kind !== undefined) {
    if (kind !== otherKind) { otherKind = kind; otherHash = hashOf(row); }
    if (otherHash !== undefined) return otherHash(row.memory, row.at);
  }
  ${fromRow.join('\n  ')}
  return ${combine(fields.length)};
}
function equalBytes(memoryA, a, memoryB, b) {
  ${fields.map(equalSource).join('\n  ')}
  return true;
}
function valueOf(row) {
  ${fields.map(({ name }, i) => `const v${i} = row.${name};`).join(' ')}
  return ${fields.length === 1 ? valueSource(fields[0]!, 0) : `[${fields.map(valueSource).join(', ')}]`};
}
return { hashBytes, hashRow, equalBytes, valueOf };
//# sourceURL=millrace:key/${type.name}/${++compiled}
`;
  // oxlint-disable-next-line typescript/no-implied-eval -- the text holds checked identifiers and numbers only
  const build = new Function('library', 'fail', 'hashOf', text) as Build<T>;
  const hashes = new Map<string, KeyAccess['hashBytes'] | undefined>();
  const functions = build(
    LIBRARY,
    (index, value) => {
      const field = fields[index]!;
      return failKey(`${type.name}.${field.name}`, value, expectedOf(field.type));
    },
    ({ typeFingerprint, $type }) => {
      if (!hashes.has(typeFingerprint)) {
        const same = $type !== undefined && hasFields($type, fields);
        hashes.set(typeFingerprint, same ? compileKey($type, names).hashBytes : undefined);
      }
      return hashes.get(typeFingerprint);
    },
  );
  return { fields: [...names], ...functions };
}

type Build<T> = (
  library: typeof LIBRARY,
  fail: (index: number, value: unknown) => never,
  hashOf: (row: RowViewBase) => KeyAccess['hashBytes'] | undefined,
) => Omit<KeyAccess<T>, 'fields'>;

/** Whether rows of the type hold these fields with the same bytes. */
function hasFields({ descriptor }: RecordType, fields: readonly FieldLayout[]): boolean {
  const others = layoutOf(descriptor).fields;
  return fields.every(({ name, type }) =>
    others.some((other) => other.name === name && isSameType(other.type, type)),
  );
}

/** Whether two texts or byte vectors are equal, by words: length first, zeros behind. Both begin at multiples of 4. */
function sameVector(a: Int32Array, atA: number, b: Int32Array, atB: number): boolean {
  let i = atA >> 2;
  let j = atB >> 2;
  const length = a[i]!;
  if (length !== b[j]) return false;
  for (const end = i + ((length + 3) >> 2); i < end;) if (a[++i] !== b[++j]) return false;
  return true;
}

/** The string behind what a utf8 field of a row may hold, or undefined. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const bytes = bytesOf(value);
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (!(value instanceof RowSlice)) return undefined;
  return value.memory.u8.slice(value.start, value.start + value.bytes);
}

const LIBRARY = {
  hashBigInt,
  hashBoolean,
  hashByteVector,
  hashDouble,
  hashFloat,
  hashLong,
  hashText,
  hashUtf8,
  sameVector,
  textOf,
  bytesOf,
  RowSlice,
};

function combine(count: number): string {
  let text = 'h0';
  for (let i = 1; i < count; i++) text = `(Math.imul(31, ${text}) + h${i}) | 0`;
  return text;
}

function hashOfBytes({ type, nullable, entry, offset }: FieldLayout, i: number): string {
  const at = indexAt('at', offset);
  const word = `i32[${at(2)}]`;
  const check = nullable ? `if (u16[(at + ${entry}) >> 1] === 0) fail(${i}, null); ` : '';
  const target = `const p${i} = at + ${offset} + ${word}; `;
  switch (type.kind) {
    case 'bool':
      return `${check}const h${i} = hashBoolean(u8[${at(0)}] !== 0);`;
    case 'i8':
      return `${check}const h${i} = u8[${at(0)}] << 24 >> 24;`;
    case 'u8':
      return `${check}const h${i} = u8[${at(0)}];`;
    case 'i16':
      return `${check}const h${i} = u16[${at(1)}] << 16 >> 16;`;
    case 'u16':
      return `${check}const h${i} = u16[${at(1)}];`;
    case 'i32':
    case 'u32':
      return `${check}const h${i} = ${word};`;
    case 'i64':
    case 'u64':
    case 'timestamp':
      return `${check}const h${i} = ${word} ^ i32[(at + ${offset + 4}) >> 2];`;
    case 'f32':
      return `${check}const h${i} = hashFloat(f32[${at(2)}]);`;
    case 'f64':
      return `${check}const h${i} = hashDouble(f64[${at(3)}]);`;
    case 'utf8':
      return `${check}${target}const h${i} = hashUtf8(u8, p${i} + 4, i32[p${i} >> 2]);`;
    case 'bytes':
    case 'list':
    case 'record':
      return `${check}${target}const h${i} = hashByteVector(u8, p${i} + 4, i32[p${i} >> 2]);`;
  }
}

/** Hash of the value `v{i}` of a plain object or of a view of another type. */
function hashOfValue({ type }: FieldLayout, i: number): string {
  const v = `v${i}`;
  const fail = `fail(${i}, ${v})`;
  const { kind } = type;
  if (isInteger(kind)) {
    if (isBigInt(type)) {
      const fit = kind === 'u64' ? 'asUintN' : 'asIntN';
      return `typeof ${v} === 'bigint' && BigInt.${fit}(64, ${v}) === ${v} ? hashBigInt(${v}) : ${fail}`;
    }
    const [low, high] = INTEGER_RANGE[kind];
    const whole = `typeof ${v} === 'number' && ${v} >= ${low} && ${v} <= ${high} && Math.floor(${v}) === ${v}`;
    return `${whole} ? ${isWide(kind) ? `hashLong(${v})` : `${v} | 0`} : ${fail}`;
  }
  switch (kind) {
    case 'bool':
      return `typeof ${v} === 'boolean' ? hashBoolean(${v}) : ${fail}`;
    case 'f32':
      return `typeof ${v} === 'number' ? hashFloat(${v}) : ${fail}`;
    case 'f64':
      return `typeof ${v} === 'number' ? hashDouble(${v}) : ${fail}`;
    case 'utf8':
      return `typeof ${v} === 'string' ? hashText(${v}) : ${v} instanceof Uint8Array ? hashUtf8(${v}, 0, ${v}.length) : ${v} instanceof RowSlice ? hashUtf8(${v}.memory.u8, ${v}.start, ${v}.bytes) : ${fail}`;
    case 'bytes':
      return `${v} instanceof Uint8Array ? hashByteVector(${v}, 0, ${v}.length) : ${v} instanceof RowSlice ? hashByteVector(${v}.memory.u8, ${v}.start, ${v}.bytes) : ${fail}`;
    case 'list':
    case 'record':
      return fail;
  }
}

function equalSource({ type, nullable, entry, offset }: FieldLayout, i: number): string {
  const same = sameSource(type.kind, offset, i);
  if (!nullable) return same;
  return `const nullA${i} = memoryA.u16[(a + ${entry}) >> 1] === 0;
  if (nullA${i} !== (memoryB.u16[(b + ${entry}) >> 1] === 0)) return false;
  if (!nullA${i}) { ${same} }`;
}

function sameSource(kind: FieldLayout['type']['kind'], offset: number, i: number): string {
  const a = indexAt('a', offset);
  const b = indexAt('b', offset);
  const differ = (array: string, shift: 0 | 1 | 2): string =>
    `if (memoryA.${array}[${a(shift)}] !== memoryB.${array}[${b(shift)}]) return false;`;
  switch (kind) {
    case 'bool':
    case 'i8':
    case 'u8':
      return differ('u8', 0);
    case 'i16':
    case 'u16':
      return differ('u16', 1);
    case 'i32':
    case 'u32':
      return differ('i32', 2);
    case 'f32':
    case 'f64': {
      const shift = kind === 'f32' ? 2 : 3;
      return `const x${i} = memoryA.${kind}[${a(shift)}], y${i} = memoryB.${kind}[${b(shift)}]; if (x${i} !== y${i} && (x${i} === x${i} || y${i} === y${i})) return false;`;
    }
    case 'i64':
    case 'u64':
    case 'timestamp':
      return `${differ('i32', 2)} if (memoryA.i32[(a + ${offset + 4}) >> 2] !== memoryB.i32[(b + ${offset + 4}) >> 2]) return false;`;
    case 'utf8':
    case 'bytes':
    case 'list':
    case 'record':
      return `if (!sameVector(memoryA.i32, a + ${offset} + memoryA.i32[${a(2)}], memoryB.i32, b + ${offset} + memoryB.i32[${b(2)}])) return false;`;
  }
}

/** The value as user code sees it: -0 as 0, an f32 rounded, bytes decoded. */
function valueSource({ type }: FieldLayout, i: number): string {
  const v = `v${i}`;
  const fail = `fail(${i}, ${v})`;
  const { kind } = type;
  if (isBigInt(type)) return `typeof ${v} === 'bigint' ? ${v} : ${fail}`;
  if (isInteger(kind) || kind === 'f64') return `typeof ${v} === 'number' ? ${v} + 0 : ${fail}`;
  switch (kind) {
    case 'bool':
      return `typeof ${v} === 'boolean' ? ${v} : ${fail}`;
    case 'utf8':
      return `typeof ${v} === 'string' ? ${v} : textOf(${v}) ?? ${fail}`;
    case 'bytes':
      return `bytesOf(${v}) ?? ${fail}`;
    case 'f32':
      return `typeof ${v} === 'number' ? Math.fround(${v}) + 0 : ${fail}`;
    case 'list':
    case 'record':
      return fail;
  }
}
