/**
 * Where the counters of a job lie in shared memory.
 *
 * One block per subtask, each written by one thread only; blocks start 128 bytes apart at least, so that two writers
 * never share a pair of cache lines:
 *
 *     block of subtask s, at s * blockBytes
 *     0                +-----------------------------------------+
 *                      | control: int32 custom counters in use   |  128 bytes, by Atomics
 *     128              +-----------------------------------------+
 *                      | float64 x SUBTASK_FIELDS.length         |  named fields, in the order of SUBTASK_FIELDS
 *                      | float64 x CUSTOM_COUNTERS_MAX           |  custom counters
 *                      | float64 x 2 x operators of the block    |  rows in, rows out of each operator of the chain
 *     namesOffset      +-----------------------------------------+
 *                      | u16 operator, u8 length, 45 bytes ASCII |  x CUSTOM_COUNTERS_MAX: names of custom counters
 *                      +-----------------------------------------+  rounded up to 128
 *
 * What the numbers mean (which operator, which chain) is plain data that the main thread has from the plan.
 */

import { alignUp } from '../base/index.ts';

/** The named fields of a subtask, in their order in a block. Meanings and units: `SubtaskCounters`. */
export const SUBTASK_FIELDS = [
  'recordsIn',
  'recordsOut',
  'bytesIn',
  'bytesOut',
  'busyMs',
  'idleMs',
  'backpressuredMs',
  'cpuNs',
  'watermark',
  'watermarkSinceMs',
  'watermarkHolder',
  'inputStatus',
  'lateRowsDropped',
  'badRows',
  'progressDone',
  'progressTotal',
  'steps',
  'longestStepMs',
  'stateBytes',
] as const;
/** Name of a field of a subtask. */
export type SubtaskField = (typeof SUBTASK_FIELDS)[number];

/** Custom counters that one subtask may have, over all its operators. */
export const CUSTOM_COUNTERS_MAX = 16;
/** Characters of a custom counter's name. */
export const CUSTOM_NAME_MAX = 45;
/** Bytes of one entry of the names region. */
export const CUSTOM_NAME_STRIDE = 48;
/** Bytes before the values: control words, on a pair of cache lines of their own. */
export const CONTROL_BYTES = 128;
/** Distance that keeps two writers off each other's cache lines (adjacent lines are fetched in pairs). */
export const BLOCK_ALIGNMENT = 128;
/** Index of the first custom counter among a block's float64 values. */
export const CUSTOM_INDEX: number = SUBTASK_FIELDS.length;
/** Index of the first operator value among a block's float64 values. */
export const OPERATOR_INDEX: number = CUSTOM_INDEX + CUSTOM_COUNTERS_MAX;

/** Float64 values of a block with `operators` operators. */
export function valuesOf(operators: number): number {
  return OPERATOR_INDEX + 2 * operators;
}

/** Offset of the names region within a block. */
export function namesOffset(operators: number): number {
  return CONTROL_BYTES + 8 * valuesOf(operators);
}

/** Bytes of a block, a multiple of {@link BLOCK_ALIGNMENT}. */
export function blockBytes(operators: number): number {
  return alignUp(
    namesOffset(operators) + CUSTOM_COUNTERS_MAX * CUSTOM_NAME_STRIDE,
    BLOCK_ALIGNMENT,
  );
}
