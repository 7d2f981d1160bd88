/**
 * Rows with their rank: the record type that has one field more, and how a row of the narrow type becomes one of it.
 *
 * Law (test/operators/rank-field.property.test.ts): the bytes are those that the codec of the wide type writes for the row
 * with rank 0.
 */

import { textHash } from '../base/index.ts';
import { layoutOf, recordFromDescriptor } from '../record/index.ts';
import type { FieldLayout, Memory, RecordType, RowLayout } from '../record/index.ts';
import { generate } from './generated.ts';

const rankedTypes = new WeakMap<RecordType, Map<string, RecordType>>();

/**
 * The record type of rows with their rank: an i64 at the end. One object for each type and name.
 *
 * @param name that the type does not use
 * @throws ERR_RECORD_TYPE no field may have that name
 */
export function rankedType(type: RecordType, name: string): RecordType {
  let byName = rankedTypes.get(type);
  if (byName === undefined) rankedTypes.set(type, (byName = new Map()));
  let ranked = byName.get(name);
  if (ranked === undefined) {
    const rank = { name, type: { kind: 'i64' }, nullable: false, deprecated: false } as const;
    const fields = [...type.descriptor.fields, rank];
    // Two types with the same fields are one; others have other names.
    const digest = textHash(JSON.stringify(fields)).slice(0, 8);
    ranked = recordFromDescriptor({ name: `${type.name}Ranked_${digest}`, fields });
    byName.set(name, ranked);
  }
  return ranked;
}

/** Rows made wider where they are written. Owner: the subtask's worker. */
export interface RankWriter {
  /** Bytes of the wide row, a multiple of 8. */
  bytesOf(this: void, from: Memory, at: number): number;
  /** Writes the wide row with rank 0 to `to`, where there is room; the memories differ. */
  write(this: void, from: Memory, at: number, to: Memory, toAt: number): void;
}

/**
 * The writer of one operator; undefined where only a codec can do it: lists and records have places of their own, and hosts
 * may forbid code generation.
 */
export function compileRankWriter(type: RecordType, ranked: RecordType): RankWriter | undefined {
  const from = layoutOf(type.descriptor);
  const to = layoutOf(ranked.descriptor);
  if (from.fields.some(({ type: { kind } }) => kind === 'list' || kind === 'record')) {
    return undefined;
  }
  return generate<RankWriter>('rank writer', writerSource(from, to), {});
}

function writerSource(from: RowLayout, to: RowLayout): string {
  const wide = (field: FieldLayout): FieldLayout => to.fields.find(({ id }) => id === field.id)!;
  const rank = to.fields.at(-1)!;
  const texts = from.fields.filter(({ type: { kind } }) => kind === 'utf8' || kind === 'bytes');
  // Behind the last vector that is there comes nothing but padding.
  const ends = texts.toReversed().map((field) => {
    const nul = field.type.kind === 'utf8' ? 1 : 0;
    const end = `{ const v = s + ${field.offset} + i32[(s + ${field.offset}) >> 2]; return (v + 4 + i32[v >> 2] + ${nul} + 3 & -4) - s - ${from.inlineBytes}; }`;
    return field.nullable ? `if (u16[(s + ${field.entry}) >> 1] !== 0) ${end}` : end;
  });
  return `
function variableBytes(memory, s) {
  const { u16, i32 } = memory;
  ${ends.join('\n  ')}
  return 0;
}
function bytesOf(memory, s) { return ${texts.length === 0 ? to.fixedBytes : `variableBytes(memory, s) + ${to.inlineBytes + 7} & -8`}; }
function write(from, s, to, d) {
  const a8 = from.u8, a16 = from.u16, a = from.i32, b8 = to.u8, b16 = to.u16, b = to.i32;
  const x = s >> 2, y = d >> 2;
  ${Array.from(to.header, (word, i) => `b[y + ${i}] = ${word};`).join(' ')}
  ${to.gaps.map((gap) => `b[y + ${gap / 4}] = 0;`).join(' ')}
  ${from.fields.map((field) => fieldSource(field, wide(field), from, to)).join('\n  ')}
  b[y + ${rank.offset / 4}] = 0; b[y + ${rank.offset / 4 + 1}] = 0;
  const n = ${texts.length === 0 ? 0 : 'variableBytes(from, s)'} >> 2;
  const p = x + ${from.inlineBytes / 4}, q = y + ${to.inlineBytes / 4};
  for (let i = 0; i < n; i++) b[q + i] = a[p + i];
  if ((${to.inlineBytes} + 4 * n & 4) !== 0) b[q + n] = 0;
}
return { bytesOf, write };`;
}

function fieldSource(from: FieldLayout, to: FieldLayout, a: RowLayout, b: RowLayout): string {
  const x = from.offset;
  const y = to.offset;
  const { kind } = from.type;
  let move: string;
  if (kind === 'utf8' || kind === 'bytes') {
    const shift = b.inlineBytes - y - (a.inlineBytes - x);
    move = `{ const v = a[x + ${x / 4}]; b[y + ${y / 4}] = v === 0 ? 0 : v + ${shift}; }`;
  } else if (from.width === 1) move = `b8[d + ${y}] = a8[s + ${x}];`;
  else if (from.width === 2) move = `b16[(d + ${y}) >> 1] = a16[(s + ${x}) >> 1];`;
  else move = `b[y + ${y / 4}] = a[x + ${x / 4}];`;
  if (from.width === 8) move += ` b[y + ${y / 4 + 1}] = a[x + ${x / 4 + 1}];`;
  if (!from.nullable) return move;
  return `${move} if (a16[(s + ${from.entry}) >> 1] === 0) b16[(d + ${to.entry}) >> 1] = 0;`;
}
