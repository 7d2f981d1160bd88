/**
 * A running sum per key behind an operator that is slow until the file `fast` is there, so that rows wait in all rings; it fails once
 * when the file `fails` is there.
 */

import { existsSync, rmSync } from 'node:fs';
import { i64, job, record, utf8 } from 'millrace';
import { collect, generator } from 'millrace/connectors';

const Numbered = record('Numbered', { n: i64, key: i64, sum: i64, text: utf8 });
const Sum = record('Sum', { key: i64, sum: i64 });

const KEYS = 50;
/** Splits of the generator: a restore at another parallelism deals them out anew. */
const SPLITS = 8;
/** Each row takes so long where it is slow. */
const SLOW_MS = 2;
const TEXT = 'rows that fill a ring '.repeat(8);

export default job('overtaken', (env) => {
  const { fast, fails } = env.parameters as Readonly<Record<string, string>>;
  let look = 0;
  let slow = true;
  env
    .fromSource(
      generator({
        type: Numbered,
        count: Number(env.parameters['rows']),
        splits: SPLITS,
        row: (n, out) => {
          out.n = n;
          out.key = n % KEYS;
          out.sum = n;
          out.text = TEXT;
          return out;
        },
      }),
    )
    .uid('numbers')
    .rebalance()
    .map((row) => row, Numbered)
    .keyBy('key')
    .reduce((a, b) => ({ n: b.n, key: b.key, sum: a.sum + b.sum, text: b.text }))
    .uid('sums')
    .map(({ key, sum }) => {
      if (look++ % 16 === 0) {
        if (existsSync(fails!)) {
          rmSync(fails!, { force: true });
          throw new RangeError('shaken');
        }
        slow = !existsSync(fast!);
      }
      const until = performance.now() + (slow ? SLOW_MS : 0);
      while (performance.now() < until);
      return { key, sum };
    }, Sum)
    .sinkTo(collect());
});
