/** An estimate of the heap bytes of a JavaScript value, for the account of the heap backend. */

const WORD = 8;
const OBJECT = 24;
/** Values looked at in one estimate; the rest is extrapolated, so that a huge document costs no long pause. */
const VISITS_MAX = 1000;

/**
 * Bytes that `value` holds on the heap, about: words for numbers and references, one byte per Latin-1 character and two
 * for others, headers of objects. Shared and cyclic parts count once per visit, within the limit of visits.
 *
 * @example
 * estimateBytes('abc'); // 24
 */
export function estimateBytes(value: unknown): number {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
    case 'function':
    case 'symbol':
      return WORD;
    case 'string':
      return stringBytes(value);
    case 'bigint':
      return 2 * WORD;
    case 'object':
      if (value === null) return WORD;
      return Object.getPrototypeOf(value) === Object.prototype
        ? flatBytes(value as Readonly<Record<string, unknown>>)
        : objectBytes(value);
  }
}

function stringBytes(text: string): number {
  return 16 + Math.ceil(text.length / WORD) * WORD;
}

/** Of an object whose fields are no objects, as most rows are; without garbage. Gives the same as the walk below. */
function flatBytes(row: Readonly<Record<string, unknown>>): number {
  let bytes = OBJECT;
  // A row has no inherited names: its prototype was looked at.
  // oxlint-disable-next-line guard-for-in
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'number') bytes += WORD;
    else if (typeof value === 'string') bytes += stringBytes(value);
    else if (typeof value === 'object' && value !== null) return objectBytes(row);
    else bytes += estimateBytes(value);
  }
  return bytes;
}

function objectBytes(root: object): number {
  const pending: object[] = [root];
  let bytes = 0;
  let visits = 0;
  const add = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) pending.push(value);
    else bytes += estimateBytes(value);
  };
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (++visits > VISITS_MAX) return Math.round((bytes * (visits + pending.length)) / visits);
    bytes += OBJECT;
    if (ArrayBuffer.isView(next)) bytes += next.byteLength;
    else if (next instanceof ArrayBuffer) bytes += next.byteLength;
    else if (Array.isArray(next)) {
      bytes += WORD * next.length;
      for (const item of next.slice(0, VISITS_MAX)) add(item);
    } else if (next instanceof Map) {
      bytes += 3 * WORD * next.size;
      for (const [key, item] of next) {
        add(key);
        add(item);
        if (pending.length > VISITS_MAX) break;
      }
    } else if (next instanceof Set) {
      bytes += 2 * WORD * next.size;
      for (const item of next) {
        add(item);
        if (pending.length > VISITS_MAX) break;
      }
    } else {
      for (const item of Object.values(next)) add(item);
    }
  }
  return bytes;
}
