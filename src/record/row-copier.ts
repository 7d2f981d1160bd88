/**
 * Copies the fields of a view of another record type as bytes: what a codec does when a row that was read as one type is
 * written as a type with some of its fields.
 *
 * Hot path: a pair of types is compiled once for a codec, into moves between constant offsets; nothing is decoded, checked
 * or allocated. Law (test/record/row-copier.property.test.ts): the bytes are those that the codec writes from the row as a
 * plain object.
 */

import { alignUp } from '../base/index.ts';
import { copyRow } from './copy.ts';
import { isSameType } from './fingerprint.ts';
import { layoutOf } from './layout.ts';
import type { FieldLayout, RowLayout } from './layout.ts';
import type { Memory } from './memory.ts';
import type { RecordDescriptor, TypeDescriptor } from './record-type.ts';
import type { RowViewBase } from './row-view.ts';
import { inlineBytesOf, isReference, isScalar } from './wire.ts';
import { headerSource, zeroSource } from './write-source.ts';

/** What stands for `boundOf` and `write` of a codec for views of one other type. */
export interface RowCopier {
  /** Bytes that `write` takes, up to what alignment may add; a multiple of 8. */
  boundOf(this: void, row: RowViewBase): number;
  /** @throws ERR_RECORD_VALUE a field is null that may not be */
  write(this: void, row: RowViewBase, memory: Memory, at: number): number;
}

/** A field with its place in the source and in the target. */
interface Move {
  readonly source: FieldLayout;
  readonly target: FieldLayout;
}

/** Up to here a loop over words is faster than `set`. Vectors begin at multiples of 4, so `copyRow` is not for them. */
const WORDS_MAX_BYTES = 256;

let compiled = 0;

/**
 * The copier for one pair of types; undefined when a field is missing or of another type in the source, or where code may
 * not be generated from strings: then the fields are read and written one by one.
 *
 * @param fail throws for the field with this id, which is null
 */
export function compileCopier(
  source: RecordDescriptor,
  target: RecordDescriptor,
  fail: (id: number, value: unknown) => never,
): RowCopier | undefined {
  const from = layoutOf(source);
  const to = layoutOf(target);
  const moves = movesOf(from, to);
  if (moves === undefined) return undefined;
  const text = `'use strict';
const { ${Object.keys(LIBRARY).join(', ')} } = library;
${boundSource(moves, to)}
${writeSource(moves, to)}
return { boundOf, write };
//# sourceURL=millrace:copier/${to.name}/${++compiled}
`;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the text holds constants only
    const build = new Function('library', 'fail', text) as (
      library: typeof LIBRARY,
      fail: (id: number, value: unknown) => never,
    ) => RowCopier;
    return build(LIBRARY, fail);
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}

function movesOf(from: RowLayout, to: RowLayout): Move[] | undefined {
  const moves: Move[] = [];
  for (const target of to.fields) {
    const source = from.fields.find(({ name }) => name === target.name);
    if (source === undefined || !isSameType(source.type, target.type)) return undefined;
    moves.push({ source, target });
  }
  return moves;
}

function boundSource(moves: readonly Move[], to: RowLayout): string {
  if (to.fixedBytes > 0) return `function boundOf(row) { return ${to.fixedBytes}; }`;
  const terms = moves
    .filter(({ target }) => isReference(target.type))
    .map(({ source: { offset, entry, nullable, type } }) => {
      const slot = `at + ${offset}`;
      const term = `n += ${sizeSource(type, `${slot} + i32[(${slot}) >> 2]`)};`;
      return nullable ? `if (u16[(at + ${entry}) >> 1] !== 0) ${term}` : term;
    });
  return `
function boundOf(row) {
  const at = row.at, i32 = row.i32, u16 = row.u16;
  let n = ${to.inlineBytes};
  ${terms.join('\n  ')}
  return (n + 7) & -8;
}`;
}

