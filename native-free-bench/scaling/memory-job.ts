/** The job of memory-per-key: a rolling sum over keys of which each comes twice. Parameters: keys. */

import { f64, i64, job, record } from 'millrace';
import { collect, generator } from 'millrace/connectors';

const Reading = record('Reading', { key: i64, value: f64 });

export default job('memory', { parallelism: 1 }, (env) => {
  const keys = Number(env.parameters['keys']);
  const totals = new Float64Array(2);
  env
    .fromSource(
      generator({
        type: Reading,
        count: 2 * keys,
        splits: 1,
        row: (i, out) => {
          // An order that jumps: the factor is a prime that divides no number of keys in use.
          out.key = ((i % keys) * 7_368_787) % keys;
          out.value = 1;
          return out;
        },
      }),
    )
    .name('generate')
    .keyBy('key')
    .sum('value')
    .name('sum')
    .process<{ rows: number; total: number }>({
      processElement: (row) => {
        totals[0]!++;
        totals[1]! += row.value;
      },
      finish: (out) => {
        out.collect({ rows: totals[0]!, total: totals[1]! });
      },
    })
    .sinkTo(collect());
});
