/** Thread entry of ring-one-to-one: receives what it is told to, answers with the sum. */

import { parentPort, workerData } from 'node:worker_threads';
import { PlainConsumer, RingConsumer } from './ring-one-to-one-kernels.ts';
import type { Shared } from './ring-one-to-one-kernels.ts';

const shared = workerData as Shared;
const consumers = { ring: new RingConsumer(shared), plain: new PlainConsumer(shared) };

parentPort!.on('message', (order: { contender: 'ring' | 'plain'; rows: number }) => {
  parentPort!.postMessage('started');
  parentPort!.postMessage(consumers[order.contender].receive(order.rows));
});
