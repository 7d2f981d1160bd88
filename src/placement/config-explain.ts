/** The resolved configuration as text: every value and where it comes from. */

import { formatBytes, formatCpu, formatDuration } from '../base/index.ts';
import { formatCpuList } from './cpu-list.ts';
import { showPath } from './config-problems.ts';
import type { Config } from './config.ts';

const BYTES = new Set(['memory', 'heap', 'ring', 'segment', 'overdraft', 'state']);
const DURATIONS = new Set([
  'drainTarget',
  'delay',
  'initialBackoff',
  'maxBackoff',
  'resetBackoffThreshold',
  'failureRateInterval',
  'interval',
  'timeout',
  'minPause',
  'alignedTimeout',
  'stepTimeout',
]);

/**
 * One line a value: key, value, source; in the order of the file format, deterministic.
 *
 * @example
 * explainConfig(await loadConfig(undefined)).split('\n')[1]; // 'pool.threads  auto  default'
 */
export function explainConfig(config: Config): string {
  const rows: (readonly [string, string, string])[] = [];
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
      return;
    }
    const key = showPath(path);
    rows.push([key, showSetting(path.at(-1)!, value), config.sources[key] ?? 'default']);
  };
  const { version, pool, exchange, runtime, control, jobs } = config;
  visit({ version, pool, exchange, runtime, control, jobs }, []);
  const keyWidth = Math.max(...rows.map(([key]) => key.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  return rows
    .map(
      ([key, value, source]) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${source}`,
    )
    .join('\n');
}

function showSetting(key: string, value: unknown): string {
  if (Array.isArray(value)) return formatCpuList(value as number[]);
  if (typeof value !== 'number') return String(value);
  if (key === 'cpu') return formatCpu(value);
  if (DURATIONS.has(key)) return formatDuration(value);
  return BYTES.has(key) ? formatBytes(value) : String(value);
}
