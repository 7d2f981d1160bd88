/** The job of keyed-sum, on the public face. */

import { f64, i32, job, record } from 'millrace';
import { collect, generator } from 'millrace/connectors';
import { keyOf, passes, valueOf } from './keyed-sum-rows.ts';

const Reading = record('Reading', { key: i32, value: f64 });

export default job('keyed-sum', { parallelism: 1 }, (env) => {
  const rows = Number(env.parameters['rows']);
  const doubled = { key: 0, value: 0 };
  // A typed array, since a captured variable that outgrows 31 bits is a heap object for every value.
  const totals = new Float64Array(2);
  env
    .fromSource(
      generator({
        type: Reading,
        count: rows,
        splits: 1,
        row: (i, out) => {
          out.key = keyOf(i);
          out.value = valueOf(i);
          return out;
        },
      }),
    )
    .name('generate')
    .filter((row) => passes(row.value))
    .map((row) => {
      doubled.key = row.key;
      doubled.value = row.value * 2;
      return doubled;
    }, Reading)
    .keyBy('key')
    .sum('value')
    .name('sum')
    .process<{ rows: number; checksum: number }>({
      processElement: (row) => {
        totals[0]!++;
        totals[1]! += row.value;
      },
      finish: (out) => {
        out.collect({ rows: totals[0]!, checksum: totals[1]! });
      },
    })
    .sinkTo(collect());
});
