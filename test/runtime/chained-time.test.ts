/** Operators of one chain have each its own watermark: what one emits while a watermark waits in it is not late for the next. */

import { expect, test } from 'vitest';
import { count, job, monotonousTimestamps, record, i32, timestamp, tumbling } from 'millrace';
import { collect, fromCollection } from 'millrace/connectors';
import { runJob } from '../../src/testing/index.ts';

const Click = record('Click', { user: i32, time: timestamp });

test.each([true, false])(
  'a window over the results of a window takes them all, generated code %s',
  async (codegen) => {
    const clicks = Array.from({ length: 40 }, (_, i) => ({ user: i % 3, time: 100 * i }));
    const twice = job('twice', (env) => {
      env
        .fromSource(
          fromCollection(clicks, Click),
          monotonousTimestamps((click) => click.time),
        )
        .keyBy('user')
        .window(tumbling('1s'))
        .aggregate({ clicks: count() })
        .windowAll(tumbling('2s'))
        .process({
          process: (rows, { window }, out) => {
            const all = rows.map(({ user, clicks: n }) => `${user}:${n}`).toSorted();
            out.collect(`${window.start}: ${all.join(' ')}`);
          },
        })
        .sinkTo(collect());
    });
    const { collected } = await runJob(twice, { codegen, stepRowsMax: 7 });
    // Ten rows a second over three users; each row of the first windows is kept as it was.
    expect(collected['default']).toEqual([
      '0: 0:3 0:4 1:3 1:4 2:3 2:3',
      '2000: 0:3 0:4 1:3 1:3 2:3 2:4',
    ]);
  },
);
