/**
 * From the bytes of a row to the words of its key, and on to the key's id: the first thing that happens to every row of a
 * keyed operator.
 *
 * Generated for each input, so that its call sites stay monomorphic however many operators a thread has;
 * `plainResolver` is its twin for tests and for hosts that forbid code generation.
 * Law: both give the same id for every row.
 */

import type { FieldLayout, KeyValue, Memory, RecordType, RowView } from '../record/index.ts';
import { RowViewBase } from '../record/index.ts';
import { ID_PAGE_SHIFT } from './id-columns.ts';
import type { IntColumns } from './id-columns.ts';
import { SPREAD } from './key-index.ts';
import type { KeyChanges } from './key-changes.ts';
import type { KeyIndex } from './key-index.ts';
import { isVector, keyLayoutsOf, NAN_F32, NAN_F64_HIGH } from './key-shape.ts';
import type { KeyPart, KeyShape } from './key-shape.ts';
import { KEY_AT } from './key-layout.ts';
import type { KeyResolver } from './key-space.ts';
import type { RowArena } from './row-arena.ts';
import { REF_PAGE_SHIFT, REF_UNIT_MASK, ROW_WORD0 } from './row-layout.ts';

/** One input of a space of bytes. */
export interface BytesInput {
  readonly type: RecordType;
  readonly fields: readonly string[];
  /** The key of any row of the input. */
  readonly valueOf: (row: unknown) => KeyValue;
}

/** What a resolver needs of its space. */
export interface WordSpace {
  readonly shape: KeyShape;
  /** From the hash to `id + 1`. */
  readonly index: KeyIndex;
  readonly columns: IntColumns;
  /** Vectors of keys: their length at `ROW_WORD0`, zeros behind them up to a word. */
  readonly texts: RowArena;
  /** Takes the words of a key that is not here. */
  readonly probe: Int32Array;
  readonly changes: KeyChanges;
  /** The id of the key with these words, whose vectors lie in `i32`; or `NO_KEY`. */
  findWords(hash: number, words: Int32Array, i32: Int32Array): number;
}

/** What is done with rows that are not views of the input's type, and with keys that are not held. */
export interface ResolverEnds {
  /** Any row of the input: by the key's value. */
  foreign(this: void, row: unknown, hash: number): number;
  /** A key that is not here, as words (`space.probe`) and the memory of its vectors. */
  missing(this: void, hash: number, memory: Memory): number;
}

let compiled = 0;

/** A resolver with call sites of its own. */
export function compileResolver(
  space: WordSpace,
  input: BytesInput,
  ends: ResolverEnds,
): KeyResolver {
  const fields = keyLayoutsOf(input.type, input.fields)!;
  const { parts } = space.shape;
  const stride = KEY_AT + space.shape.words;
  const vectors = parts.some(({ kind }) => isVector(kind));
  const source = `'use strict'; /* key resolver ${compiled++} */
return function resolve(row, hash) {
  if (row.typeFingerprint !== ${JSON.stringify(input.type.fingerprint)}) return foreign(row, hash);
  const memory = row.memory, at = row.at;
  const { u8, u16, i32, f32, f64 } = memory;
  ${parts.map((part, i) => readSource(part, fields[i]!)).join('\n  ')}
  const spread = Math.imul(hash, ${SPREAD});
  const entries = index.directory[(spread >>> 1) >>> index.shift];
  const mask = entries.length - 2;
  let i = ((spread ^ (spread >>> 15)) << 1) & mask;
  let id = 0;
  while ((id = entries[i + 1]) !== 0) {
    if (entries[i] === hash) {
      id = id - 1;
      const page = pages[id >>> ${ID_PAGE_SHIFT}];
      const o = (id & ${(1 << ID_PAGE_SHIFT) - 1}) * ${stride} + ${KEY_AT};
      if (${parts.map(sameSource).join(' && ')}) {
        changes.touch(id);
        return id;
      }
    }
    i = (i + 2) & mask;
  }
  ${parts
    .flatMap(wordsOf)
    .map((word) => `words[${word}] = k${word};`)
    .join(' ')}
  return missing(hash, memory);
};
${vectors ? SAME_VECTOR : ''}`;
  const bindings = {
    index: space.index,
    pages: space.columns.pages,
    texts: space.texts.pages,
    words: space.probe,
    changes: space.changes,
    foreign: ends.foreign,
    missing: ends.missing,
  };
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- text made here of constants
    const build = new Function(...Object.keys(bindings), source);
    return build(...Object.values(bindings)) as KeyResolver;
  } catch (error) {
    if (error instanceof EvalError) return plainResolver(space, input, ends);
    throw error;
  }
}

