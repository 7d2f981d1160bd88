/**
 * Key groups: the units in which keyed state is split over subtasks and moved when the parallelism changes. Flink's
 * formulas, so that a savepoint agrees with a Flink cluster about which subtask owns a key.
 *
 * Laws (tested in test/record/key-groups.property.test.ts):
 *  1. The ranges of subtasks 0 .. p-1 follow each other and cover 0 .. max-1.
 *  2. subtaskOfKeyGroup(g, max, p) = i exactly when g lies in keyGroupRange(i, max, p).
 */

import { divCeil, murmur32, nextPowerOfTwo } from '../base/index.ts';

/** Bounds of the default maximum parallelism. */
const MAX_PARALLELISM_LEAST = 128;
const MAX_PARALLELISM_MOST = 32_768;

/** Key group of a key with this Java hash code: 0 .. maxParallelism - 1. */
export function keyGroupOf(javaHash: number, maxParallelism: number): number {
  return murmur32(javaHash) % maxParallelism;
}

/** The same from `murmur32(javaHash)`, which stands in word 1 of a frame. */
export function keyGroupOfMurmur(murmur: number, maxParallelism: number): number {
  return murmur % maxParallelism;
}

/** Subtask (0 .. parallelism - 1) that owns the group, for 1 ≤ parallelism ≤ maxParallelism ≤ 32768. */
export function subtaskOfKeyGroup(
  group: number,
  maxParallelism: number,
  parallelism: number,
): number {
  return Math.floor((group * parallelism) / maxParallelism);
}

/**
 * The groups of a subtask: from the first to, not including, the second.
 *
 * @example
 * keyGroupRange(0, 128, 3); // [0, 43]
 */
export function keyGroupRange(
  subtask: number,
  maxParallelism: number,
  parallelism: number,
): readonly [first: number, end: number] {
  return [
    divCeil(subtask * maxParallelism, parallelism),
    divCeil((subtask + 1) * maxParallelism, parallelism),
  ];
}

/**
 * Maximum parallelism of an operator that names none: 1.5 times its parallelism, rounded up to a power of two, within
 * 128 .. 32768.
 */
export function defaultMaxParallelism(parallelism: number): number {
  const wanted = nextPowerOfTwo(parallelism + (parallelism >> 1));
  return Math.min(MAX_PARALLELISM_MOST, Math.max(MAX_PARALLELISM_LEAST, wanted));
}
