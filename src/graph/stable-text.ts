/** Text that is the same for equal data, to be hashed into fingerprints. */

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
