/**
 * Source text that writes the declared result of a join from the bytes of both rows: words at constant offsets, texts as
 * they lie, nothing decoded.
 *
 * Law (test/operators/join/join-select.property.test.ts): the bytes are those that the result type's codec writes for an
 * object with the fields, whatever is null and whichever side is missing.
 */

import { layoutOf } from '../../record/index.ts';
import type { FieldLayout, RecordType, RowLayout } from '../../record/index.ts';

/** One field of the result and the field it is copied from. */
export interface CopiedField {
  readonly to: FieldLayout;
  readonly from: FieldLayout;
  readonly side: 'left' | 'right';
}

/**
 * The fields by the order of the result's ids; undefined when one is a list or a record, which are aligned anew where they
 * go, or when an input has no record type.
 *
 * @param fields as in `JoinSelect`: `{ price: 'right.price' }`
 */
export function copiedFields(
  fields: Readonly<Record<string, string>>,
  type: RecordType,
  left: RecordType | undefined,
  right: RecordType | undefined,
): readonly CopiedField[] | undefined {
  if (left === undefined || right === undefined) return undefined;
  const copied: CopiedField[] = [];
  for (const to of layoutOf(type.descriptor).fields) {
    const path = fields[to.name]!;
    const side = path.startsWith('left.') ? 'left' : 'right';
    const source = layoutOf((side === 'left' ? left : right).descriptor);
    const from = source.fields.find(({ name }) => name === path.slice(side.length + 1));
    if (from === undefined || to.type.kind === 'list' || to.type.kind === 'record') {
      return undefined;
    }
    copied.push({ to, from, side });
  }
  return copied;
}

