/** Jobs whose numbers are known: rows per operator, rows per key, bytes in flight. */

import { f64, i32, job, record } from 'millrace';
import { callback, collect, csv, discard, generator } from 'millrace/connectors';

interface Reading {
  key: number;
  value: number;
}

const ReadingRow = record('Reading', { key: i32, value: f64 });
const kept: Reading = { key: 0, value: 0 };

export default job('counted', (env) => {
  const { shape, rows, file } = env.parameters;
  const count = Number(rows);
  const readings = env
    .fromSource(
      generator<Reading>({
        type: ReadingRow,
        count,
        row: (i, out) => {
          out.key = i % 97;
          out.value = i;
          return out;
        },
      }),
    )
    .name('made');

  if (shape === 'numbers') {
    // Nothing here makes an object per row.
    readings
      .filter((row) => row.value % 3 !== 0)
      .map((row) => {
        kept.key = row.key;
        kept.value = row.value;
        return kept;
      }, ReadingRow)
      .keyBy('key')
      .sum('value')
      .sinkTo(discard());
  } else if (shape === 'operators') {
    readings
      .filter((row) => row.value % 3 !== 0)
      .name('filtered')
      .flatMap<Reading>((row, out) => {
        out.collect({ key: row.key, value: row.value });
        if (row.key === 0) out.collect({ key: 0, value: 0 });
      }, ReadingRow)
      .name('doubled')
      .keyBy('key')
      .reduce((a, b) => ({ key: a.key, value: a.value + b.value }))
      .name('summed')
      .sinkTo(discard())
      .name('gone');
  } else if (shape === 'slow') {
    // A sink that takes a thousand times as long for a row as the source.
    let seen = 0;
    readings
      .rebalance()
      .map((row) => ({ key: row.key, value: row.value }), ReadingRow)
      .disableChaining()
      .sinkTo(
        callback<Reading>(
          async (row) => {
            if (row.value !== seen) throw new Error(`expected ${seen}, got ${row.value}`);
            seen++;
            if (seen % 64 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
          },
          { async: true },
        ),
      )
      .name('slow');
  } else if (shape === 'file') {
    env
      .fromSource(csv(typeof file === 'string' ? file : '', ReadingRow))
      .name('read')
      .sinkTo(collect());
  }
});
