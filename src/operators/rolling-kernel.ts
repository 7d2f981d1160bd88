/**
 * Generates the `process` of a rolling aggregate over bytes: reads the field of the incoming row and of the state at one
 * constant offset, and updates the state in place.
 *
 * Law (test/operators/rolling-kernel.property.test.ts): for any rows, the same results as rolling-fold.ts.
 * Hot path: no allocation per row, no call but the comparison of keys and the collector.
 */

import { layoutOf } from '../record/index.ts';
import type { FieldLayout } from '../record/index.ts';
import { PROBE_SOURCE, REF_PAGE_SHIFT, REF_UNIT_MASK } from '../state/index.ts';
import { generate, rollingBindings, rollingSource } from './generated.ts';
import type { KeyedRows } from './keyed-rows.ts';
import type { OperatorContext } from './operator.ts';
import { failOverflow, type RollingKind } from './rolling-fold.ts';

/** The process function, or undefined when the field is not a scalar or the host forbids code generation. */
export function compileRolling(
  kind: RollingKind,
  field: string,
  context: OperatorContext,
  rows: KeyedRows,
): ((row: unknown, timestamp: number) => void) | undefined {
  const layout = layoutOf(rows.type.descriptor).fields.find(({ name }) => name === field);
  if (layout === undefined) return undefined;
  const fold = foldSource(kind, layout, rows.codec.fixedBytes);
  if (fold === undefined) return undefined;
  const source = rollingSource({
    probe: PROBE_SOURCE,
    fingerprint: rows.type.fingerprint,
    keyed: rows.access !== undefined,
    batch: rows.batch,
    pageShift: REF_PAGE_SHIFT,
    unitMask: REF_UNIT_MASK,
    update: fold,
  });
  // Values for messages are read through the views, so that 64-bit fields print whole.
  const overflow = (row: unknown, ref: number): never => {
    const before = (rows.show(ref) as unknown as Record<string, unknown>)[field];
    const added = (row as Record<string, unknown>)[field];
    return failOverflow(context.operatorName, field, layout.type.kind, before, added);
  };
  return generate(kind, source, {
    ...rollingBindings(context, rows),
    overflow,
  });
}

/** The update of the state row at `o` of `page` by the row at `at` of `memory`; undefined for fields behind offsets. */
function foldSource(kind: RollingKind, field: FieldLayout, fixedBytes: number): string | undefined {
  const body = kind === 'sum' ? sumSource(field) : compareSource(kind, field, fixedBytes);
  if (body === undefined) return undefined;
  if (!field.nullable) return body;
  const take =
    kind === 'minBy' || kind === 'maxBy'
      ? replaceSource(fixedBytes)
      : `page.u16[(o + ${field.entry}) >> 1] = memory.u16[(at + ${field.entry}) >> 1];
        ${copySource(field)}`;
  return `if (memory.u16[(at + ${field.entry}) >> 1] !== 0) {
      if (page.u16[(o + ${field.entry}) >> 1] === 0) { ${take} }
      else { ${body} }
    }`;
}

function sumSource(field: FieldLayout): string | undefined {
  const { offset, type } = field;
  const { kind } = type;
  const state = element(field, 'page', 'o', 0);
  if (kind === 'f32' || kind === 'f64') {
    return `${state} += ${element(field, 'memory', 'at', 0)};`;
  }
  const range = RANGES[kind];
  if (range !== undefined) {
    return `const sum = ${read(field, 'page', 'o')} + ${read(field, 'memory', 'at')};
    if (sum < ${range[0]} || sum > ${range[1]}) overflow(row, ref);
    ${state} = sum;`;
  }
  if (kind !== 'i64' && kind !== 'u64') return undefined;
  // Two words with a carry: exact beyond 2^53, and cheaper than a BigInt or a conversion.
  const sign = kind === 'i64' ? '| 0' : '>>> 0';
  const [least, greatest] = kind === 'i64' ? [-0x80000000, 0x7fffffff] : [0, 0xffffffff];
  const fits = type.bigint
    ? `high >= ${least} && high <= ${greatest}`
    : `(high >= -0x200000 && high < 0x200000) || (high === 0x200000 && low === 0)`;
  return `const a = page.i32[(o + ${offset}) >> 2], b = memory.i32[(at + ${offset}) >> 2];
    const low = (a + b) | 0;
    const carry = ((a & b) | ((a | b) & ~low)) >>> 31;
    const high = (page.i32[(o + ${offset + 4}) >> 2] ${sign})
      + (memory.i32[(at + ${offset + 4}) >> 2] ${sign}) + carry;
    if (!(${fits})) overflow(row, ref);
    page.i32[(o + ${offset}) >> 2] = low;
    page.i32[(o + ${offset + 4}) >> 2] = high;`;
}

