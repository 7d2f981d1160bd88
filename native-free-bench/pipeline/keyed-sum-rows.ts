/** The rows of keyed-sum, and the answer they must give; shared by the job, its hand-written twin and the check. */

/** Distinct keys. */
export const KEYS = 10_000;

/** Key of row i: spread over all keys without order. */
export function keyOf(i: number): number {
  return (Math.imul(i, 0x9e3779b1) >>> 0) % KEYS;
}

/** Value of row i, 0 .. 999. */
export function valueOf(i: number): number {
  return i % 1000;
}

/** Nine rows of ten pass. */
export function passes(value: number): boolean {
  return value % 10 !== 0;
}

/** Rows that reach the sum, and the sum of all running sums: exact below 2^53. */
export interface Answer {
  readonly rows: number;
  readonly checksum: number;
}

/** The answer by plain arrays. */
export function expectedAnswer(rows: number): Answer {
  const sums = new Float64Array(KEYS);
  let passed = 0;
  let checksum = 0;
  for (let i = 0; i < rows; i++) {
    const value = valueOf(i);
    if (!passes(value)) continue;
    const key = keyOf(i);
    sums[key]! += value * 2;
    checksum += sums[key]!;
    passed++;
  }
  return { rows: passed, checksum };
}
