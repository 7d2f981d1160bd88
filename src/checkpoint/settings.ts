/** How a job takes checkpoints: the settings, their defaults and their bounds. */

import { EngineError } from '../base/index.ts';

/**
 * How barriers pass rows.
 *
 * - `aligned`: a channel whose barrier came waits for the others. Rows come exactly once, nothing in flight is stored.
 * - `aligned-with-timeout`: as `aligned`, and as `unaligned` from `alignedTimeoutMs` after the trigger on.
 * - `unaligned`: barriers overtake rows, which are stored. Exactly once, also behind a slow operator.
 * - `at-least-once`: no channel waits; rows between the first and the last barrier come again after a restore.
 */
export type CheckpointMode = 'aligned' | 'aligned-with-timeout' | 'unaligned' | 'at-least-once';

/** How a job takes checkpoints. Times in ms. */
export interface CheckpointSettings {
  /** From trigger to trigger, at least 10; undefined: only when asked for. */
  readonly intervalMs: number | undefined;
  /** A checkpoint that is not acknowledged by all within this time is aborted; at least 1. */
  readonly timeoutMs: number;
  /** Least time between the end of a checkpoint and the next one that nobody asked for. */
  readonly minPauseMs: number;
  /** Checkpoints under way at once; 1 when barriers may overtake rows. Savepoints are taken beside them. */
  readonly concurrentMax: number;
  /** Checkpoints that may fail in a row before the job fails; 0: none. */
  readonly failuresTolerated: number;
  /** Newest checkpoints that are kept; at least 1. */
  readonly retained: number;
  /** Whether checkpoints hold only what changed since an earlier one, whose files they refer to; savepoints are whole. */
  readonly incremental: boolean;
  readonly mode: CheckpointMode;
  /** Of `aligned-with-timeout`: from the trigger on; 0 to {@link ALIGNED_TIMEOUT_MS_MAX}. */
  readonly alignedTimeoutMs: number;
}

/** The largest timeout that a barrier can carry: some 37 hours. */
export const ALIGNED_TIMEOUT_MS_MAX: number = 2 ** 27 - 1;

/** Flink's defaults. */
export const CHECKPOINT_DEFAULTS: CheckpointSettings = {
  intervalMs: undefined,
  timeoutMs: 600_000,
  minPauseMs: 0,
  concurrentMax: 1,
  failuresTolerated: 0,
  retained: 1,
  incremental: true,
  mode: 'aligned',
  alignedTimeoutMs: 0,
};

const MODES: readonly CheckpointMode[] = [
  'aligned',
  'aligned-with-timeout',
  'unaligned',
  'at-least-once',
];

/**
 * The settings with defaults for what is missing, checked.
 *
 * @throws ERR_CHECKPOINT_SETTING names the setting, what was expected and what it is
 * @example
 * checkpointSettings({ intervalMs: 10_000 }).timeoutMs; // 600000
 */
export function checkpointSettings(given: Partial<CheckpointSettings>): CheckpointSettings {
  const settings = { ...CHECKPOINT_DEFAULTS, ...given };
  const { intervalMs, mode } = settings;
  if (intervalMs !== undefined) requireNumber('intervalMs', intervalMs, 10);
  requireNumber('timeoutMs', settings.timeoutMs, 1);
  requireNumber('minPauseMs', settings.minPauseMs, 0);
  requireInteger('concurrentMax', settings.concurrentMax, 1);
  requireInteger('failuresTolerated', settings.failuresTolerated, 0);
  requireInteger('retained', settings.retained, 1);
  if (!MODES.includes(mode)) failSetting('mode', MODES.join(', '), mode);
  requireInteger('alignedTimeoutMs', settings.alignedTimeoutMs, 0, ALIGNED_TIMEOUT_MS_MAX);
  const overtakes = mode === 'unaligned' || mode === 'aligned-with-timeout';
  if (overtakes && settings.concurrentMax !== 1) {
    failSetting('concurrentMax', `1 in mode ${mode}`, settings.concurrentMax);
  }
  return settings;
}

function requireNumber(setting: string, value: number, least: number): void {
  if (!(Number.isFinite(value) && value >= least)) {
    failSetting(setting, `a number of at least ${least}`, value);
  }
}

function requireInteger(setting: string, value: number, least: number, most = Infinity): void {
  if (!(Number.isSafeInteger(value) && value >= least && value <= most)) {
    const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
    failSetting(setting, `an integer ${range}`, value);
  }
}

/** @throws ERR_CHECKPOINT_SETTING always */
function failSetting(setting: string, expected: string, got: unknown): never {
  throw new EngineError('ERR_CHECKPOINT_SETTING', { setting, expected, got });
}
