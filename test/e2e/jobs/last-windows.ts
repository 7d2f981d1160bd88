/**
 * All windows fire when the input ends, and their results are more than the ring behind them takes: what an operator emits for the
 * end of time goes to the overdraft. Gives how often each key came, and its counts.
 */

import { boundedOutOfOrderness, count, i32, job, record, timestamp, tumbling } from 'millrace';
import { collect, generator } from 'millrace/connectors';

const Reading = record('Reading', { time: timestamp, key: i32 });

/** What comes back. */
export interface Seen {
  readonly once: number;
  readonly other: number;
}

export default job('last-windows', { parallelism: 1 }, (env) => {
  const keys = Number(env.parameters['keys']);
  const seen = new Int32Array(keys);
  env
    .fromSource(
      generator({
        type: Reading,
        count: 2 * keys,
        splits: 1,
        row: (i, out) => {
          out.time = 0;
          out.key = i % keys;
          return out;
        },
      }),
      boundedOutOfOrderness((row) => row.time, 0),
    )
    .keyBy('key')
    .window(tumbling(1000))
    .aggregate({ n: count() })
    .keyBy('key')
    .process<Seen>({
      processElement: (row) => {
        seen[row.key]! += row.n;
      },
      finish: (out) => {
        const once = seen.filter((n) => n === 2).length;
        out.collect({ once, other: keys - once });
      },
    })
    .sinkTo(collect());
});
