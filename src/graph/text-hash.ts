/** A 64-bit hash of text that is the same on every thread, machine and run. Not for secrets. */

/**
 * Sixteen hexadecimal digits. Algorithm: cyrb53 by bryc (public domain), both 32-bit halves kept whole.
 *
 * @example
 * textHash('a') === textHash('a'); // true
 */
export function textHash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return hex(a) + hex(b);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/**
 * JSON with the keys of every object in order, so that equal data gives equal text. Values that JSON does not know
 * (bigint, undefined, NaN, functions) are written by kind and value, so that they tell apart too.
 */
export function stableJson(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'function') return functionText(value);
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${stableJson(field)}`).join(',')}}`;
}

/** Source text of a function. */
// eslint-disable-next-line typescript/no-unsafe-function-type
export function functionText(fn: Function): string {
  return Function.prototype.toString.call(fn);
}
