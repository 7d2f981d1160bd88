/** Declared aggregates as one incremental fold over plain values, for operators that keep accumulators on the heap. */

import { NO_TIMESTAMP } from '../../record/index.ts';
import type { Accumulators } from './accumulators.ts';

/** All accumulators of one key; a value that structured clone can copy. */
export interface AggregateState {
  words: Float64Array;
  heap: unknown[];
}

/** Declared aggregates in the form of an AggregateFunction; rows count as without timestamps where none is given. */
export interface AggregateFold {
  create(): AggregateState;
  add(state: AggregateState, row: unknown, timestamp?: number): AggregateState;
  merge(a: AggregateState, b: AggregateState): AggregateState;
  result(state: AggregateState): Record<string, unknown>;
}

/**
 * The fold of these accumulators.
 *
 * @example
 * const fold = aggregateFold(new Accumulators({ bids: count() }, { operator: 'window', type: Bid }));
 * fold.result(fold.add(fold.create(), row)); // { bids: 1 }
 */
export function aggregateFold(accumulators: Accumulators): AggregateFold {
  return {
    create: () => ({
      words: new Float64Array(accumulators.stride),
      heap: accumulators.createHeap(),
    }),
    add: (state, row, timestamp = NO_TIMESTAMP) => {
      accumulators.add(state.words, 0, row, timestamp);
      if (accumulators.heapCount > 0) accumulators.addHeap(state.heap, row, timestamp);
      return state;
    },
    merge: (a, b) => {
      if (b.words[0] === 0) return a;
      accumulators.merge(a.words, 0, b.words, 0);
      accumulators.mergeHeap(a.heap, b.heap);
      return a;
    },
    result: (state) => {
      const results: Record<string, unknown> = {};
      // In the order declared, whatever order they are found in.
      for (const [name] of accumulators.bound) results[name] = undefined;
      accumulators.resultsInto(results, state.words, 0, state.heap);
      return results;
    },
  };
}
