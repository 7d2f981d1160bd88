/** What the config file decides about how a job runs on its workers; plain data. */

import type { BadRowPolicy } from '../connectors/index.ts';

/** Runtime settings of one job. */
export interface RuntimeSettings {
  /** Most rows of one step, ≥ 1. */
  readonly stepRowsMax: number;
  /** Time a subtask of weight 1 gets per turn, in ms. */
  readonly quantumMs: number;
  /** Bytes committed to a ring before it is published without waiting for the end of the step. */
  readonly segmentBytes: number;
  /** Bound of what one output channel may hold beyond its ring. */
  readonly overdraftBytes: number;
  /** In-flight rows of an input should drain in this time. */
  readonly drainTargetMs: number;
  /** False runs the plain twin of the generated drivers. */
  readonly codegen: boolean;
  /** By operator name, what becomes of rows at which its code throws; left out: what the job's code says. */
  readonly onBadRow?: Readonly<Record<string, BadRowPolicy>>;
}
