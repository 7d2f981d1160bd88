/** `fromCollection`: rows that the job module holds itself. */

import type { RecordType } from '../record/index.ts';
import type { PollStatus, Source, SourceOutput, SourceReader } from './source.ts';

/**
 * A bounded source of the given rows, in their order, in one split. Every thread that runs the job module has the rows, so keep
 * them few; the rows themselves are emitted, not copies.
 *
 * @example
 * env.fromSource(fromCollection([{ word: 'to', count: 1 }, { word: 'be', count: 2 }], WordCount));
 */
export function fromCollection<T>(rows: Iterable<T>, type?: RecordType<T>): Source<T> {
  const list: readonly T[] = Array.isArray(rows) ? (rows as readonly T[]) : [...rows];
  return {
    kind: 'collection',
    params: { rows: list.length },
    functions: {},
    type,
    bounded: true,
    async: false,
    maxParallelism: 1,
    splits: async () => [{ id: 'rows' }],
    open: async (_split, _context, position) =>
      new CollectionReader(list, typeof position === 'number' ? position : 0),
  };
}

/** Position: index of the next row. */
class CollectionReader<T> implements SourceReader<T> {
  readonly #rows: readonly T[];
  #next = 0;

  constructor(rows: readonly T[], next: number) {
    this.#rows = rows;
    this.#next = next;
  }

  poll(output: SourceOutput<T>, maxRows: number): PollStatus {
    const rows = this.#rows;
    const end = Math.min(rows.length, this.#next + maxRows);
    while (this.#next < end && !output.full) output.emit(rows[this.#next++]!);
    return this.#next < rows.length ? 'more' : 'end';
  }

  position(): number {
    return this.#next;
  }

  progress(): { readonly done: number; readonly total: number } {
    return { done: this.#next, total: this.#rows.length };
  }
}
