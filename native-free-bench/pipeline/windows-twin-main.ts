/** **Thread entry** of the hand-written twin of the tumbling window benchmark: the consumer. Raw typed arrays, no engine. */

import { parentPort, workerData } from 'node:worker_threads';
import { TwinWord, waitWhile } from './keyed-sum-twin.ts';
import type { TwinShared } from './keyed-sum-twin.ts';
import { ringRows, TwinWindows } from './windows-twin.ts';

const { shared, sizeMs } = workerData as { readonly shared: TwinShared; readonly sizeMs: number };
const words = new Int32Array(shared.control);
const ints = new Int32Array(shared.data);
const doubles = new Float64Array(shared.data);
const mask = ringRows(shared) - 1;

parentPort!.on('message', (rows: number) => {
  const windows = new TwinWindows(sizeMs);
  let read = Atomics.load(words, TwinWord.read);
  for (let done = 0; done < rows;) {
    const written = Atomics.load(words, TwinWord.written);
    if (written === read) {
      waitWhile(words, TwinWord.written, TwinWord.parked, read);
      continue;
    }
    // Kernels of bounded size: V8 compiles a function that is called often better than one long loop.
    const to = ((written - read) | 0) > 4096 ? (read + 4096) | 0 : written;
    windows.drain(read, to, ints, doubles, mask);
    done += (to - read) | 0;
    read = to;
    Atomics.store(words, TwinWord.read, read);
    if (Atomics.load(words, TwinWord.producerParked) === 1) Atomics.notify(words, TwinWord.read);
  }
  windows.fire();
  parentPort!.postMessage(windows.answer);
});
parentPort!.postMessage('ready');
