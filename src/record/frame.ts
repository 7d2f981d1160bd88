/**
 * A frame: the unit that lies in a ring. The grammar of a channel, and the words of a frame's header.
 *
 * Grammar (per channel, in order):
 *
 *     channel = (row | watermark | status | barrier | latencyMarker | pad)* end
 *
 *     - watermarks only ever advance; status alternates idle, active; `pad` fills the end of the ring before a wrap;
 *     - nothing follows `end`.
 *
 * Frame, at an 8-byte aligned offset p. `prefix` is 8 on channels whose rows carry a timestamp, else 0; it is a
 * property of the channel, fixed in the plan, so that every offset is a constant:
 *
 *     p                 [ float64 timestamp ]          only when prefix = 8 (unused by frames that are not rows)
 *     p + prefix        [ word0: kind | rowKind | payloadBytes ]   int32
 *     p + prefix + 4    [ word1: key hash of a row (murmur32, 0 .. 2^31-1), or 0 ]   int32
 *     p + prefix + 8    [ payload: a row, or the body of a control frame ]   multiple of 8 bytes
 *
 *     word0:  31 | 30..28 kind | 27..26 row kind | 25..0 payload bytes
 *
 * A row stored in keyed state keeps the same 8-byte header before it, so the length of the row at `at` is always
 * `i32[(at - 8) >> 2] & PAYLOAD_BYTES_MASK`.
 */

/** Bytes of word0 and word1. */
export const FRAME_HEADER_BYTES = 8;
/** Bytes of the timestamp before the header, on channels that carry one. */
export const TIMESTAMP_BYTES = 8;
/** Payload length within word0. */
export const PAYLOAD_BYTES_MASK = 0x03ffffff;
/** Largest payload: 64 MiB less one alignment step. */
export const PAYLOAD_BYTES_MAX = 0x03fffff8;
/** `word0 >>> FRAME_KIND_SHIFT` is the frame's kind. */
export const FRAME_KIND_SHIFT = 28;
/** `(word0 >>> ROW_KIND_SHIFT) & 3` is the row's kind. */
export const ROW_KIND_SHIFT = 26;

/** What a frame is. `row` is 0, so that word0 of an inserted row is just its length. */
export const FrameKind = {
  row: 0,
  /** Fills the ring up to its end; the next frame lies at offset 0. Never seen by operators. */
  pad: 1,
  /** Payload: float64 watermark, milliseconds. */
  watermark: 2,
  /** Payload: int32 1 = idle, 0 = active, then 4 bytes unused. */
  status: 3,
  /** Payload: float64 checkpoint id, float64 trigger time in ms, int32 options, int32 1 = announced beside the ring. */
  barrier: 4,
  /** Payload: float64 intended monotonic time in ms, int32 source subtask, 4 bytes unused. */
  latencyMarker: 5,
  /** Empty payload; the last frame of a channel. */
  end: 6,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** The changelog kind of a row: what it does to the table that the stream describes. */
export const RowKind = { insert: 0, updateBefore: 1, updateAfter: 2, delete: 3 } as const;
export type RowKind = (typeof RowKind)[keyof typeof RowKind];

const ROW_KIND_TEXTS = ['+I', '-U', '+U', '-D'] as const;

/** How a kind is written: `+I`, `-U`, `+U`, `-D`, as Flink does. */
export function rowKindText(kind: RowKind): string {
  return ROW_KIND_TEXTS[kind];
}

/** A row without a timestamp; smaller than every timestamp. */
export const NO_TIMESTAMP: number = Number.MIN_SAFE_INTEGER;
/** Before the first watermark; smaller than every watermark. */
export const NO_WATERMARK: number = Number.MIN_SAFE_INTEGER;
/** The watermark of the end of time; greater than every timestamp. */
export const END_OF_TIME: number = Number.MAX_SAFE_INTEGER;
