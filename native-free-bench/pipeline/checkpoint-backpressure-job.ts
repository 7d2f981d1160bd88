/**
 * The job of the checkpoint benchmark under backpressure: a sum per key behind which each row takes `sinkMs`, until the file `fast` is
 * there. Parameters: rows, sinkMs, fast.
 */

import { existsSync } from 'node:fs';
import { i32, i64, job, record, utf8 } from 'millrace';
import { collect, generator } from 'millrace/connectors';

const Reading = record('Reading', { key: i32, value: i64, text: utf8 });
const Total = record('Total', { key: i32, value: i64 });

const KEYS = 64;
const TEXT = 'a row of two hundred bytes '.repeat(6);
/** The file is looked for once in so many rows. */
const LOOK_ROWS = 32;

export default job('checkpoint-backpressure', (env) => {
  const { rows, sinkMs, fast } = env.parameters;
  let seen = 0;
  let waitMs = Number(sinkMs);
  env
    .fromSource(
      generator({
        type: Reading,
        count: Number(rows),
        row: (i, out) => {
          out.key = i % KEYS;
          out.value = i;
          out.text = TEXT;
          return out;
        },
      }),
    )
    .name('generate')
    .rebalance()
    .map((row) => row, Reading)
    .name('pass on')
    .keyBy('key')
    .reduce((a, b) => ({ key: b.key, value: a.value + b.value, text: b.text }))
    .name('sum')
    .map(({ key, value }) => {
      if (waitMs > 0 && seen++ % LOOK_ROWS === 0 && existsSync(fast as string)) waitMs = 0;
      const until = performance.now() + waitMs;
      while (performance.now() < until);
      return { key, value };
    }, Total)
    .name('slow')
    .process<{ key: number; value: number }>(() => {
      const last = new Map<number, number>();
      return {
        processElement: ({ key, value }) => {
          last.set(key, value);
        },
        finish: (out) => {
          for (const [key, value] of last) out.collect({ key, value });
        },
      };
    })
    .sinkTo(collect());
});
