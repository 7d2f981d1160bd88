/**
 * `generator`: rows that a function makes from their index.
 *
 * A bounded generator is cut into ranges of consecutive indexes, short enough that subtasks that take turns at them stay close to
 * each other: event times that grow with the index grow in step everywhere. An unbounded one has no ranges: with n splits,
 * split s makes the rows s, s + n, s + 2n, …
 *
 * Law: over all splits every index is made exactly once, in rising order within a split.
 */

import type { RecordType } from '../record/index.ts';
import { optionError, positiveInteger } from './options.ts';
import { rowFactory } from './row-object.ts';
import type {
  PollStatus,
  Source,
  SourceContext,
  SourceOutput,
  SourceReader,
  Split,
} from './source.ts';
import { TokenBucket } from './token-bucket.ts';

/** Rows of one split of a bounded generator. */
const SPLIT_ROWS = 65_536;

/** A row that may be written to. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Options of {@link generator}. */
export interface GeneratorOptions<T> {
  /**
   * The row with this index, 0 … count - 1; must depend on nothing but the index, so that a restarted job makes the same rows.
   * `out` is one object of the record type that may be filled and returned, so that no row is allocated; without a record type
   * there is none. A row returned is not kept beyond the call after.
   */
  readonly row: (index: number, out: Mutable<T>) => T;
  /** Record type of the rows. */
  readonly type?: RecordType<T>;
  /** Rows in all; unbounded when missing. */
  readonly count?: number;
  /** Most rows per second over all splits; unlimited when missing. */
  readonly rowsPerSecond?: number;
  /**
   * Into how many splits the indexes are divided. Default for a bounded generator: one for every 65,536 rows. Default for an unbounded
   * one: 1; more must not be more than the parallelism of the source.
   */
  readonly splits?: number;
}

/**
 * A source of made-up rows, for tests, benchmarks and demonstrations.
 *
 * @throws ERR_CONNECTORS_OPTION
 * @example
 * env.fromSource(generator({ count: 1_000_000, type: Tick, row: (i, out) => { out.at = i; out.price = i % 100; return out; } }));
 */
export function generator<T>(options: GeneratorOptions<T>): Source<T> {
  const { row, type, count, rowsPerSecond } = options;
  if (typeof row !== 'function') throw optionError('generator', 'row', 'a function', row);
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) {
    throw optionError('generator', 'count', 'an integer ≥ 0', count);
  }
  if (rowsPerSecond !== undefined && !(rowsPerSecond > 0 && rowsPerSecond < Infinity)) {
    throw optionError('generator', 'rowsPerSecond', 'a number > 0', rowsPerSecond);
  }
  const usual = count === undefined ? 1 : Math.max(1, Math.ceil(count / SPLIT_ROWS));
  const splits = positiveInteger('generator', 'splits', options.splits, usual);
  return {
    kind: 'generator',
    params: { count: count ?? null, rowsPerSecond: rowsPerSecond ?? null, splits },
    functions: { row },
    type,
    bounded: count !== undefined,
    async: false,
    maxParallelism: splits,
    splits: async () => indexSplits(count, splits),
    open: async (split, context, position) => {
      if (count === undefined && context.parallelism < splits) {
        const most = `at most the parallelism of the source, ${context.parallelism}`;
        throw optionError('generator', 'splits', most, splits);
      }
      return new GeneratorReader(options, split, splits, context, position);
    },
  };
}

/** Ranges `first, first + step, … < end`. */
function indexSplits(count: number | undefined, splits: number): Split[] {
  if (count === undefined) {
    return Array.from({ length: splits }, (_, i) => {
      return { id: `every-${splits}-from-${i}`, first: i, end: null, step: splits };
    });
  }
  const all = Array.from({ length: splits }, (_, i): Split => {
    const first = Math.floor((count * i) / splits);
    const end = Math.floor((count * (i + 1)) / splits);
    return { id: `from-${first}`, first, end, step: 1 };
  });
  // Of fewer rows than splits some have none: these would be called as their neighbours.
  return all.filter(({ first, end }) => Number(first) < Number(end));
}

/** Position: the next index. */
class GeneratorReader<T> implements SourceReader<T> {
  readonly #make: (index: number, out: Mutable<T>) => T;
  readonly #out: Mutable<T>;
  readonly #first: number = 0;
  readonly #end: number = Infinity;
  readonly #step: number = 1;
  readonly #bucket: TokenBucket | undefined;
  #next = 0;

  constructor(
    options: GeneratorOptions<T>,
    split: Split,
    splits: number,
    context: SourceContext,
    position: unknown,
  ) {
    this.#make = options.row;
    this.#out = (options.type ? rowFactory(options.type)() : undefined) as Mutable<T>;
    this.#first = Number(split['first']);
    this.#end = split['end'] === null ? Infinity : Number(split['end']);
    this.#step = Number(split['step']);
    this.#next = typeof position === 'number' ? position : this.#first;
    const { rowsPerSecond } = options;
    // Each subtask reads one split at a time, and those without one make no rows.
    const sharers = Math.min(splits, context.parallelism);
    this.#bucket =
      rowsPerSecond === undefined
        ? undefined
        : new TokenBucket(rowsPerSecond / sharers, () => context.monotonicMs());
  }

  poll(output: SourceOutput<T>, maxRows: number): PollStatus {
    const end = this.#end;
    if (this.#next >= end) return 'end';
    const bucket = this.#bucket;
    const granted = bucket === undefined ? maxRows : Math.min(maxRows, bucket.available());
    if (granted < 1) return 'waiting';
    const make = this.#make;
    const out = this.#out;
    const step = this.#step;
    let next = this.#next;
    let rows = 0;
    for (; rows < granted && next < end && !output.full; rows++) {
      output.emit(make(next, out));
      next += step;
      this.#next = next;
    }
    bucket?.take(rows);
    return next >= end ? 'end' : 'more';
  }

  waitMs(): number {
    return this.#bucket === undefined ? 0 : this.#bucket.waitMs();
  }

  position(): number {
    return this.#next;
  }

  progress(): { readonly done: number; readonly total: number } | undefined {
    if (this.#end === Infinity) return undefined;
    return { done: this.#next - this.#first, total: this.#end - this.#first };
  }
}
