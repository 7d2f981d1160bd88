/** `collect`: the rows come back to the thread that submitted the job. */

import { RowKind, rowKindText } from '../record/index.ts';
import { changelogError } from './changelog.ts';
import { DriverWriter } from './driver-writer.ts';
import { optionError } from './options.ts';
import { keepRow } from './row-object.ts';
import type { Sink } from './sink.ts';
import { table } from './table.ts';

/** Options of {@link collect}. */
export interface CollectOptions {
  /**
   * What becomes of rows that are no inserts, from operators that update their results:
   *
   * - `refuse` (default): an error; `collect` cannot say that a row is to be taken back.
   * - `kinds`: every row comes as `{ op, row }`, with `op` one of `+I`, `-U`, `+U`, `-D`.
   * - `fold`: the changes are folded, and what comes back is the final table, as from {@link table}.
   */
  readonly changelog?: 'refuse' | 'kinds' | 'fold';
  /** With `fold`: the fields that tell the rows of the table apart; without them equal rows are counted. */
  readonly key?: readonly string[];
}

/** What to do about a changelog. */
const ADVICE =
  "Fold it: table(name, { key: [...] }), or collect every change: collect(name, { changelog: 'kinds' }).";

/**
 * A sink that sends plain copies of the rows to the submitting thread, in messages of at most 1024 rows; when more than four of
 * them wait there, the job waits too. For tests and small results: rows of a large one belong in a file.
 *
 * When the job starts again after a failure, rows that come again are dropped from `run.collected(name)`, which so holds
 * every row once. What an iterator over `run.rows(name)` has given already cannot be taken back: it is at least once.
 *
 * @param name tells collections of one job apart
 * @throws ERR_CONNECTORS_OPTION; when the job runs ERR_CONNECTORS_CHANGELOG
 * @example
 * delays.sinkTo(collect());
 */
export function collect<T = unknown>(
  name: string = 'default',
  options: CollectOptions = {},
): Sink<T> {
  const { changelog = 'refuse', key } = options;
  if (changelog !== 'refuse' && changelog !== 'kinds' && changelog !== 'fold') {
    throw optionError('collect', 'changelog', "'refuse', 'kinds' or 'fold'", changelog);
  }
  if (changelog === 'fold') return table<T>(name, key === undefined ? {} : { key });
  if (key !== undefined) throw optionError('collect', 'key', "changelog: 'fold' with it", key);
  const take = changelog === 'kinds' ? withKind : insertedRow;
  return {
    kind: 'collect',
    params: { name, ...(changelog === 'refuse' ? {} : { changelog }) },
    functions: {},
    async: true,
    createWriter: (context) => new DriverWriter(context, { kind: 'collect', name }, take),
  };
}

function insertedRow(row: unknown, kind: RowKind): unknown {
  if (kind !== RowKind.insert) throw changelogError('collect', kind, ADVICE);
  return keepRow(row);
}

function withKind(row: unknown, kind: RowKind): unknown {
  return { op: rowKindText(kind), row: keepRow(row) };
}
