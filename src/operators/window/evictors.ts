/** The evictors that come with the engine: by count, by age, by difference from the newest row. */

import { NO_TIMESTAMP } from '../../record/index.ts';
import type { DeltaFunction } from './delta-trigger.ts';
import type { Evictor, WindowRow } from './evictor.ts';

/** When an evictor runs. */
export interface EvictorOptions {
  /** After the window's function instead of before it. */
  readonly after?: boolean;
}

type Evict<T> = (rows: readonly WindowRow<T>[]) => readonly WindowRow<T>[];

/** Keeps the last `count` rows, in the order in which they came. @param count integer ≥ 0 */
export function countEvictorOf<T>(count: number, options: EvictorOptions = {}): Evictor<T> {
  const evict: Evict<T> = (rows) => (rows.length > count ? rows.slice(rows.length - count) : rows);
  return evictor('count', { count }, {}, options, evict);
}

/** Keeps rows younger than `keepMs`, measured from the newest timestamp; rows without timestamps all stay. */
export function timeEvictorOf<T>(keepMs: number, options: EvictorOptions = {}): Evictor<T> {
  const evict: Evict<T> = (rows) => {
    let newest = NO_TIMESTAMP;
    for (const { timestamp } of rows) newest = Math.max(newest, timestamp);
    return newest === NO_TIMESTAMP
      ? rows
      : rows.filter(({ timestamp }) => timestamp > newest - keepMs);
  };
  return evictor('time', { keepMs }, {}, options, evict);
}

/** Keeps rows whose difference from the last row is below the threshold. */
export function deltaEvictorOf<T>(
  threshold: number,
  delta: DeltaFunction<T>,
  options: EvictorOptions = {},
): Evictor<T> {
  const evict: Evict<T> = (rows) => {
    const last = rows.at(-1);
    return last === undefined ? rows : rows.filter(({ row }) => delta(row, last.row) < threshold);
  };
  return evictor('delta', { threshold }, { delta }, options, evict);
}

function evictor<T>(
  kind: string,
  params: Record<string, number>,
  functions: Readonly<Record<string, (...args: never[]) => unknown>>,
  { after = false }: EvictorOptions,
  evict: Evict<T>,
): Evictor<T> {
  const plain = { kind, params: { ...params, after }, functions };
  return Object.freeze(after ? { ...plain, evictAfter: evict } : { ...plain, evictBefore: evict });
}
