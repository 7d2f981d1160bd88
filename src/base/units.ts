/** Units: bytes, durations and CPU shares, parsed from and printed to the forms people write. */

import { EngineError } from './errors.ts';

export const KiB: number = 1024;
export const MiB: number = 1024 * KiB;
export const GiB: number = 1024 * MiB;

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB,
  MiB,
  GiB,
  TiB: 1024 * GiB,
};
const TIME_UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  '': 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Bytes from a number or a string such as `64MiB`, `1.5GB`, `4096`; an integer ≥ 0.
 *
 * @throws ERR_BASE_UNIT
 * @example
 * parseBytes('64KiB'); // 65536
 */
export function parseBytes(value: number | string): number {
  return Math.round(parse(value, BYTE_UNITS, 'a size in bytes', '64MiB, 1.5GB, 4096'));
}

/**
 * Milliseconds from a number (milliseconds) or a string such as `250ms`, `5s`, `1.5h`, `2d`; may be fractional.
 *
 * @throws ERR_BASE_UNIT
 * @example
 * parseDuration('1.5s'); // 1500
 */
export function parseDuration(value: number | string): number {
  return parse(value, TIME_UNITS, 'a duration', '250ms, 5s, 1m, 2h');
}

/**
 * CPU share in integer milli-cores from cores (`2`, `0.5`) or milli-cores (`250m`).
 *
 * @throws ERR_BASE_UNIT
 * @example
 * parseCpu('250m'); // 250
 */
export function parseCpu(value: number | string): number {
  const text = String(value).trim();
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text);
  if (!match)
    throw new EngineError('ERR_BASE_UNIT', {
      unit: 'a CPU share',
      examples: '2, 0.5, 250m',
      got: text,
    });
  return Math.round(Number(match[1]) * (match[2] === 'm' ? 1 : 1000));
}

/** Bytes as a person reads them: three significant digits at most, binary units. */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of [
    ['GiB', GiB],
    ['MiB', MiB],
    ['KiB', KiB],
  ] as const) {
    if (bytes >= size) return `${trim(bytes / size)} ${unit}`;
  }
  return `${trim(bytes)} B`;
}

/** Milliseconds as a person reads them. */
export function formatDuration(ms: number): string {
  if (ms < 1) return `${trim(ms * 1000)} us`;
  if (ms < 1000) return `${trim(ms)} ms`;
  if (ms < 60_000) return `${trim(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

/** Milli-cores as a person reads them: `250m`, `2`. */
export function formatCpu(milliCores: number): string {
  return milliCores % 1000 === 0 ? String(milliCores / 1000) : `${milliCores}m`;
}

/** A count with SI suffix: 12,345,678 is `12.3 M`. */
export function formatCount(count: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (Math.abs(count) >= size) return `${trim(count / size)} ${unit}`;
  }
  return trim(count);
}

function parse(
  value: number | string,
  units: Readonly<Record<string, number>>,
  unit: string,
  examples: string,
): number {
  const text = String(value).trim();
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text);
  const factor = match ? units[match[2] ?? ''] : undefined;
  if (!match || factor === undefined)
    throw new EngineError('ERR_BASE_UNIT', { unit, examples, got: text });
  return Number(match[1]) * factor;
}

function trim(value: number): string {
  return String(Number(value.toPrecision(value >= 1000 ? 4 : 3)));
}
