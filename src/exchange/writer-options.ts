/** How the producer's end of a ring is wired, and the defaults. */

import type { Clock } from '../base/index.ts';
import type { Doorbell } from './doorbell.ts';

/**
 * Bytes after which a writer publishes by itself. Writing 32-byte rows one by one costs 10.7, 9.6, 9.5 ns each with segments
 * of 4, 16, 64 KiB (in runs 5.7, 5.3, 5.2): more than 16 KiB only makes the consumer wait.
 */
export const SEGMENT_BYTES_DEFAULT = 16_384;
/** Bytes that one channel may hold back beyond its ring. */
export const OVERDRAFT_BYTES_DEFAULT: number = 64 * 1024 * 1024;

/** Told when a writer begins to hold frames back. */
export interface Pressure {
  full: boolean;
}

/** How a writer is wired. */
export interface RingWriterOptions {
  /** 8 when rows carry timestamps; the same as its reader's. */
  readonly prefixBytes: 0 | 8;
  /** Bell of the consumer's worker; undefined when nobody ever sleeps (tests, one thread). */
  readonly consumerBell?: Doorbell | undefined;
  /** Publishes by itself after so many bytes. */
  readonly segmentBytes?: number;
  /** Bound of the overdraft. */
  readonly overdraftBytes?: number;
  /** For the time spent without credit. */
  readonly clock?: Clock;
  /** Its `full` becomes true when the writer begins to hold frames back. */
  readonly pressure?: Pressure;
}
