/** Time to live of operators that keep rows or accumulators of their own. */

import type { TtlOptions } from '../state/index.ts';
import type { OperatorContext } from './operator.ts';

/** How long a key that is not written stays; plain data for the plan. */
export interface RowTtl {
  /** > 0, milliseconds. */
  readonly afterMs: number;
  /** Whether the clock counts, or the watermark. */
  readonly time: 'event' | 'processing';
}

/** The same for a part of the state. */
export function ttlOptions(context: OperatorContext, ttl: RowTtl | null): TtlOptions | undefined {
  if (ttl === null) return undefined;
  const { current } = context;
  const now = ttl.time === 'event' ? () => current.watermark : () => context.nowMs();
  return { ttlMs: ttl.afterMs, now };
}
