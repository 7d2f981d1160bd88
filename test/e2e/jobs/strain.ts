/** Jobs of several shapes that put the exchange under strain; the parameter `shape` chooses. */

import { f64, i32, job, record } from 'millrace';
import { collect, generator } from 'millrace/connectors';
import { textOf } from './parameters.ts';

interface Reading {
  key: number;
  value: number;
}

const ReadingRow = record('Reading', { key: i32, value: f64 });

export default job('strain', (env) => {
  const rows = Number(env.parameters['rows'] ?? 0);
  const readings = (count: number, splits: number): ReturnType<typeof generator<Reading>> =>
    generator<Reading>({
      type: ReadingRow,
      count,
      splits,
      row: (i, out) => {
        out.key = i % 13;
        out.value = i;
        return out;
      },
    });

  const shape = textOf(env.parameters['shape']);
  switch (shape) {
    // 3 x 10 + 2 subtasks on however few workers there are.
    case 'wide':
      env
        .fromSource(readings(rows, 10))
        .setParallelism(10)
        .rebalance()
        .map((row) => ({ key: row.key, value: row.value * 2 }), ReadingRow)
        .setParallelism(10)
        .keyBy('key')
        .sum('value')
        .setParallelism(10)
        .global()
        .map((row) => row, ReadingRow)
        .setParallelism(1)
        .rebalance()
        .sinkTo(collect())
        .setParallelism(1);
      return;
    case 'burst':
      env
        .fromSource(readings(3, 1))
        .flatMap<Reading>((row, out) => {
          for (let i = 0; i < 10_000; i++) out.collect({ key: i % 5, value: row.value + 1 });
        }, ReadingRow)
        .keyBy('key')
        .sum('value')
        .sinkTo(collect());
      return;
    case 'diamond': {
      const source = env.fromSource(readings(rows, 4));
      const even = source.filter((row) => row.value % 2 === 0).rebalance();
      const odd = source
        .filter((row) => row.value % 2 === 1)
        .map((row) => ({ key: row.key, value: -row.value }), ReadingRow)
        .rebalance();
      even.union(odd).keyBy('key').sum('value').sinkTo(collect());
      return;
    }
    case 'hourglass':
      env
        .fromSource(readings(rows, 1))
        .setParallelism(1)
        .rebalance()
        .map((row) => ({ key: row.key, value: row.value + 1 }), ReadingRow)
        .setParallelism(4)
        .keyBy('key')
        .sum('value')
        .setParallelism(1)
        .sinkTo(collect())
        .setParallelism(1);
      return;
    case 'numbers':
      env.fromSource(readings(rows, 1)).setParallelism(1).sinkTo(collect()).setParallelism(1);
      return;
    case 'printed':
      env
        .fromSource(readings(rows, 1))
        .setParallelism(1)
        .map((row) => `row ${row.value}`)
        .setParallelism(1)
        .print()
        .setParallelism(1);
      return;
    default:
      throw new Error(`no shape ${shape}`);
  }
});