/** The same without generated code. */
export function plainResolver(
  space: WordSpace,
  input: BytesInput,
  ends: ResolverEnds,
): KeyResolver {
  const fields = keyLayoutsOf(input.type, input.fields)!;
  const { parts } = space.shape;
  return (row, hash) => {
    if (!(row instanceof RowViewBase) || row.typeFingerprint !== input.type.fingerprint) {
      return ends.foreign(row, hash);
    }
    parts.forEach((part, i) => readWords(part, fields[i]!, row, space.probe));
    const id = space.findWords(hash, space.probe, row.memory.i32);
    if (id < 0) return ends.missing(hash, row.memory);
    space.changes.touch(id);
    return id;
  };
}

/** Whether the vector at word `p` of a row equals the one of the arena; bytes behind both are zero up to a word. */
const SAME_VECTOR = `function sameVector(i32, p, ref) {
  const text = texts[ref >>> ${REF_PAGE_SHIFT}].i32;
  let q = (ref & ${REF_UNIT_MASK}) << 1;
  const length = i32[p];
  if (text[q + ${ROW_WORD0 >> 2}] !== length) return false;
  p = p + 1;
  for (const end = q + ((length + 3) >> 2); q < end; q++, p++) if (text[q] !== i32[p]) return false;
  return true;
}`;

function readSource({ kind, word }: KeyPart, { type, offset }: FieldLayout): string {
  const one = `i32[(at + ${offset}) >> 2]`;
  const two = `i32[(at + ${offset + 4}) >> 2]`;
  switch (kind) {
    case 'i32':
      return `const k${word} = ${narrowSource(type.kind, offset)};`;
    case 'bool':
      return `const k${word} = u8[at + ${offset}] !== 0 ? 1 : 0;`;
    case 'u32':
      return `const k${word} = ${one};`;
    case 'i64':
    case 'u64':
      return `const k${word} = ${one}, k${word + 1} = ${two};`;
    case 'f32':
      return `const x${word} = f32[(at + ${offset}) >> 2];
  const k${word} = x${word} === 0 ? 0 : x${word} === x${word} ? ${one} : ${NAN_F32};`;
    case 'f64':
      return `const x${word} = f64[(at + ${offset}) >> 3];
  let k${word} = ${one}, k${word + 1} = ${two};
  if (x${word} === 0) k${word + 1} = 0; else if (x${word} !== x${word}) { k${word} = 0; k${word + 1} = ${NAN_F64_HIGH}; }`;
    case 'utf8':
    case 'bytes':
      return `const k${word} = (at + ${offset} + ${one}) >> 2;`;
  }
}

function narrowSource(kind: FieldLayout['type']['kind'], offset: number): string {
  if (kind === 'i8') return `u8[at + ${offset}] << 24 >> 24`;
  if (kind === 'u8') return `u8[at + ${offset}]`;
  if (kind === 'i16') return `u16[(at + ${offset}) >> 1] << 16 >> 16`;
  if (kind === 'u16') return `u16[(at + ${offset}) >> 1]`;
  return `i32[(at + ${offset}) >> 2]`;
}

function sameSource(part: KeyPart): string {
  if (isVector(part.kind)) return `sameVector(i32, k${part.word}, page[o + ${part.word}])`;
  return wordsOf(part)
    .map((word) => `page[o + ${word}] === k${word}`)
    .join(' && ');
}

function wordsOf({ kind, word }: KeyPart): readonly number[] {
  return kind === 'i64' || kind === 'u64' || kind === 'f64' ? [word, word + 1] : [word];
}

/** Sets the words of a part by the row's field. */
export function readWords(
  { kind, word }: KeyPart,
  field: FieldLayout,
  row: Pick<RowView, 'memory' | 'at'>,
  to: Int32Array,
): void {
  const { u8, u16, i32, f32, f64 } = row.memory;
  const at = row.at + field.offset;
  const one = i32[at >> 2]!;
  switch (kind) {
    case 'i32':
      if (field.type.kind === 'i8') to[word] = (u8[at]! << 24) >> 24;
      else if (field.type.kind === 'u8') to[word] = u8[at]!;
      else if (field.type.kind === 'i16') to[word] = (u16[at >> 1]! << 16) >> 16;
      else to[word] = field.type.kind === 'u16' ? u16[at >> 1]! : one;
      return;
    case 'bool':
      to[word] = u8[at] === 0 ? 0 : 1;
      return;
    case 'u32':
      to[word] = one;
      return;
    case 'f32':
      to[word] = f32[at >> 2] === 0 ? 0 : Number.isNaN(f32[at >> 2]) ? NAN_F32 : one;
      return;
    case 'f64':
      to[word] = Number.isNaN(f64[at >> 3]) ? 0 : one;
      to[word + 1] = f64[at >> 3] === 0 ? 0 : i32[(at >> 2) + 1]!;
      if (Number.isNaN(f64[at >> 3])) to[word + 1] = NAN_F64_HIGH;
      return;
    case 'i64':
    case 'u64':
      to[word] = one;
      to[word + 1] = i32[(at >> 2) + 1]!;
      return;
    case 'utf8':
    case 'bytes':
      to[word] = (at + one) >> 2;
  }
}
