/** Peers that hand the rows to a second thread, which does the query: messages through Piscina, thread-stream, ringbuf.js. */

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { beside } from '../../beside.ts';
import { TableChecksum } from '../../nexmark/checksum.ts';
import type { ChecksumState } from '../../nexmark/checksum.ts';
import { packageOf } from './inline.ts';
import type { RowsMessage } from './piscina-main.ts';
import type { RingJob } from './ringbuf-main.ts';
import type { RunPeer } from './task.ts';

/** Rows of one message. */
const MESSAGE_ROWS = 1000;
/** Messages under way. */
const MESSAGES_MAX = 4;
/** Numbers of one write into the ring, and the ring's size: even, since a row is two numbers. */
const WRITE_NUMBERS = 1024;
const RING_NUMBERS = 65_536;

export async function piscina(): Promise<RunPeer> {
  const filename = fileURLToPath(beside('piscina-main', import.meta.url));
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1 });
  return async ({ query, bids, checked }) => {
    const underWay: Promise<ChecksumState>[] = [];
    const sum = new TableChecksum();
    for (let from = 0; from < bids.length; from += MESSAGE_ROWS) {
      if (underWay.length >= MESSAGES_MAX) sum.merge(await underWay.shift()!);
      const message: RowsMessage = { query, checked, bids: bids.slice(from, from + MESSAGE_ROWS) };
      underWay.push(pool.run(message) as Promise<ChecksumState>);
    }
    for (const each of underWay) sum.merge(await each);
    return { rows: sum.rows, low: sum.low, high: sum.high };
  };
}

/** What is used of thread-stream. */
interface ThreadStream {
  write(text: string): boolean;
  once(event: string, take: (...args: never[]) => void): void;
}

export async function threadStream(): Promise<RunPeer> {
  const { default: Stream } = await packageOf<{
    default: new (options: object) => ThreadStream;
  }>('thread-stream');
  const filename = fileURLToPath(beside('thread-stream-main', import.meta.url));
  const stream = new Stream({ filename, sync: false });
  const write = async (text: string): Promise<void> => {
    if (stream.write(text)) return;
    const drained = Promise.withResolvers<void>();
    stream.once('drain', () => drained.resolve());
    await drained.promise;
  };
  return async ({ query, bids, checked }) => {
    const { promise, resolve } = Promise.withResolvers<ChecksumState>();
    stream.once('result', (state: ChecksumState) => resolve(state));
    await write(`!${JSON.stringify({ query, checked })}\n`);
    for (let from = 0; from < bids.length; from += MESSAGE_ROWS) {
      const rows = bids.slice(from, from + MESSAGE_ROWS);
      await write(`${rows.map((bid) => JSON.stringify(bid)).join('\n')}\n`);
    }
    // An empty line ends the run; the stream stays for the next.
    await write('\n');
    return promise;
  };
}

/** What is used of ringbuf.js. */
export interface Ringbuf {
  RingBuffer: {
    new (
      storage: SharedArrayBuffer,
      type: Float64ArrayConstructor,
    ): {
      push(numbers: Float64Array, length: number, offset?: number): number;
      pop(numbers: Float64Array, length: number): number;
    };
    getStorageForCapacity(capacity: number, type: Float64ArrayConstructor): SharedArrayBuffer;
  };
}

/** Takes numbers only, so rows are an auction and a price. */
export async function ringbuf(): Promise<RunPeer> {
  const { RingBuffer } = await packageOf<Ringbuf>('ringbuf.js');
  const storage = RingBuffer.getStorageForCapacity(RING_NUMBERS, Float64Array);
  const ring = new RingBuffer(storage, Float64Array);
  const worker = new Worker(beside('ringbuf-main', import.meta.url), { workerData: storage });
  const numbers = new Float64Array(WRITE_NUMBERS);
  const write = (length: number): void => {
    for (let done = 0; done < length;) done += ring.push(numbers, length - done, done);
  };
  return async ({ query, bids, checked }) => {
    const answer = once(worker, 'message');
    const task: RingJob = { query, checked, rows: bids.length };
    worker.postMessage(task);
    let at = 0;
    for (const { auction, price } of bids) {
      numbers[at++] = auction;
      numbers[at++] = price;
      if (at < WRITE_NUMBERS) continue;
      write(at);
      at = 0;
    }
    write(at);
    const [result] = (await answer) as [ChecksumState];
    return result;
  };
}
