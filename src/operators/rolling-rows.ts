/** The rolling operator over rows as bytes: what `reduce` and the aggregates have in common beside their `process`. */

import type { OperatorSnapshot } from '../state/index.ts';
import type { KeyedRows } from './keyed-rows.ts';
import type { Operator, OperatorContext, RestoredState } from './operator.ts';

/** Owner: the subtask's worker. */
export class RollingRows implements Operator {
  readonly process: (row: unknown, timestamp: number) => void;
  readonly #context: OperatorContext;
  readonly #rows: KeyedRows;

  /** @param process folds a row into `rows`, and emits the result unless in batch mode */
  constructor(
    context: OperatorContext,
    rows: KeyedRows,
    process: (row: unknown, timestamp: number) => void,
  ) {
    this.#context = context;
    this.#rows = rows;
    this.process = process;
  }

  finish(): boolean {
    return this.#rows.finish(this.#context);
  }

  snapshot(): OperatorSnapshot {
    return { keyed: this.#rows.snapshot(), operator: [] };
  }

  restore({ keyed }: RestoredState): void {
    const { first, last } = this.#context.keyGroups;
    this.#rows.restore(keyed, first, last);
  }

  close(): void {
    this.#rows.dispose();
  }
}
