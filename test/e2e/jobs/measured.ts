/**
 * The numeric path, and what its worker allocates over the middle of it: written to the file of the parameter `file`.
 *
 * What is allocated between two collections of the heap is what it holds before the later one, less what the earlier
 * one left.
 */

import { writeFileSync } from 'node:fs';
import { GCProfiler, getHeapStatistics } from 'node:v8';
import { f64, i32, job, record } from 'millrace';
import { discard, generator } from 'millrace/connectors';
import { textOf } from './parameters.ts';

interface Reading {
  key: number;
  value: number;
}

const ReadingRow = record('Reading', { key: i32, value: f64 });
const kept: Reading = { key: 0, value: 0 };
const profiler = new GCProfiler();
let usedAtStart = 0;
/** What a job that makes an object per row leaves behind. */
export let rubbish: unknown;

export default job('measured', { parallelism: 1 }, (env) => {
  const { warm, rows, file, waste } = env.parameters;
  const first = Number(warm);
  const last = first + Number(rows);
  env
    .fromSource(
      generator<Reading>({
        type: ReadingRow,
        count: last + 1000,
        splits: 1,
        row: (i, out) => {
          out.key = i % 1000;
          out.value = i;
          return out;
        },
      }),
    )
    .filter((row) => row.value >= 0)
    .map((row) => {
      if (row.value === first) begin();
      else if (row.value === last) end(textOf(file), last - first);
      kept.key = row.key;
      if (waste === true) rubbish = { value: row.value };
      kept.value = row.value % 100;
      return kept;
    }, ReadingRow)
    .keyBy('key')
    .sum('value')
    .sinkTo(discard());
});

function begin(): void {
  usedAtStart = getHeapStatistics().used_heap_size;
  profiler.start();
}

function end(file: string, rows: number): void {
  const { statistics } = profiler.stop()!;
  let left = usedAtStart;
  let bytes = 0;
  for (const { beforeGC, afterGC } of statistics) {
    bytes += beforeGC.heapStatistics.usedHeapSize - left;
    left = afterGC.heapStatistics.usedHeapSize;
  }
  bytes += getHeapStatistics().used_heap_size - left;
  writeFileSync(file, JSON.stringify({ rows, bytes, collections: statistics.length }));
}
