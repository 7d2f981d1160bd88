/** How continuous aggregates emit their results. */

import type { MiniBatchSettings } from './mini-batch.ts';
import type { RowTtl } from './row-ttl.ts';

/** How results are emitted; plain data for the plan. */
export interface ContinuousSettings {
  /** Whether rows may be taken out: the input is a changelog. */
  readonly retract: boolean;
  /** Whether updates are preceded by the old result (-U); without it they are upserts by key. */
  readonly updateBefore: boolean;
  readonly miniBatch: MiniBatchSettings | null;
  /** Whether partial results come instead of rows, see continuous-local.ts. */
  readonly partial: boolean;
  /** Forgets keys without rows for so long, by the clock or the watermark, without a change in the results. */
  readonly ttl: RowTtl | null;
}
