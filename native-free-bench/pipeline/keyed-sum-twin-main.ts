/**
 * **Thread entry** of the hand-written twin of keyed-sum: the consumer. Raw typed arrays, no engine: 16-byte rows (int32 key,
 * int32 hash, float64 value), an open-addressing table of sums.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { createTable, TwinWord, waitWhile } from './keyed-sum-twin.ts';
import type { TwinShared } from './keyed-sum-twin.ts';

const { control, data } = workerData as TwinShared;
const words = new Int32Array(control);
const keys = new Int32Array(data);
const values = new Float64Array(data);
const mask = data.byteLength - 1;

/** Adds the rows of [from, to) to the table; returns the checksum. */
function drain(from: number, to: number, table: ReturnType<typeof createTable>): number {
  let checksum = 0;
  for (let at = from; at !== to; at = (at + 16) | 0) {
    const offset = at & mask;
    checksum += table.add(keys[offset >> 2]!, keys[(offset + 4) >> 2]!, values[(offset + 8) >> 3]!);
  }
  return checksum;
}

parentPort!.on('message', (rows: number) => {
  const table = createTable();
  let read = Atomics.load(words, TwinWord.read);
  let done = 0;
  let checksum = 0;
  while (done < rows) {
    const written = Atomics.load(words, TwinWord.written);
    if (written === read) {
      waitWhile(words, TwinWord.written, TwinWord.parked, read);
      continue;
    }
    // Kernels of bounded size: V8 compiles a function that is called often better than one long loop.
    const to = ((written - read) | 0) > 65_536 ? (read + 65_536) | 0 : written;
    checksum += drain(read, to, table);
    done += ((to - read) | 0) / 16;
    read = to;
    Atomics.store(words, TwinWord.read, read);
    if (Atomics.load(words, TwinWord.producerParked) === 1) Atomics.notify(words, TwinWord.read);
  }
  parentPort!.postMessage({ rows: done, checksum });
});
parentPort!.postMessage('ready');
