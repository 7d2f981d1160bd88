/** `table`: the changes of a changelog come back to the thread that submitted the job, folded into a table. */

import type { Change } from './driver-channels.ts';
import { DriverWriter } from './driver-writer.ts';
import { optionError } from './options.ts';
import { keepRow } from './row-object.ts';
import type { Sink } from './sink.ts';

/** Options of {@link table}. */
export interface TableOptions {
  /**
   * Fields that tell rows apart: a row takes the place of the one with the same key. Without them the table is a multiset of whole rows,
   * and a row that is taken back must equal one that was given.
   */
  readonly key?: readonly string[];
}

/**
 * A sink that folds inserts, updates and deletes into a table on the submitting thread: `run.collected(name)` gives its rows as they
 * are, and the final ones when the job ended. The whole table is held there: for tests and small results. When the job starts
 * again after a failure, changes that come again are taken back first.
 *
 * @param name tells tables and collections of one job apart
 * @throws ERR_CONNECTORS_OPTION the key is no list of field names
 * @example
 * bids.keyBy('auction').aggregate({ bids: count() }).sinkTo(table('counts', { key: ['auction'] }));
 */
export function table<T = unknown>(name: string = 'default', options: TableOptions = {}): Sink<T> {
  const { key } = options;
  if (key !== undefined && !isFieldList(key)) {
    throw optionError('table', 'key', 'one or more field names', key);
  }
  return {
    kind: 'table',
    params: { name, ...(key === undefined ? {} : { key: [...key] }) },
    functions: {},
    async: true,
    createWriter: (context) =>
      new DriverWriter(context, { kind: 'table', name, key }, (row, kind): Change => ({
        kind,
        row: keepRow(row),
      })),
  };
}

function isFieldList(key: unknown): boolean {
  return Array.isArray(key) && key.length > 0 && key.every((field) => typeof field === 'string');
}