function compareSource(
  aggregate: Exclude<RollingKind, 'sum'>,
  field: FieldLayout,
  fixedBytes: number,
): string | undefined {
  const { offset, type } = field;
  const { kind } = type;
  const whole = aggregate === 'minBy' || aggregate === 'maxBy';
  const update = whole ? replaceSource(fixedBytes) : copySource(field);
  const less = aggregate === 'min' || aggregate === 'minBy';
  const op = less ? '<' : '>';
  if (kind === 'f32' || kind === 'f64') {
    // As Double.compare: NaN above all, -0 below 0.
    const [low, high] = less ? ['b', 'a'] : ['a', 'b'];
    return `const a = ${element(field, 'page', 'o', 0)}, b = ${element(field, 'memory', 'at', 0)};
    if (b ${op} a || (${low} === ${low} && ${high} !== ${high})
      || (a === 0 && b === 0 && 1 / b ${op} 1 / a)) { ${update} }`;
  }
  if (kind === 'bool' || RANGES[kind] !== undefined) {
    return `if (${read(field, 'memory', 'at')} ${op} ${read(field, 'page', 'o')}) { ${update} }`;
  }
  if (kind !== 'i64' && kind !== 'u64' && kind !== 'timestamp') return undefined;
  const sign = kind === 'u64' ? '>>> 0' : '| 0';
  const high = offset + 4;
  return `const a = page.i32[(o + ${high}) >> 2] ${sign}, b = memory.i32[(at + ${high}) >> 2] ${sign};
    if (b ${op} a || (a === b && (memory.i32[(at + ${offset}) >> 2] >>> 0)
      ${op} (page.i32[(o + ${offset}) >> 2] >>> 0))) { ${update} }`;
}

/** Ranges of the integers that a plain number sum can leave. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  i8: [-0x80, 0x7f],
  u8: [0, 0xff],
  i16: [-0x8000, 0x7fff],
  u16: [0, 0xffff],
  i32: [-0x80000000, 0x7fffffff],
  u32: [0, 0xffffffff],
};

/** The field's value as a number, for kinds of up to 32 bits that are integers. */
function read(field: FieldLayout, memory: string, at: string): string {
  const raw = element(field, memory, at, 0);
  const { kind } = field.type;
  if (kind === 'i8') return `(${raw} << 24 >> 24)`;
  if (kind === 'i16') return `(${raw} << 16 >> 16)`;
  return kind === 'u32' ? `(${raw} >>> 0)` : raw;
}

/** The element of the typed array that the field, or its word `word`, lies in. */
function element(field: FieldLayout, memory: string, at: string, word: 0 | 1): string {
  const place = `${at} + ${field.offset + 4 * word}`;
  if (field.type.kind === 'f64') return `${memory}.f64[(${place}) >> 3]`;
  if (field.type.kind === 'f32') return `${memory}.f32[(${place}) >> 2]`;
  if (field.width === 1) return `${memory}.u8[${place}]`;
  if (field.width === 2) return `${memory}.u16[(${place}) >> 1]`;
  return `${memory}.i32[(${place}) >> 2]`;
}

/** Copies the field's bytes into the state. */
function copySource(field: FieldLayout): string {
  const words = field.width === 8 && field.type.kind !== 'f64' ? ([0, 1] as const) : ([0] as const);
  return words
    .map(
      (word) => `${element(field, 'page', 'o', word)} = ${element(field, 'memory', 'at', word)};`,
    )
    .join('\n      ');
}

/** Puts the whole row in the place of the state; a row of constant length by straight-line moves. */
function replaceSource(fixedBytes: number): string {
  if (fixedBytes === 0 || fixedBytes > 128) return 'ref = rows.replace(ref, memory, at);';
  const moves: string[] = [];
  for (let i = 0; i < fixedBytes / 4; i++) moves.push(`to[t + ${i}] = from[f + ${i}];`);
  return `const from = memory.i32, to = page.i32, f = at >> 2, t = o >> 2;
      ${moves.join(' ')}`;
}
