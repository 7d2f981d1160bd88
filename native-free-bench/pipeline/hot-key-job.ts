/** The job of the hot key benchmark: three rows of four are of one key. Parameters: rows, preAggregate. */

import {
  boundedOutOfOrderness,
  count,
  f64,
  i32,
  job,
  record,
  sum,
  timestamp,
  tumbling,
} from 'millrace';
import { collect, generator } from 'millrace/connectors';

const Reading = record('Reading', { time: timestamp, key: i32, value: f64 });

/** Key of row i: 0 for three of four, else one of 10,000. */
function keyOf(i: number): number {
  return (i & 3) === 0 ? (Math.imul(i, 0x9e3779b1) >>> 0) % 10_000 : 0;
}

export default job('hot-key', (env) => {
  const rows = Number(env.parameters['rows']);
  const preAggregate = env.parameters['preAggregate'] as 'on' | 'off';
  const Total = record('Total', { n: f64, total: f64 });
  env
    .fromSource(
      generator({
        type: Reading,
        count: rows,
        row: (i, out) => {
          out.time = Math.floor(i / 100);
          out.key = keyOf(i);
          out.value = i % 1000;
          return out;
        },
      }),
      // Splits are taken in turns, so rows of one subtask are at most a few splits apart.
      boundedOutOfOrderness((row) => row.time, 5000),
    )
    .name('generate')
    .keyBy('key')
    .window(tumbling('10s'))
    .aggregate({ n: count(), total: sum('value') }, { preAggregate })
    .name('window')
    .map(({ n, total }) => ({ n, total }), Total)
    .reduce((a, b) => ({ n: a.n + b.n, total: a.total + b.total }))
    .process<{ n: number; total: number }>(() => {
      let last = { n: 0, total: 0 };
      return {
        processElement: ({ n, total }) => {
          last = { n, total };
        },
        finish: (out) => {
          out.collect(last);
        },
      };
    })
    .setParallelism(1)
    .sinkTo(collect());
});
