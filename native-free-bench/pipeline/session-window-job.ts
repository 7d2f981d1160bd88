/** The job of the session benchmark, on the public face. */

import {
  boundedOutOfOrderness,
  count,
  f64,
  i32,
  job,
  record,
  session,
  sum,
  timestamp,
} from 'millrace';
import { collect, generator } from 'millrace/connectors';
import { digest, DISORDER_MS, GAP_MS, keyOf, timeOf, valueOf } from './session-window-rows.ts';
import type { SessionsAnswer } from './session-window-rows.ts';

const Click = record('Click', { time: timestamp, key: i32, value: f64 });

export default job('sessions', { parallelism: 1 }, (env) => {
  const rows = Number(env.parameters['rows']);
  const totals = new Float64Array(3);
  env
    .fromSource(
      generator({
        type: Click,
        count: rows,
        splits: 1,
        row: (i, out) => {
          out.time = timeOf(i);
          out.key = keyOf(i);
          out.value = valueOf(i);
          return out;
        },
      }),
      boundedOutOfOrderness((row) => row.time, DISORDER_MS),
    )
    .name('generate')
    .keyBy('key')
    .window(session(GAP_MS))
    .aggregate({ n: count(), total: sum('value') })
    .name('window')
    .process<SessionsAnswer>({
      processElement: (row) => {
        totals[0]!++;
        totals[1]! += row.n;
        totals[2]! += digest(row.key, row.windowEnd - row.windowStart, row.total);
      },
      finish: (out) => {
        out.collect({ sessions: totals[0]!, counted: totals[1]!, checksum: totals[2]! });
      },
    })
    .sinkTo(collect());
});
