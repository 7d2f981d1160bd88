/**
 * What a barrier says of its checkpoint, in the 32 bits that a frame has for it.
 *
 *     bits 0-1   kind      checkpoint, savepoint, suspend, drain
 *     bits 2-3   mode      aligned, aligned-with-timeout, unaligned, at-least-once
 *     bits 4-30  timeout   ms from the trigger on, of aligned-with-timeout; else 0
 *
 * Laws (test/checkpoint/barrier-options.test.ts):
 *  1. `unpackOptions(packOptions(options))` equals `options`; the packed number is an int32 ≥ 0.
 *  2. A savepoint is never unaligned: its state has no rows in flight.
 *  3. `overtakesAfterMs` is finite for the modes that let barriers overtake, and 0 for what `asOvertaking` gave.
 */

import type { CheckpointMode, CheckpointSettings } from './settings.ts';

/**
 * What is taken.
 *
 * - `checkpoint`: for recovery; replaced by newer ones, may refer to files of earlier ones.
 * - `savepoint`: for the user; owns all its files, is never deleted by the engine, commits nothing.
 * - `suspend`: a savepoint behind which sources emit nothing; the job ends when it is complete.
 * - `drain`: as `suspend`, behind the end of time: timers and windows fire first.
 */
export type CheckpointKind = 'checkpoint' | 'savepoint' | 'suspend' | 'drain';

/** What a barrier says. */
export interface BarrierOptions {
  readonly kind: CheckpointKind;
  readonly mode: CheckpointMode;
  /** ms from the trigger on; 0 unless the mode is `aligned-with-timeout`. */
  readonly alignedTimeoutMs: number;
}

const KINDS = ['checkpoint', 'savepoint', 'suspend', 'drain'] as const;
const MODES = ['aligned', 'aligned-with-timeout', 'unaligned', 'at-least-once'] as const;

/** What barriers of this kind say in a job with these settings. */
export function barrierOptions(kind: CheckpointKind, settings: CheckpointSettings): BarrierOptions {
  const { mode, alignedTimeoutMs } = settings;
  const timed = mode === 'aligned-with-timeout';
  if (kind === 'checkpoint') return { kind, mode, alignedTimeoutMs: timed ? alignedTimeoutMs : 0 };
  const overtakes = timed || mode === 'unaligned';
  return { kind, mode: overtakes ? 'aligned' : mode, alignedTimeoutMs: 0 };
}

/** The options as an int32 ≥ 0. */
export function packOptions({ kind, mode, alignedTimeoutMs }: BarrierOptions): number {
  return KINDS.indexOf(kind) | (MODES.indexOf(mode) << 2) | (alignedTimeoutMs << 4);
}

/** The options of an int32 that {@link packOptions} gave. */
export function unpackOptions(packed: number): BarrierOptions {
  return {
    kind: KINDS[packed & 3]!,
    mode: MODES[(packed >> 2) & 3]!,
    alignedTimeoutMs: packed >>> 4,
  };
}

/** How long after the trigger a barrier with these options overtakes, in ms: 0 at once, Infinity never. */
export function overtakesAfterMs(packed: number): number {
  const { mode, alignedTimeoutMs } = unpackOptions(packed);
  if (mode === 'unaligned') return 0;
  return mode === 'aligned-with-timeout' ? alignedTimeoutMs : Infinity;
}

/** The options of a barrier that overtook: it goes on so. */
export function asOvertaking(packed: number): number {
  const { kind } = unpackOptions(packed);
  return packOptions({ kind, mode: 'unaligned', alignedTimeoutMs: 0 });
}

/** Whether the checkpoint may refer to files of earlier ones; all others own what they need. */
export function mayBeIncremental(kind: CheckpointKind): boolean {
  return kind === 'checkpoint';
}

/** Whether the job ends with it. */
export function endsJob(kind: CheckpointKind): boolean {
  return kind === 'suspend' || kind === 'drain';
}
