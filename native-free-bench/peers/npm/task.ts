/** The queries that peers on npm do, as the parts that each of them puts together by its own means; and where their rows go. */

import { TableChecksum } from '../../nexmark/checksum.ts';
import type { ChecksumState } from '../../nexmark/checksum.ts';
import type { Bid } from '../../nexmark/generator-records.ts';
import { queryOf } from '../../nexmark/queries/index.ts';

/** One query: what is kept, and what becomes of it. */
export interface Task {
  readonly keep: (bid: Bid) => boolean;
  readonly map: (bid: Bid) => unknown;
}

/** By name of the query. */
export const TASKS: Readonly<Record<string, Task>> = {
  q0: { keep: () => true, map: (bid) => bid },
  q1: {
    keep: () => true,
    map: ({ auction, bidder, price, dateTime, extra }) => ({
      auction,
      bidder,
      price: 0.908 * price,
      dateTime,
      extra,
    }),
  },
  q2: {
    keep: (bid) => bid.auction % 123 === 0,
    map: ({ auction, price }) => ({ auction, price }),
  },
};

/** Takes result rows. */
export interface Tally {
  readonly emit: (row: unknown) => void;
  readonly result: () => ChecksumState;
}

/** Sums up rows into the checksum, or counts them and keeps the last, so that none need not be made. */
export function tallyOf(queryName: string, checked: boolean): Tally & { last: unknown } {
  const checksum = new TableChecksum();
  const query = queryOf(queryName);
  const tally = {
    last: undefined as unknown,
    emit: checked
      ? (row: unknown): void => {
          checksum.begin();
          query.columns(row as never, checksum);
          checksum.add();
        }
      : (row: unknown): void => {
          checksum.rows++;
          tally.last = row;
        },
    result: (): ChecksumState => ({ rows: checksum.rows, low: checksum.low, high: checksum.high }),
  };
  return tally;
}

/** One run of a peer. */
export interface PeerRun {
  readonly query: string;
  readonly bids: readonly Bid[];
  readonly checked: boolean;
}

/** A peer that is ready. */
export type RunPeer = (run: PeerRun) => ChecksumState | Promise<ChecksumState>;
