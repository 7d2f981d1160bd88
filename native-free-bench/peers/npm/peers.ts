/** The peers on npm by name. */

import { d2ts, loop, most, nodeStream, rxjs } from './inline.ts';
import type { RunPeer } from './task.ts';
import { piscina, ringbuf, threadStream } from './threads.ts';

/** One peer. */
export interface NpmPeer {
  /** Threads that it works on, which is the number of workers ours has beside it. */
  readonly threads: 1 | 2;
  readonly queries: readonly string[];
  /** @throws Error with code ERR_MODULE_NOT_FOUND its package is not installed */
  open(): Promise<RunPeer>;
}

const ALL = ['q0', 'q1', 'q2'] as const;

export const PEERS: Readonly<Record<string, NpmPeer>> = {
  loop: { threads: 1, queries: ALL, open: loop },
  'node-stream': { threads: 1, queries: ALL, open: nodeStream },
  rxjs: { threads: 1, queries: ALL, open: rxjs },
  most: { threads: 1, queries: ALL, open: most },
  d2ts: { threads: 1, queries: ALL, open: d2ts },
  piscina: { threads: 2, queries: ALL, open: piscina },
  'thread-stream': { threads: 2, queries: ALL, open: threadStream },
  // Carries numbers only.
  'ringbuf.js': { threads: 2, queries: ['q2'], open: ringbuf },
};