/** How often one field's text may lie in a result: what its bound is a multiple of. */
export function copiesMax(copied: readonly CopiedField[]): number {
  const counts = new Map<string, number>();
  for (const { from, side } of copied) {
    const name = `${side}.${from.name}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Math.max(1, ...counts.values());
}

/**
 * The body of a function of `lm`, `la` (memory and offset of the left row), `rm`, `ra`, `memory` and `at`, which returns the
 * bytes written; `lm` or `rm` is undefined for a side that is missing.
 *
 * @param missing which sides may be missing
 */
export function selectBytesSource(
  copied: readonly CopiedField[],
  layout: RowLayout,
  missing: { readonly left: boolean; readonly right: boolean },
): string {
  const lines: string[] = ['const { i32, u16, u8 } = memory;', 'const w = at >> 2;'];
  layout.header.forEach((word, i) => lines.push(`i32[w + ${i}] = ${word};`));
  for (const gap of layout.gaps) lines.push(`i32[w + ${gap / 4}] = 0;`);
  const { fixedBytes, inlineBytes } = layout;
  if (fixedBytes > inlineBytes) lines.push(`i32[w + ${inlineBytes / 4}] = 0;`);
  for (const side of ['left', 'right'] as const) {
    const scalars = copied.filter((field) => field.side === side && !isVector(field));
    const present = scalars.map(scalarSource).join('\n  ');
    lines.push(branch(side, missing[side], present, scalars.map(absentSource).join(' ')));
  }
  if (fixedBytes > 0) lines.push(`return ${fixedBytes};`);
  else {
    lines.push(`let p = at + ${inlineBytes};`);
    for (const run of runsOf(copied.filter(isVector))) {
      const { side } = run[0]!;
      const present = run.length > 1 ? runSource(run) : vectorSource(run[0]!);
      lines.push(branch(side, missing[side], present, run.map(absentSource).join(' ')));
    }
    lines.push('if ((p & 4) !== 0) { i32[p >> 2] = 0; p += 4; }', 'return p - at;');
  }
  return lines.filter((line) => line !== '').join('\n  ');
}

function branch(side: 'left' | 'right', missing: boolean, present: string, absent: string): string {
  if (present === '') return '';
  const [memory, at] = side === 'left' ? ['lm', 'la'] : ['rm', 'ra'];
  const body = `const s = ${memory}.i32, h = ${memory}.u16, b = ${memory}.u8, o = ${at};\n  ${present}`;
  return missing ? `if (${memory} === undefined) { ${absent} } else { ${body} }` : `{ ${body} }`;
}

function isVector({ to }: CopiedField): boolean {
  return to.type.kind === 'utf8' || to.type.kind === 'bytes';
}

/** A null field keeps its place, which is zero in every row, so the value is copied whether or not there is one. */
function scalarSource({ to, from }: CopiedField): string {
  const null_ = from.nullable
    ? `if (h[(o + ${from.entry}) >> 1] === 0) u16[(at + ${to.entry}) >> 1] = 0;`
    : '';
  return `${valueSource(to, from)} ${null_}`;
}

function valueSource(to: FieldLayout, from: FieldLayout): string {
  switch (to.width) {
    case 1:
      return `u8[at + ${to.offset}] = b[o + ${from.offset}];`;
    case 2:
      return `u16[(at + ${to.offset}) >> 1] = h[(o + ${from.offset}) >> 1];`;
    case 4:
      return `i32[(at + ${to.offset}) >> 2] = s[(o + ${from.offset}) >> 2];`;
    default:
      return `i32[(at + ${to.offset}) >> 2] = s[(o + ${from.offset}) >> 2]; i32[(at + ${to.offset + 4}) >> 2] = s[(o + ${from.offset + 4}) >> 2];`;
  }
}

function absentSource({ to }: CopiedField): string {
  const entry = `u16[(at + ${to.entry}) >> 1] = 0;`;
  switch (to.width) {
    case 1:
      return `${entry} u8[at + ${to.offset}] = 0;`;
    case 2:
      return `${entry} u16[(at + ${to.offset}) >> 1] = 0;`;
    case 4:
      return `${entry} i32[(at + ${to.offset}) >> 2] = 0;`;
    default:
      return `${entry} i32[(at + ${to.offset}) >> 2] = 0; i32[(at + ${to.offset + 4}) >> 2] = 0;`;
  }
}

/** Length and bytes, with the zeros behind them up to a word; behind a text comes a NUL before these. */
function vectorSource(field: CopiedField): string {
  const { to, from } = field;
  const bytes = to.type.kind === 'utf8' ? 's[t] + 4' : 's[t] + 3';
  const copy = `const t = (o + ${from.offset} + s[(o + ${from.offset}) >> 2]) >> 2, d = p >> 2, n = 1 + ((${bytes}) >> 2);
    i32[(at + ${to.offset}) >> 2] = p - (at + ${to.offset});
    for (let i = 0; i < n; i++) i32[d + i] = s[t + i];
    p = (d + n) << 2;`;
  return from.nullable
    ? `if (h[(o + ${from.entry}) >> 1] === 0) { ${absentSource(field)} } else { ${copy} }`
    : `{ ${copy} }`;
}

/**
 * Texts that are never null and follow one another in the result; where they do so in the source as well, they lie one behind
 * another there, and one loop copies them all.
 */
function runsOf(vectors: readonly CopiedField[]): CopiedField[][] {
  const runs: CopiedField[][] = [];
  for (const field of vectors) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (last !== undefined && isRunText(last) && isRunText(field) && last.side === field.side) {
      run!.push(field);
    } else runs.push([field]);
  }
  return runs;
}

function isRunText({ to, from }: CopiedField): boolean {
  return to.type.kind === 'utf8' && !from.nullable;
}

function runSource(run: readonly CopiedField[]): string {
  const starts = run.map(
    ({ from }, i) =>
      `const t${i} = (o + ${from.offset} + s[(o + ${from.offset}) >> 2]) >> 2, e${i} = t${i} + 1 + ((s[t${i}] + 4) >> 2);`,
  );
  const adjacent = run.slice(1).map((_, i) => `e${i} === t${i + 1}`);
  const offsets = run.map(
    ({ to }, i) => `i32[(at + ${to.offset}) >> 2] = p - (at + ${to.offset}) + ((t${i} - t0) << 2);`,
  );
  const last = run.length - 1;
  return `${starts.join('\n    ')}
  if (${adjacent.join(' && ')}) {
    const d = p >> 2, n = e${last} - t0;
    ${offsets.join(' ')}
    for (let i = 0; i < n; i++) i32[d + i] = s[t0 + i];
    p = (d + n) << 2;
  } else {
    ${run.map(vectorSource).join('\n    ')}
  }`;
}
