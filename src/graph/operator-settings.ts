/** What can be set on one operator of a job, whatever it does. */

import type { BadRowPolicy } from '../connectors/index.ts';

/** Settings of the operator that a call declared; each returns the same object, so that calls can follow. */
export interface OperatorSettings {
  /**
   * Names the operator in plans, metrics and errors; unique within the job.
   *
   * @throws ERR_GRAPH_ARGUMENT the name is empty
   */
  name(name: string): this;
  /**
   * Fixes the id under which checkpoints keep this operator's state; unique within the job. Without one it is derived
   * from what stands above the operator.
   *
   * @throws ERR_GRAPH_ARGUMENT the id is empty
   */
  uid(uid: string): this;
  /**
   * Number of parallel subtasks; wins over the configuration.
   *
   * @param parallelism integer, 1 .. 32768
   * @throws ERR_GRAPH_PARALLELISM
   */
  setParallelism(parallelism: number): this;
  /** Only subtasks of the same group may share a slot; without a call the group of the inputs goes on. */
  slotSharingGroup(group: string): this;
  /**
   * What becomes of a row at which the operator's function throws, or whose result no output can take: `fail` fails the job,
   * which is the default; `skip` leaves the row out and counts it (`badRows`); `sideOutput` also sends a `DeadLetter` to
   * `deadLetters()`. What the function did for the row before it threw stays: rows it emitted, state it changed, timers it set.
   * The configuration overrides it.
   *
   * @throws ERR_GRAPH_BAD_ROW the operator keeps state that a row would change by half, or is asynchronous, a source or a sink
   */
  onBadRow(policy: BadRowPolicy): this;
  /** Starts a new chain here: a ring lies before this operator, what follows may still be chained to it. */
  startNewChain(): this;
  /** Keeps the operator in a chain of its own. */
  disableChaining(): this;
}
