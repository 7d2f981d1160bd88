/** What a peer gave in one run with ours: its own figure and the ratio of pairs. */

import type { Spread } from '../harness.ts';

/** One peer of one query. */
export interface PeerResult {
  /** Events per second; median. */
  readonly value: number;
  readonly unit: 'events/s';
  /** Ours in the same runs, into the same kind of sink; median. */
  readonly ours: number;
  /** Ours by the peer's, of neighbouring runs. */
  readonly ratio: Spread;
  readonly pairs: number;
  readonly [extra: string]: unknown;
}

/** All peers that were asked for. */
export interface PeerResults {
  readonly found: Readonly<Record<string, PeerResult>>;
  /** Why there is none, by name. */
  readonly missing: Readonly<Record<string, string>>;
}
