/** What a subtask reports of a checkpoint it took part in: plain data that crosses threads. */

import type { SubtaskHandles } from './manifest.ts';

/** An acknowledgement: all of the subtask's state is durable. */
export interface SubtaskReport {
  /** Index in the plan. */
  readonly subtask: number;
  readonly handles: SubtaskHandles;
  /** Bytes written for this checkpoint; what earlier files hold is not counted. */
  readonly bytes: number;
  /** From the first barrier to the last, ms. */
  readonly alignmentMs: number;
  /** In the step that took the snapshot, and of the writing beside it, ms. */
  readonly syncMs: number;
  readonly asyncMs: number;
  /** Whether barriers overtook rows here. */
  readonly unaligned: boolean;
}
