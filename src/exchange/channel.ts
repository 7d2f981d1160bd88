/** Allocation of a ring, and the descriptor of it that crosses threads. */

import {
  BYTES_READ_STAT,
  BYTES_WRITTEN_STAT,
  checkCapacity,
  CONTROL_BYTES,
  LIMIT_WORD,
  OVERDRAFT_MAX_STAT,
  OVERDRAFT_STAT,
  READ_WORD,
  ROWS_READ_STAT,
  ROWS_WRITTEN_STAT,
  usableBytes,
  WINDOW_STAT,
  WITHOUT_CREDIT_US_STAT,
  WRITTEN_WORD,
} from './ring-layout.ts';
import { EXCLUSIVE_BYTES_DEFAULT } from './credits.ts';

/** A ring as plain data: goes to both workers by `postMessage`. */
export interface RingDescriptor {
  /** A power of two, 4 KiB .. 1 GiB. */
  readonly capacityBytes: number;
  readonly control: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
}

/** What a ring has carried and holds now; a snapshot that need not be consistent between its numbers. */
export interface RingStatistics {
  /** Rows committed when its producer last published. */
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly bytesWritten: number;
  readonly bytesRead: number;
  /** Bytes published and not yet reported as read. */
  readonly backlogBytes: number;
  /** Bytes the producer may still write. */
  readonly creditBytes: number;
  /** Bytes granted beyond the read position. */
  readonly windowBytes: number;
  /** Milliseconds the producer waited for credit. */
  readonly withoutCreditMs: number;
  readonly overdraftBytes: number;
  readonly overdraftMaxBytes: number;
}

/**
 * Allocates an empty ring. Any thread; usually main.
 *
 * @param capacityBytes a power of two, 4 KiB .. 1 GiB
 * @param startPosition where its positions begin, an int32 multiple of 16; tests put it near 2^31
 * @throws ERR_EXCHANGE_RING_RANGE, ERR_EXCHANGE_RING_POWER
 * @example
 * const ring = createRing(1048576);
 * worker.postMessage(ring);
 */
export function createRing(capacityBytes: number, startPosition = 0): RingDescriptor {
  checkCapacity(capacityBytes);
  const control = new SharedArrayBuffer(CONTROL_BYTES);
  const words = new Int32Array(control);
  words[WRITTEN_WORD] = startPosition;
  words[READ_WORD] = startPosition;
  words[LIMIT_WORD] = startPosition + Math.min(EXCLUSIVE_BYTES_DEFAULT, usableBytes(capacityBytes));
  return { capacityBytes, control, data: new SharedArrayBuffer(capacityBytes) };
}

/** Bytes of memory that a ring takes. */
export function ringMemoryBytes(capacityBytes: number): number {
  return capacityBytes + CONTROL_BYTES;
}

/**
 * The statistics of a ring, for metrics. Any thread; plain loads of words that their owners store plainly.
 */
export function readRingStatistics(ring: RingDescriptor): RingStatistics {
  const words = new Int32Array(ring.control);
  const stats = new Float64Array(ring.control);
  const written = words[WRITTEN_WORD]!;
  return {
    rowsWritten: stats[ROWS_WRITTEN_STAT]!,
    rowsRead: stats[ROWS_READ_STAT]!,
    bytesWritten: stats[BYTES_WRITTEN_STAT]!,
    bytesRead: stats[BYTES_READ_STAT]!,
    backlogBytes: Math.max(0, (written - words[READ_WORD]!) | 0),
    creditBytes: Math.max(0, (words[LIMIT_WORD]! - written) | 0),
    windowBytes: stats[WINDOW_STAT]!,
    withoutCreditMs: stats[WITHOUT_CREDIT_US_STAT]! / 1000,
    overdraftBytes: stats[OVERDRAFT_STAT]!,
    overdraftMaxBytes: stats[OVERDRAFT_MAX_STAT]!,
  };
}
