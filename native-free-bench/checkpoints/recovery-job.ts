/**
 * The job of recovery: a row of some 120 bytes for each key, updated in place; it crashes once, when it is told to.
 *
 *     2 x (generate -> key group ===> sum -> count)
 *
 * Parameters: keys, passes over them, rowsPerSecond, folder (holds what it is told and what it says), how: `throws` or `exits`.
 */

import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

import { job } from 'millrace';
import { collect, generator } from 'millrace/connectors';
import { Account } from './account-rows.ts';

/** Rows between two looks for what it is told. */
const LOOK_ROWS = 256;

const PAUSE_MS = 5;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** ms since the epoch. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export default job('recovery', { parallelism: 2 }, (env) => {
  const keys = Number(env.parameters['keys']);
  const passes = Number(env.parameters['passes']);
  const folder = env.parameters['folder'] as string;
  const crashed = join(folder, 'crashed');
  const again = existsSync(crashed);
  /** Rows, and keys that were seen for the last time. */
  const seen = new Float64Array(2);
  env
    .fromSource(
      generator({
        type: Account,
        count: keys * passes,
        splits: 2,
        rowsPerSecond: Number(env.parameters['rowsPerSecond']),
        row: (i, out) => {
          out.key = i % keys;
          out.total = 1;
          return out;
        },
      }),
    )
    .name('generate')
    .keyBy('key')
    .sum('total')
    .name('sum')
    .process<number>({
      processElement: ({ total }) => {
        const row = seen[0]!++;
        if (total === passes) seen[1]!++;
        if (again) {
          if (row === 0) appendFileSync(join(folder, 'first-rows'), `${nowMs()}\n`);
          return;
        }
        // The last rows wait for what it is told, on a machine where checkpoints take long.
        const late = total === passes && !existsSync(crashed);
        if (late && !existsSync(join(folder, 'go'))) Atomics.wait(pause, 0, 0, PAUSE_MS);
        if (
          (row % LOOK_ROWS !== 0 && !late) ||
          !existsSync(join(folder, 'go')) ||
          existsSync(crashed)
        )
          return;
        appendFileSync(crashed, `${nowMs()}\n`);
        if (env.parameters['how'] === 'exits') process.exit(3);
        throw new RangeError('crashed as it was told to');
      },
      finish: (out) => {
        out.collect(seen[1]!);
      },
    })
    .name('count')
    .sinkTo(collect());
});
