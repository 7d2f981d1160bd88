/**
 * A running sum per key that may fail on its way, `failures` times in all, as told by the characters of `log`.
 *
 * Collected are the running sums, and written to `file` if there is one: right only if every row was counted once. The rows come
 * slowly enough for checkpoints in between.
 */

import { appendFileSync, readFileSync } from 'node:fs';
import { i64, job, record } from 'millrace';
import { collect, generator, jsonLines } from 'millrace/connectors';

const Numbered = record('Numbered', { n: i64, key: i64, sum: i64 });

const KEYS = 50;
/** Splits of the generator: a restore at another parallelism deals them out anew. */
const SPLITS = 8;

export default job('recoverable', (env) => {
  const { rows, failures, how, rowsPerSecond } = env.parameters as Readonly<
    Record<string, number | string>
  >;
  const log = env.parameters['log'] as string;
  const count = Number(rows);
  const sums = env
    .fromSource(
      generator({
        type: Numbered,
        count,
        splits: SPLITS,
        rowsPerSecond: Number(rowsPerSecond),
        row: (n, out) => {
          out.n = n;
          out.key = n % KEYS;
          out.sum = n;
          return out;
        },
      }),
    )
    .uid('numbers')
    .keyBy('key')
    .reduce((a, b) => ({ n: b.n, key: b.key, sum: a.sum + b.sum }))
    .uid('sums')
    .map((row) => {
      if (row.n > count / 2 && readFileSync(log, 'utf8').length < Number(failures)) {
        appendFileSync(log, 'x');
        if (how === 'exit') process.exit(3);
        throw new RangeError('shaken');
      }
      return row;
    }, Numbered);
  sums.sinkTo(collect());
  const file = env.parameters['file'];
  if (typeof file === 'string') sums.map(({ n, sum }) => ({ n, sum })).sinkTo(jsonLines(file));
});