/** What the value that begins at `q` takes at most. */
function sizeSource(type: TypeDescriptor, q: string): string {
  if (type.kind === 'utf8') return `4 + ((i32[(${q}) >> 2] + 4) & -4)`;
  if (type.kind === 'record') return `12 + i32[(${q} - ${layoutOf(type.record).tableAt + 8}) >> 2]`;
  if (type.kind !== 'list') return `4 + ((i32[(${q}) >> 2] + 3) & -4)`;
  const { of } = type;
  if (of.kind === 'utf8') return `textsBytes(i32, ${q})`;
  if (of.kind === 'record') return `recordsBytes(i32, ${q}, ${layoutOf(of.record).tableAt})`;
  return `8 + ((${inlineBytesOf(of)} * i32[(${q}) >> 2] + 3) & -4)`;
}

function writeSource(moves: readonly Move[], to: RowLayout): string {
  const { fixedBytes, inlineBytes } = to;
  const lines = [...headerSource(to.header)];
  for (const gap of to.gaps) lines.push(`i32[w + ${gap / 4}] = 0;`);
  if (fixedBytes > inlineBytes) lines.push(`i32[w + ${inlineBytes / 4}] = 0;`);
  if (fixedBytes === 0) lines.push(`let p = at + ${inlineBytes};`);
  lines.push(...moves.map(moveSource));
  lines.push(
    fixedBytes > 0
      ? `return ${fixedBytes};`
      : 'if ((p & 4) !== 0) { i32[p >> 2] = 0; p += 4; } return p - at;',
  );
  return `
function write(row, memory, at) {
  const s = row.at, from = row.i32, i32 = memory.i32, f64 = memory.f64, w = at >> 2;
  ${lines.join('\n  ')}
}`;
}

function moveSource({ source, target }: Move): string {
  const copy = isScalar(target.type) ? scalarSource(source, target) : vectorSource(source, target);
  if (!source.nullable) return copy;
  const isNull = `row.u16[(s + ${source.entry}) >> 1] === 0`;
  if (!target.nullable) return `if (${isNull}) fail(${target.id}, null); ${copy}`;
  const { u16, u8 } = MEMORY;
  const zero = zeroSource(target).replaceAll('u16[', `${u16}[`).replaceAll('u8[', `${u8}[`);
  return `if (${isNull}) { ${u16}[(at + ${target.entry}) >> 1] = 0; ${zero} } else { ${copy} }`;
}

const MEMORY = { u8: 'memory.u8', u16: 'memory.u16' };

/** By int32 words: a float64 move may change the bits of a NaN. */
function scalarSource({ offset: s }: FieldLayout, { offset: t, width }: FieldLayout): string {
  if (width === 1) return `memory.u8[at + ${t}] = row.u8[s + ${s}];`;
  if (width === 2) return `memory.u16[(at + ${t}) >> 1] = row.u16[(s + ${s}) >> 1];`;
  const first = `i32[(at + ${t}) >> 2] = from[(s + ${s}) >> 2];`;
  return width === 4 ? first : `${first} i32[(at + ${t + 4}) >> 2] = from[(s + ${s + 4}) >> 2];`;
}

function vectorSource({ offset: s, type }: FieldLayout, { offset: t }: FieldLayout): string {
  const q = `s + ${s} + from[(s + ${s}) >> 2]`;
  const slot = `at + ${t}`;
  const plain = (call: string): string => `i32[(${slot}) >> 2] = p - (${slot}); p = ${call};`;
  if (type.kind === 'utf8') return plain(`copyBytes(row.memory, ${q}, memory, p, 1, 1)`);
  if (type.kind === 'record') {
    const { tableAt } = layoutOf(type.record);
    return `{ ${ALIGN} i32[(${slot}) >> 2] = p + 8 + ${tableAt} - (${slot}); p = copyNested(row.memory, ${q} - ${tableAt}, memory, p); }`;
  }
  if (type.kind !== 'list') return plain(`copyBytes(row.memory, ${q}, memory, p, 1, 0)`);
  const { of } = type;
  if (of.kind === 'utf8') return plain(`copyTexts(row.memory, ${q}, memory, p)`);
  if (of.kind === 'record') {
    return plain(`copyRecords(row.memory, ${q}, memory, p, ${layoutOf(of.record).tableAt})`);
  }
  const width = inlineBytesOf(of);
  const align = width === 8 ? 'if ((p & 4) === 0) { i32[p >> 2] = 0; p += 4; }' : '';
  return `${align} ${plain(`copyBytes(row.memory, ${q}, memory, p, ${width}, 0)`)}`;
}

