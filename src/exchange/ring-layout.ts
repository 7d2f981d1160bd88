/**
 * The shared bytes of a ring: one producer, one consumer, two buffers of fixed size.
 *
 * `control`: Int32 words, one hot word on each 128 bytes, so that no two of them share a cache line nor a pair of lines that the
 * hardware prefetches together. P: only the producer stores it, C: only the consumer.
 *
 *     byte    0  WRITTEN  P  everything before it may be read; by Atomics
 *     byte  128  LIMIT    C  rows may be written up to it; by Atomics; never moves back
 *     byte  256  READ     C  everything before it was read; plain, for metrics
 *     byte  384  WANTED   P  bytes the producer waits for beyond WRITTEN, 0 when it does not wait; by Atomics
 *     byte  512  producer's statistics: float64 words, plain
 *     byte  640  consumer's statistics: float64 words, plain
 *     byte  768  BARRIERS P  barriers that may overtake, published in the ring so far; by Atomics
 *     byte  896  end
 *
 * `data`: a power of two bytes, no header, so `offset = position & (capacity - 1)`.
 *
 *        0                                                                capacity
 *        |....free....| frames not yet read | granted | reserve |....free....|
 *                     READ                  WRITTEN   LIMIT     LIMIT + CONTROL_RESERVE_BYTES
 *
 * Positions are byte counts since the ring began that wrap in Int32: compare them by `(a - b) | 0`, which is right as long as
 * they are less than 2^31 apart; a capacity of at most 2^30 sees to that.
 *
 * Laws (tested in test/exchange/ring.property.test.ts):
 *  1. READ ≤ WRITTEN ≤ LIMIT + CONTROL_RESERVE_BYTES ≤ READ + capacity.
 *  2. No frame lies across the end of the data; a `pad` frame fills what is left there.
 *  3. A frame of at most `frameBytesMax` bytes, its pad included, always fits a ring that has been read empty.
 *
 * The reserve is room that rows are never granted: watermarks, barriers, status and end may use it, so they do not wait for
 * credit, and need not look at READ. Its last part is for barriers that overtake what waits for credit.
 */

import { EngineError, isPowerOfTwo, nextPowerOfTwo } from '../base/index.ts';

/** Int32 words over a buffer of fixed size that threads share. */
export type SharedInt32 = Int32Array<SharedArrayBuffer>;
/** Float64 words over the same. Plain stores: a 64-bit machine does not tear them. */
export type SharedFloat64 = Float64Array<SharedArrayBuffer>;

/** Bytes between two hot words: two cache lines. */
export const LINE_PAIR_BYTES = 128;

/** Index of the Int32 word with the producer's published write position. */
export const WRITTEN_WORD = 0;
/** Index of the Int32 word with the consumer's credit limit. */
export const LIMIT_WORD = 32;
/** Index of the Int32 word with the consumer's published read position. */
export const READ_WORD = 64;
/** Index of the Int32 word with the bytes the producer waits for. */
export const WANTED_WORD = 96;
/** Index of the Int32 word that counts the barriers in the ring which may overtake. */
export const BARRIERS_WORD = 192;

/** Index of the Float64 words that the producer keeps. */
export const ROWS_WRITTEN_STAT = 64;
export const BYTES_WRITTEN_STAT = 65;
/** Microseconds the producer waited for credit. */
export const WITHOUT_CREDIT_US_STAT = 66;
/** Bytes in the overdraft now, and at most so far. */
export const OVERDRAFT_STAT = 67;
export const OVERDRAFT_MAX_STAT = 68;
/** Index of the Float64 words that the consumer keeps. */
export const ROWS_READ_STAT = 80;
export const BYTES_READ_STAT = 81;
/** The window now granted, in bytes. */
export const WINDOW_STAT = 82;

/** Bytes of the control buffer. */
export const CONTROL_BYTES = 896;
/** Room at the end of each grant that only control frames use: some 25 to 60 of them. */
export const CONTROL_RESERVE_BYTES = 1024;
/** The part of it for all but barriers that overtake, some six of which fit into the rest. */
export const FRAME_RESERVE_BYTES = 768;

export const RING_BYTES_MIN = 4096;
export const RING_BYTES_MAX: number = 2 ** 30;

/**
 * Checks the size of a ring.
 *
 * @param capacityBytes a power of two, 4 KiB .. 1 GiB
 * @throws ERR_EXCHANGE_RING_RANGE, ERR_EXCHANGE_RING_POWER
 * @example
 * checkCapacity(65536);
 */
export function checkCapacity(capacityBytes: number): void {
  if (!(capacityBytes >= RING_BYTES_MIN && capacityBytes <= RING_BYTES_MAX)) {
    throw new EngineError('ERR_EXCHANGE_RING_RANGE', {
      minBytes: RING_BYTES_MIN,
      maxBytes: RING_BYTES_MAX,
      gotBytes: capacityBytes,
    });
  }
  if (!isPowerOfTwo(capacityBytes)) {
    throw new EngineError('ERR_EXCHANGE_RING_POWER', {
      gotBytes: capacityBytes,
      nextBytes: nextPowerOfTwo(Math.ceil(capacityBytes)),
    });
  }
}

/** Bytes that may be granted to rows: the capacity less the reserve. */
export function usableBytes(capacityBytes: number): number {
  return capacityBytes - CONTROL_RESERVE_BYTES;
}

/**
 * Bytes of the largest frame, a multiple of 8: half of what may be granted, since the pad before it can be as long as itself.
 *
 * @example
 * frameBytesMax(1048576); // 523760
 */
export function frameBytesMax(capacityBytes: number): number {
  return (((capacityBytes - CONTROL_RESERVE_BYTES) >> 1) - 16) & -8;
}

/**
 * Bytes of the data in which frames may end. With timestamps the last 16 bytes are kept for a pad's prefix and header, which
 * 8 bytes could not hold; without, any multiple of 8 can hold a pad.
 */
export function lapBytes(capacityBytes: number, prefixBytes: 0 | 8): number {
  return capacityBytes - 2 * prefixBytes;
}

/** A frame that no ring of this capacity ever takes. @throws ERR_EXCHANGE_ROW_TOO_LARGE always */
export function failRowTooLarge(rowBytes: number, capacityBytes: number): never {
  let needBytes = capacityBytes;
  while (needBytes < RING_BYTES_MAX && frameBytesMax(needBytes) < rowBytes) needBytes *= 2;
  throw new EngineError('ERR_EXCHANGE_ROW_TOO_LARGE', {
    rowBytes,
    ringBytes: capacityBytes,
    maxBytes: frameBytesMax(capacityBytes),
    needBytes,
    setting: 'ringBytes',
  });
}
