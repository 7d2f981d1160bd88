/** Whether two rows without a record type are equal: by value, all the way down. */

/**
 * NaN equals NaN and -0 equals 0, as for keys; objects are equal when they have equal values under the same names.
 *
 * @example
 * sameValue({ id: 1, tags: ['a'] }, { tags: ['a'], id: 1 }); // true
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b || (a !== a && b !== b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && sameValue(a.getTime(), b.getTime());
  }
  if (a instanceof Map || a instanceof Set || b instanceof Map || b instanceof Set) {
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    return sameValue([...(a as Iterable<unknown>)], [...(b as Iterable<unknown>)]);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  const other = b as Readonly<Record<string, unknown>>;
  return names.every(
    (name) =>
      Object.hasOwn(b, name) &&
      sameValue((a as Readonly<Record<string, unknown>>)[name], other[name]),
  );
}
