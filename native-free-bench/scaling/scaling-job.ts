/**
 * The job of scaling: a function that takes its time, then a rolling sum by key.
 *
 *     generate -> map   === key group ===>   sum -> last sum of each key        (each as often as there are workers)
 *
 * Parameters: rows, spread (`uniform`, `skewed`).
 */

import { f64, i32, job, record } from 'millrace';
import { collect, generator } from 'millrace/connectors';
import { keyOf, KEYS, mixed } from './scaling-rows.ts';
import type { ScalingAnswer, Spread } from './scaling-rows.ts';

const Reading = record('Reading', { index: i32, key: i32, value: f64 });

export default job('scaling', (env) => {
  const rows = Number(env.parameters['rows']);
  const spread = env.parameters['spread'] as Spread;
  const mapped = { index: 0, key: 0, value: 0 };
  env
    .fromSource(
      generator({
        type: Reading,
        count: rows,
        row: (i, out) => {
          out.index = i;
          out.key = keyOf(i, spread);
          out.value = 0;
          return out;
        },
      }),
    )
    .name('generate')
    .map((row) => {
      mapped.index = row.index;
      mapped.key = row.key;
      mapped.value = mixed(row.index);
      return mapped;
    }, Reading)
    .keyBy('key')
    .sum('value')
    .name('sum')
    .process<ScalingAnswer>(() => {
      // The last running sum of a key does not depend on the order of its rows.
      const sums = new Float64Array(KEYS);
      const counts = new Float64Array(1);
      return {
        processElement: (row) => {
          counts[0]!++;
          sums[row.key] = row.value;
        },
        finish: (out) => {
          out.collect({ n: counts[0]!, total: sums.reduce((a, b) => a + b, 0) });
        },
      };
    })
    .sinkTo(collect());
});
