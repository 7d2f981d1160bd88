/** Which keys the rows of checkpoint-overhead have. */

/** `hot`: a tenth of the keys; `uniform`: all of them. */
export type Load = 'hot' | 'uniform';

/** First every key once, then keys in an order that jumps. */
export function keyOf(i: number, keys: number, load: Load): number {
  if (i < keys) return i;
  const among = load === 'hot' ? Math.ceil(keys / 10) : keys;
  return (i * 7_368_787) % among;
}

/** What a subtask of the sink says at the end; times in ms since the epoch. */
export interface SinkAnswer {
  readonly rows: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Longest time between 64 rows and the next. */
  readonly longestGapMs: number;
}
