/** The job of the tumbling and sliding window benchmarks, on the public face. Parameters: rows, sizeMs, slideMs. */

import {
  boundedOutOfOrderness,
  count,
  f64,
  i32,
  job,
  record,
  sliding,
  sum,
  timestamp,
} from 'millrace';
import { collect, generator } from 'millrace/connectors';
import { digest, keyOf, timeOf, valueOf } from './windows-rows.ts';
import type { WindowsAnswer } from './windows-rows.ts';

const Reading = record('Reading', { time: timestamp, key: i32, value: f64 });

export default job('windows', { parallelism: 1 }, (env) => {
  const rows = Number(env.parameters['rows']);
  const size = Number(env.parameters['sizeMs']);
  const slide = Number(env.parameters['slideMs']);
  // A typed array, since a captured variable that outgrows 31 bits is a heap object for every value.
  const totals = new Float64Array(3);
  env
    .fromSource(
      generator({
        type: Reading,
        count: rows,
        splits: 1,
        row: (i, out) => {
          out.time = timeOf(i);
          out.key = keyOf(i);
          out.value = valueOf(i);
          return out;
        },
      }),
      boundedOutOfOrderness((row) => row.time, 0),
    )
    .name('generate')
    .keyBy('key')
    .window(sliding(size, slide))
    .aggregate({ n: count(), total: sum('value') })
    .name('window')
    .process<WindowsAnswer>({
      processElement: (row) => {
        totals[0]!++;
        totals[1]! += row.n;
        totals[2]! += digest(row.key, row.windowEnd, row.n, row.total);
      },
      finish: (out) => {
        out.collect({ results: totals[0]!, counted: totals[1]!, checksum: totals[2]! });
      },
    })
    .sinkTo(collect());
});
