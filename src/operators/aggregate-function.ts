/** The contract of an incremental fold: state, windows and declared aggregates all fold rows through it. */

/**
 * Folds rows of type `In` into an accumulator of type `Acc`, from which a result of type `Out` is read.
 *
 * Laws, on which merging windows and partial results rely:
 *  1. `merge(fold(rows1), fold(rows2))` gives the result of folding all rows, in either order of the two parts.
 *  2. `result` leaves the accumulator as it was: it may be called again after more rows.
 *
 * `add` and `merge` may change the accumulator they are given and return it, or return another; the one that was given is
 * not used afterwards. An accumulator that is kept as state must be a value that structured clone can copy.
 *
 * @example
 * const mean: AggregateFunction<{ price: number }, { sum: number; n: number }, number> = {
 *   create: () => ({ sum: 0, n: 0 }),
 *   add: (acc, row) => ({ sum: acc.sum + row.price, n: acc.n + 1 }),
 *   merge: (a, b) => ({ sum: a.sum + b.sum, n: a.n + b.n }),
 *   result: (acc) => acc.sum / acc.n,
 * };
 */
export interface AggregateFunction<In = unknown, Acc = unknown, Out = unknown> {
  /** A fresh accumulator that holds no row. */
  create(): Acc;
  /** The accumulator with one row more. The row may be a view, valid only during the call. */
  add(accumulator: Acc, row: In): Acc;
  /** One accumulator for two; needed by merging windows and partial results. */
  merge(a: Acc, b: Acc): Acc;
  /** What the accumulator comes to. */
  result(accumulator: Acc): Out;
}
