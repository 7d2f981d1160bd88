/** The rows of the scaling benchmark, its CPU-heavy function, and the answer they must give. */

/** Distinct keys. */
export const KEYS = 10_000;
/** Rounds of the mixer a row: some 100 ns. */
const ROUNDS = 32;

/** How keys are spread. */
export type Spread = 'uniform' | 'skewed';

/** What comes back of a run, of all subtasks together. */
export interface ScalingAnswer {
  readonly n: number;
  readonly total: number;
}

/** Key of row i: any of all keys, or key 0 for three rows of four. */
export function keyOf(i: number, spread: Spread): number {
  if (spread === 'skewed' && (i & 3) !== 0) return 0;
  return (Math.imul(i, 0x9e3779b1) >>> 0) % KEYS;
}

/** What the map computes of a row: a number of 0 .. 65535 that takes its time. */
export function mixed(i: number): number {
  let x = (i + 1) | 0;
  for (let round = 0; round < ROUNDS; round++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  return x & 0xffff;
}

/** The answer by a plain loop: rows, and the sum of what the map makes of them. */
export function expectedScaling(rows: number): ScalingAnswer {
  let total = 0;
  for (let i = 0; i < rows; i++) total += mixed(i);
  return { n: rows, total };
}
