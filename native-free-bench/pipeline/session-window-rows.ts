/** The rows of the session benchmark: 100,000 keys in bursts, out of order; and the answer they must give. */

/** Distinct keys. */
export const KEYS = 100_000;
/** Rows that follow each other belong to one of so many keys. */
export const BURST_KEYS = 10_000;
/** Rows of one key in a burst. */
export const BURST_ROWS = 10;
export const ROWS_PER_MS = 100;
/** A session ends after so long without a row; bursts of a key are further apart. */
export const GAP_MS = 1500;
/** How far rows are out of order. */
export const DISORDER_MS = 500;

const ROWS = BURST_KEYS * BURST_ROWS;

/** Key of row i. */
export function keyOf(i: number): number {
  const burst = Math.floor(i / ROWS);
  const within = (Math.imul(i, 0x9e3779b1) >>> 0) % BURST_KEYS;
  return ((burst * BURST_KEYS) % KEYS) + within;
}

/** Event time of row i. */
export function timeOf(i: number): number {
  return Math.floor(i / ROWS_PER_MS) + ((Math.imul(i, 0x85ebca6b) >>> 8) % DISORDER_MS);
}

/** Value of row i. */
export function valueOf(i: number): number {
  return i % 1000;
}

/** Rows in all sessions, their sums, and a checksum of what sessions there are. */
export interface SessionsAnswer {
  readonly sessions: number;
  readonly counted: number;
  readonly checksum: number;
}

/** What one session adds to the checksum. */
export function digest(key: number, lengthMs: number, total: number): number {
  return (key & 7) * lengthMs + total;
}

/** The answer by sorting the rows of each key. */
export function expectedSessions(rows: number): SessionsAnswer {
  const order = Uint32Array.from({ length: rows }, (_, i) => i);
  const keys = Int32Array.from(order, keyOf);
  const times = Float64Array.from(order, timeOf);
  order.sort((a, b) => keys[a]! - keys[b]! || times[a]! - times[b]!);
  let sessions = 0;
  let checksum = 0;
  for (let i = 0; i < rows;) {
    const key = keys[order[i]!]!;
    const start = times[order[i]!]!;
    let end = start + GAP_MS;
    let total = 0;
    for (; i < rows && keys[order[i]!] === key && times[order[i]!]! <= end; i++) {
      end = times[order[i]!]! + GAP_MS;
      total += valueOf(order[i]!);
    }
    sessions++;
    checksum += digest(key, end - start, total);
  }
  return { sessions, counted: rows, checksum };
}
