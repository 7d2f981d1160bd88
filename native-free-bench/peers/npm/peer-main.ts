/** One peer in a thread of its own, so that no other's type feedback touches it; it makes its events, then runs when asked. */

import { parentPort, workerData } from 'node:worker_threads';
import type { ChecksumState } from '../../nexmark/checksum.ts';
import { plainEvents } from '../../nexmark/generator-events.ts';
import { byKind } from '../../nexmark/models/index.ts';
import { PEERS } from './peers.ts';

/** What to run. */
export interface PeerJob {
  readonly peer: string;
  readonly query: string;
  readonly events: number;
}

/** What it says: that it is ready, that a package is missing, or what a run came to. */
export type PeerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'ran'; readonly result: ChecksumState; readonly seconds: number };

if (parentPort !== null) {
  const port = parentPort;
  const tell = (message: PeerMessage): void => port.postMessage(message);
  const { peer, query, events } = workerData as PeerJob;
  try {
    const run = await PEERS[peer]!.open();
    const { bids } = byKind(plainEvents({ events }));
    const answer = async (checked: boolean): Promise<void> => {
      const startMs = performance.now();
      const result = await run({ query, bids, checked });
      tell({ kind: 'ran', result, seconds: (performance.now() - startMs) / 1000 });
    };
    // A run that fails ends the thread, which the other side sees.
    port.on('message', (checked: boolean) => void answer(checked));
    tell({ kind: 'ready' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw error;
    tell({ kind: 'missing', reason: `${message.split(' imported')[0]}, run npm run bench:peers` });
  }
}
