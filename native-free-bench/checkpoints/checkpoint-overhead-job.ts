/**
 * The job of checkpoint-overhead: a row of some 120 bytes for each key, updated in place.
 *
 *     2 x (generate -> key group ===> sum -> count)
 *
 * Parameters: rows, keys, load; warm, the rows before what is timed.
 */

import { job } from 'millrace';
import { collect, generator } from 'millrace/connectors';
import { Account } from './account-rows.ts';
import { keyOf } from './checkpoint-overhead-rows.ts';
import type { Load, SinkAnswer } from './checkpoint-overhead-rows.ts';

export default job('checkpoint-overhead', { parallelism: 2 }, (env) => {
  const rows = Number(env.parameters['rows']);
  const keys = Number(env.parameters['keys']);
  const warm = Number(env.parameters['warm']);
  const load = env.parameters['load'] as Load;
  /** Per subtask, since each has a thread of its own: rows, first and last time, time of the last look, longest gap. */
  const seen = new Float64Array(5);
  env
    .fromSource(
      generator({
        type: Account,
        count: rows,
        splits: 2,
        row: (i, out) => {
          out.key = keyOf(i, keys, load);
          out.total = i;
          return out;
        },
      }),
    )
    .name('generate')
    .keyBy('key')
    .sum('total')
    .name('sum')
    .process<SinkAnswer>({
      processElement: () => {
        if ((seen[0]!++ & 63) !== 0 || seen[0]! < warm / 2) return;
        const nowMs = performance.timeOrigin + performance.now();
        if (seen[1] === 0) seen[1] = nowMs;
        else seen[4] = Math.max(seen[4]!, nowMs - seen[3]!);
        seen[3] = nowMs;
        seen[2] = nowMs;
      },
      finish: (out) => {
        out.collect({
          rows: seen[0]!,
          firstMs: seen[1]!,
          lastMs: seen[2]!,
          longestGapMs: seen[4]!,
        });
      },
    })
    .name('count')
    .sinkTo(collect());
});
