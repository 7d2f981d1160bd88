/** Options of the calls whose results are changelogs: `aggregate`, `deduplicate`, `topN`. */

import type { AggregateResults, AggregateSpec, PreAggregate } from '../operators/index.ts';
import type { Duration } from './durations.ts';
import type { ComparableField, Row } from './row.ts';

/** How long a key stays without a row; without it for ever. */
export type RowTtlOption =
  | Duration
  | {
      readonly after: Duration;
      /** Which clock counts: the machine's (default), or the operator's watermark. */
      readonly time?: 'event' | 'processing';
    };

/**
 * Mini-batches: rows change the state at once, but what changed goes out later, and only the last of each key: when the input
 * is idle, before a watermark or a checkpoint, and when many keys changed. With `latency`, as Flink's mini-batches, every so
 * often instead of when the input is idle or a watermark comes: sources may send watermarks with every few rows, so they
 * wait for the mini-batch, and what is behind sees event time so much later. The table of the results is the same; false
 * emits every change at once.
 */
export type MiniBatchOption =
  | boolean
  | {
      readonly latency?: Duration;
      /** Most keys that changed and were not emitted, default 5,000. */
      readonly keys?: number;
    };

/** What the calls have in common. */
export interface ChangelogOptions {
  /**
   * Whether an update is preceded by the old row (-U), default true. Without, updates are upserts: enough for a sink with a key, and
   * half the rows.
   */
  readonly updateBefore?: boolean;
  /** Lets go of keys that have had no row for so long; their results stay as they are. */
  readonly ttl?: RowTtlOption;
}

/** Options of a continuous `aggregate`. */
export interface ContinuousAggregateOptions extends ChangelogOptions {
  /** Whether rows are folded at once and results emitted later; default false. */
  readonly miniBatch?:
    | boolean
    | (Exclude<MiniBatchOption, boolean> & {
        /**
         * With a latency: whether rows are folded by key before they go to the operator that owns the key, as Flink's two
         * phases. Then a key with many rows loads all producers instead of one subtask, and what goes over the exchange is
         * one row for many; each phase takes half of the latency. `on` pays when rows of one key follow each other closely:
         * some thousand keys at a time, or a few that have most rows. `auto` (default): over a whole stream. Without effect
         * where rows cannot be folded so: changelogs, unions, streams without a record type, and aggregates that keep values
         * other than numbers of `distinct`.
         */
        readonly preAggregate?: PreAggregate;
      });
}

/** Options of `deduplicate`. */
export interface DeduplicateOptions extends ChangelogOptions {
  /** Which row of a key stays; default the first. */
  readonly keep?: 'first' | 'last';
  /** By the order in which rows come (default), or by their timestamps. */
  readonly by?: 'event' | 'processing';
  /**
   * Whether changes wait, so that a key with many rows has one for all; default false. The row that was shown is kept as long.
   * A `ttl` counts from the beginning of the mini-batch, and ends after it. Without effect where the first row to come stays, which is emitted at once.
   */
  readonly miniBatch?: MiniBatchOption;
}

/** Options of `topN`. */
export interface RankingOptions<
  T,
  R extends boolean | string = boolean | string,
> extends ChangelogOptions {
  /** The field by which rows are ordered, or a comparator as for `Array.sort`. */
  readonly by: ComparableField<T> | ((a: Row<T>, b: Row<T>) => number);
  /** Largest first; default smallest first. */
  readonly descending?: boolean;
  /**
   * Whether changes wait, so that ranks with many rows one after the other have one for all; default false. Rows that were
   * shown are kept as long, n for a key. A `ttl` counts from the beginning of the mini-batch, and ends after it.
   */
  readonly miniBatch?: MiniBatchOption;
  /** Adds the rank, from 1, to the rows: as field `rank`, or of this name. */
  readonly withRank?: R;
}

/** A row with its rank. */
export type Ranked<T, R> = R extends string
  ? T & { readonly [F in R]: number }
  : R extends true
    ? T & { readonly rank: number }
    : T;

type Flat<R> = { readonly [N in keyof R]: R[N] };

/**
 * A result of aggregates: the fields of the key (`key` when a function gives it), then the aggregates.
 *
 * Streams are compared with the type parameters of their methods erased: the first line keeps that from going on for ever.
 */
export type AggregateRow<T, K, F, S extends AggregateSpec> = 0 extends 1 & S
  ? unknown
  : Flat<KeyColumns<T, K, F> & AggregateResults<T, S>>;

/** Of a stream that is not keyed, `K` is undefined; keyed by a function, `F` is never. */
type KeyColumns<T, K, F> = [K] extends [undefined]
  ? unknown
  : [F] extends [never]
    ? { readonly key: K }
    : Pick<T, F & keyof T>;
