/** The job of keyed-sum, on the public face. */

import { f64, i32, job, record } from 'millrace';
import { collect, generator } from 'millrace/connectors';
import { keyOf, passes, valueOf } from './keyed-sum-rows.ts';

const Reading = record('Reading', { key: i32, value: f64 });

export default job('keyed-sum', (env) => {
  const rows = Number(env.parameters['rows']);
  const doubled = { key: 0, value: 0 };
  let count = 0;
  let checksum = 0;
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
    .setParallelism(1)
    .filter((row) => passes(row.value))
    .map((row) => {
      doubled.key = row.key;
      doubled.value = row.value * 2;
      return doubled;
    }, Reading)
    .keyBy('key')
    .sum('value')
    .name('sum')
    .setParallelism(1)
    .process<{ rows: number; checksum: number }>({
      processElement: (row) => {
        count++;
        checksum += row.value;
      },
      finish: (out) => {
        out.collect({ rows: count, checksum });
      },
    })
    .setParallelism(1)
    .sinkTo(collect())
    .setParallelism(1);
});
