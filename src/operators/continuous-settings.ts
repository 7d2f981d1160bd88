/** How continuous aggregates emit their results. */

import type { RowTtl } from './row-ttl.ts';

/** How results are emitted; plain data for the plan. */
export interface ContinuousSettings {
  /** Whether rows may be taken out: the input is a changelog. */
  readonly retract: boolean;
  /** Whether updates are preceded by the old result (-U); without it they are upserts by key. */
  readonly updateBefore: boolean;
  readonly miniBatch: {
    /** Most keys that changed and were not emitted, ≥ 1. */
    readonly keysMax: number;
    /** Longest time that a change waits, milliseconds; null: until the input is idle or a watermark comes. */
    readonly latencyMs: number | null;
  } | null;
  /** Whether partial results come instead of rows, see continuous-local.ts. */
  readonly partial: boolean;
  /** Forgets keys without rows for so long, by the clock or the watermark, without a change in the results. */
  readonly ttl: RowTtl | null;
}
