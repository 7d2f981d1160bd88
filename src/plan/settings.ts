/** The settings of a plan: the job's own options below what the configuration says. */

import { EngineError, isPowerOfTwo, KiB, MiB } from '../base/index.ts';
import type { JobOptions } from '../graph/index.ts';
import type { PlanSettings } from './physical-plan.ts';

/** Largest parallelism and number of key groups, as in Flink. */
export const PARALLELISM_MAX = 32_768;
const RING_BYTES_MIN = 4 * KiB;
const RING_BYTES_MAX = 1024 * MiB;

/** Settings with every gap filled: configuration, then the job's options, then defaults. */
export function defaultPlanSettings(
  options: JobOptions = {},
  configured: Partial<PlanSettings> = {},
): PlanSettings {
  return {
    parallelism: configured.parallelism ?? options.parallelism ?? 1,
    maxParallelism: configured.maxParallelism ?? options.maxParallelism,
    operatorParallelism: configured.operatorParallelism ?? {},
    chaining: configured.chaining ?? true,
    pruning: configured.pruning ?? true,
    strictTypes: configured.strictTypes ?? options.strictTypes ?? false,
    executionMode: configured.executionMode ?? options.executionMode ?? 'streaming',
    ringBytes: configured.ringBytes ?? 1 * MiB,
  };
}

/** @throws ERR_PLAN_SETTING a number is out of its range */
export function checkSettings(settings: PlanSettings): void {
  const { parallelism, maxParallelism, ringBytes } = settings;
  const most = maxParallelism ?? PARALLELISM_MAX;
  if (maxParallelism !== undefined) {
    checkCount('maxParallelism', maxParallelism, PARALLELISM_MAX);
  }
  checkCount('parallelism', parallelism, most);
  const named = { ...settings.operatorParallelism, ...settings.imposedParallelism };
  for (const [name, count] of Object.entries(named)) {
    checkCount(`parallelism of ${name}`, count, most);
  }
  if (!isPowerOfTwo(ringBytes) || ringBytes < RING_BYTES_MIN || ringBytes > RING_BYTES_MAX) {
    throw settingError('ringBytes', 'a power of two of 4 KiB .. 1 GiB', ringBytes);
  }
}

/** @throws ERR_PLAN_SETTING when `got` is not an integer of 1 .. `most` */
export function checkCount(setting: string, got: number, most: number): void {
  if (Number.isInteger(got) && got >= 1 && got <= most) return;
  throw settingError(setting, `an integer of 1 .. ${most}`, got);
}

function settingError(setting: string, expected: string, got: unknown): EngineError {
  return new EngineError('ERR_PLAN_SETTING', { setting, expected, got });
}
