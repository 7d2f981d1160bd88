/** The second thread of the ringbuf.js peer: takes rows of two numbers until a run's are there. */

import { parentPort, workerData } from 'node:worker_threads';
import { packageOf } from './inline.ts';
import { TASKS, tallyOf } from './task.ts';
import type { Ringbuf } from './threads.ts';

const READ_NUMBERS = 1024;
const NOTHING = { bidder: 0, channel: '', url: '', dateTime: 0, extra: '' };

/** One run. */
export interface RingJob {
  readonly query: string;
  readonly checked: boolean;
  readonly rows: number;
}

if (parentPort !== null) {
  const { RingBuffer } = await packageOf<Ringbuf>('ringbuf.js');
  const ring = new RingBuffer(workerData as SharedArrayBuffer, Float64Array);
  const numbers = new Float64Array(READ_NUMBERS);
  parentPort.on('message', ({ query, checked, rows }: RingJob) => {
    const tally = tallyOf(query, checked);
    const { keep, map } = TASKS[query]!;
    for (let left = 2 * rows; left > 0;) {
      const read = ring.pop(numbers, READ_NUMBERS);
      for (let i = 0; i < read; i += 2) {
        const bid = { ...NOTHING, auction: numbers[i]!, price: numbers[i + 1]! };
        if (keep(bid)) tally.emit(map(bid));
      }
      left -= read;
    }
    parentPort!.postMessage(tally.result());
  });
}
