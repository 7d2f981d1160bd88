/** Where a key stands in a table of fixed size that keeps one key a place: text for folds of rows where they are produced. */

/**
 * Statements that leave the place of the row's key in `place`, its fields in `k0`, `k1`, …, and the expression that says
 * whether the place holds that key. Reads `row` and `keys`, the fields' values by place, and calls `hashOf`.
 *
 * @param seed an expression that gives an int32
 * @param places a power of two
 */
export function keyPlaceText(
  fields: readonly string[],
  seed: string,
  places: number,
): { readonly find: string; readonly same: string; readonly take: string } {
  const stored = (i: number): string => `keys[${i}][place]`;
  return {
    find: `${fields.map((name, i) => `const k${i} = row[${JSON.stringify(name)}];`).join(' ')}
  let h = ${seed};
  ${fields.map((_, i) => `h = Math.imul(h ^ hashOf(k${i}), 0x9e3779b1);`).join(' ')}
  const place = (h ^ (h >>> 15)) & ${places - 1};`,
    same: fields.map((_, i) => `${stored(i)} === k${i}`).join(' && ') || 'true',
    take: fields.map((_, i) => `${stored(i)} = k${i};`).join(' '),
  };
}

/** The function `hashOf`; calls {@link hashOther}. */
export const HASH_OF: string = `function hashOf(v) {
  if (typeof v === 'number') return (v | 0) ^ Math.imul((v * 2.3283064365386963e-10) | 0, 0x85ebca6b);
  return hashOther(v);
}`;

/** The text hashed last, and its hash: rows of one producer often have the text of the row before. */
let lastText = '';
let lastHash = 0;

/** Hash of a key field that is no number. */
export function hashOther(value: unknown): number {
  if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value));
  if (typeof value !== 'string') return value === true ? 1 : 0;
  if (value === lastText) return lastHash;
  let h = 0;
  for (let i = 0; i < value.length; i++) h = (Math.imul(31, h) + value.charCodeAt(i)) | 0;
  lastText = value;
  lastHash = h;
  return h;
}
