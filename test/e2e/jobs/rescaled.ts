/**
 * Windows over rows that come slowly, sums, requests in flight, and two kinds of sinks: what is right is known in advance, whatever
 * happens to the job on its way. With `failAt` subtasks it cannot be opened.
 */

import { boundedOutOfOrderness, count, i64, job, record, sum, tumbling } from 'millrace';
import { collect, generator, jsonLines } from 'millrace/connectors';

const Reading = record('Reading', { n: i64, key: i64, time: i64 });

const SPLITS = 6;

export default job('rescaled', (env) => {
  const { rows, keys, rowsPerSecond } = env.parameters as Readonly<Record<string, number>>;
  const keyCount = Number(keys);
  const readings = env
    .fromSource(
      generator({
        type: Reading,
        count: Number(rows),
        splits: SPLITS,
        rowsPerSecond: Number(rowsPerSecond),
        row: (n, out) => {
          out.n = n;
          out.key = n % keyCount;
          out.time = n;
          return out;
        },
      }),
      // Splits are pieces of one input: their times differ by all of it.
      boundedOutOfOrderness((reading) => reading.time, `${rows}ms`),
    )
    .uid('readings')
    .mapAsync(
      async (reading) => {
        await new Promise((resolve) => setTimeout(resolve, reading.n % 5));
        return { n: reading.n, key: reading.key, time: reading.time };
      },
      { ordered: false, capacity: 50 },
      Reading,
    )
    .name('asked')
    .uid('asked');
  readings
    .keyBy('key')
    .window(tumbling('500ms'))
    .aggregate({ rows: count(), total: sum('n') })
    .name('windows')
    .uid('windows')
    .sinkTo(collect('windows'));
  readings
    .keyBy('key')
    .sum('n')
    .name('sums')
    .uid('sums')
    .process<{ key: number; n: number }>({
      open({ parallelism }) {
        if (parallelism === env.parameters['failAt']) throw new RangeError('not so many');
      },
      processElement({ key, n }, _context, out) {
        out.collect({ key, n });
      },
    })
    .sinkTo(jsonLines(env.parameters['file'] as string))
    .name('file');
  readings
    .map(({ n }) => n)
    .sinkTo(collect('rows'))
    .setParallelism(1)
    .name('rows');
});
