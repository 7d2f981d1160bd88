/**
 * Where a row lies in a state table, and how a 32-bit reference names it.
 *
 * Stored row, `at` 8-byte aligned:
 *
 *     at - 24   [ float64 timestamp ]              only in tables with timestamps
 *     at - 16   [ int32 previous | int32 next ]    references: the rows in insertion order
 *     at -  8   [ word0: length | word1: hash ]    the header of a frame, so that `rowBytes` works
 *     at        [ row ]
 *
 * Reference: `page << 20 | at >> 3`; 0 names no row (no row can start at offset 0 of page 0). A page has its own
 * address range of 8 MiB, whatever its size. A larger row has a page to itself and starts near its beginning, so the
 * 20 bits reach it as well.
 */

/** `ref >>> REF_PAGE_SHIFT` is the page's index. */
export const REF_PAGE_SHIFT = 20;
/** `(ref & REF_UNIT_MASK) << 3` is the row's offset in its page. */
export const REF_UNIT_MASK = 0xfffff;
/** No row. */
export const NO_REF = 0;
/** Largest page that holds more than one row: 8 MiB, so that growth never asks for more at once. */
export const PAGE_BYTES_MAX: number = 8 << 20;
/** Pages that references can name. */
export const PAGES_MAX = 4096;

/** Bytes before `at` in a table without timestamps. */
export const ROW_PREFIX_BYTES = 16;
/** Bytes before `at` in a table with timestamps. */
export const ROW_PREFIX_BYTES_TIMED = 24;
/** Offsets relative to `at`. */
export const ROW_TIMESTAMP = -24;
export const ROW_PREVIOUS = -16;
export const ROW_NEXT = -12;
export const ROW_WORD0 = -8;
export const ROW_HASH = -4;
