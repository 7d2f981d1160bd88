/**
 * Source text that writes several texts at once; a part of the codec compiler.
 *
 * A row made from another mostly passes its texts on in order, and then they lie one behind another in the source as they
 * shall in the target: one loop over words instead of one for each. Measured by native-free-bench/micro/row-codec.ts.
 */

import type { FieldLayout } from './layout.ts';
import { isReference } from './wire.ts';

/**
 * The fields in the order to write them: texts that are never null and have nothing of the variable part between them
 * come as a run, every other field alone.
 */
export function runsOf(fields: readonly FieldLayout[]): FieldLayout[][] {
  const runs: FieldLayout[][] = [];
  let texts: FieldLayout[] | undefined;
  for (const field of fields) {
    if (field.type.kind === 'utf8' && !field.nullable) {
      if (texts === undefined) runs.push((texts = []));
      texts.push(field);
    } else {
      runs.push([field]);
      if (isReference(field.type)) texts = undefined;
    }
  }
  return runs;
}

/**
 * Statements that write a run of two texts or more.
 *
 * @param storeOne statements that store the value `v` of one of them
 * @param valueOf the expression that gives the value of one
 */
export function textRunSource(
  run: readonly FieldLayout[],
  storeOne: (field: FieldLayout) => string,
  valueOf: (field: FieldLayout) => string,
): string {
  const first = run[0]!.id;
  const last = run.at(-1)!.id;
  const loads = run.map((field) => `const t${field.id} = ${valueOf(field)};`);
  // Behind a text come its NUL and zeros up to a multiple of 4, then the length of the next.
  const adjacent = run.slice(1).map(({ id }, index) => {
    const before = `t${run[index]!.id}`;
    return `t${id} instanceof RowSlice && t${id}.memory === m && ((${before}.start + ${before}.bytes + 8) & -4) === t${id}.start`;
  });
  const offsets = run.map(
    ({ id, offset }) => `i32[(at + ${offset}) >> 2] = p - (at + ${offset}) + t${id}.start - start;`,
  );
  const singly = run.map((field) => `{ const v = t${field.id}; ${storeOne(field)} }`);
  return `{ ${loads.join(' ')}
    const m = t${first} instanceof RowSlice ? t${first}.memory : undefined;
    if (m !== undefined && ${adjacent.join(' && ')}) {
      const start = t${first}.start, from = m.i32, s = (start - 4) >> 2, d = p >> 2;
      const words = ((t${last}.start + t${last}.bytes + 3) >> 2) - s;
      ${offsets.join(' ')}
      for (let i = 0; i < words; i++) i32[d + i] = from[s + i];
      p = (d + words) << 2;
      if ((t${last}.bytes & 3) === 0) { i32[p >> 2] = 0; p += 4; }
    } else {
      ${singly.join('\n      ')}
    } }`;
}