const ALIGN = 'if ((p & 4) !== 0) { i32[p >> 2] = 0; p += 4; }';

/**
 * Copies the vector whose length stands at `q`; returns where the next thing may go. Behind its bytes come zeros up to a
 * word, in the source as well.
 *
 * @param nul 1 for texts, which end with a NUL
 */
function copyBytes(
  source: Memory,
  q: number,
  memory: Memory,
  p: number,
  width: number,
  nul: 0 | 1,
): number {
  const bytes = width * source.i32[q >> 2]!;
  const end = alignUp(4 + bytes, 4);
  if (end <= WORDS_MAX_BYTES) {
    const from = source.i32;
    const to = memory.i32;
    const first = q >> 2;
    const target = p >> 2;
    for (let i = 0; i < end >> 2; i++) to[target + i] = from[first + i]!;
  } else {
    memory.u8.set(source.u8.subarray(q, q + end), p);
  }
  if (nul === 0 || (bytes & 3) !== 0) return p + end;
  memory.i32[(p + end) >> 2] = 0;
  return p + end + 4;
}

/** Copies the row at `q` with the header before it to `p`, a multiple of 8. */
function copyNested(source: Memory, q: number, memory: Memory, p: number): number {
  const bytes = 8 + source.i32[(q - 8) >> 2]!;
  copyRow(source, q - 8, bytes, memory, p);
  return p + bytes;
}

function copyTexts(source: Memory, q: number, memory: Memory, p: number): number {
  const count = source.i32[q >> 2]!;
  memory.i32[p >> 2] = count;
  let next = p + 4 + 4 * count;
  for (let i = 1; i <= count; i++) {
    const from = q + 4 * i;
    const slot = p + 4 * i;
    memory.i32[slot >> 2] = next - slot;
    next = copyBytes(source, from + source.i32[from >> 2]!, memory, next, 1, 1);
  }
  return next;
}

function copyRecords(
  source: Memory,
  q: number,
  memory: Memory,
  p: number,
  tableAt: number,
): number {
  const { i32 } = memory;
  const count = source.i32[q >> 2]!;
  i32[p >> 2] = count;
  let next = p + 4 + 4 * count;
  for (let i = 1; i <= count; i++) {
    const from = q + 4 * i;
    const slot = p + 4 * i;
    if ((next & 4) !== 0) {
      i32[next >> 2] = 0;
      next += 4;
    }
    i32[slot >> 2] = next + 8 + tableAt - slot;
    next = copyNested(source, from + source.i32[from >> 2]! - tableAt, memory, next);
  }
  return next;
}

/** What `copyTexts` writes. */
function textsBytes(i32: Int32Array, q: number): number {
  let bytes = 4;
  for (let i = 1; i <= i32[q >> 2]!; i++) {
    const slot = q + 4 * i;
    bytes += 8 + ((i32[(slot + i32[slot >> 2]!) >> 2]! + 4) & -4);
  }
  return bytes;
}

/** What `copyRecords` writes, and what alignment may add. */
function recordsBytes(i32: Int32Array, q: number, tableAt: number): number {
  let bytes = 4;
  for (let i = 1; i <= i32[q >> 2]!; i++) {
    const slot = q + 4 * i;
    bytes += 16 + i32[(slot + i32[slot >> 2]! - tableAt - 8) >> 2]!;
  }
  return bytes;
}

const LIBRARY = { copyBytes, copyNested, copyTexts, copyRecords, textsBytes, recordsBytes };
