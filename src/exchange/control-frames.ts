/**
 * Control frames: writing them without waiting for credit, and reading their bodies. Layout: src/record/frame.ts.
 */

import { FRAME_HEADER_BYTES, FRAME_KIND_SHIFT, FrameKind } from '../record/index.ts';
import type { Memory } from '../record/index.ts';
import type { RingWriter } from './ring-writer.ts';

const WATERMARK_BYTES = 8;
const STATUS_BYTES = 8;
const BARRIER_BYTES = 24;
const LATENCY_MARKER_BYTES = 16;

/** Writes a watermark: no row with a timestamp ≤ `value` (ms since the epoch) follows. */
export function writeWatermark(writer: RingWriter, value: number): void {
  const at = begin(writer, FrameKind.watermark, WATERMARK_BYTES);
  writer.memory.f64[at >> 3] = value;
  end(writer, WATERMARK_BYTES);
}

/** Writes that the producer went idle, or is active again. */
export function writeStatus(writer: RingWriter, idle: boolean): void {
  const at = begin(writer, FrameKind.status, STATUS_BYTES);
  writer.memory.i32[at >> 2] = idle ? 1 : 0;
  writer.memory.i32[(at + 4) >> 2] = 0;
  end(writer, STATUS_BYTES);
}

/**
 * Writes a checkpoint barrier.
 *
 * @param checkpoint id, an integer ≥ 0
 * @param triggeredAtMs ms since the epoch
 * @param options int32, whatever the checkpoint protocol puts into it
 */
export function writeBarrier(
  writer: RingWriter,
  checkpoint: number,
  triggeredAtMs: number,
  options: number,
): void {
  const at = begin(writer, FrameKind.barrier, BARRIER_BYTES);
  putBarrier(writer.memory, at, checkpoint, triggeredAtMs, options, 0);
  end(writer, BARRIER_BYTES);
}

/** Whether {@link overtakeByBarrier} has room. */
export function hasRoomForBarrier(writer: RingWriter): boolean {
  return writer.mayOvertake(writer.prefixBytes + FRAME_HEADER_BYTES + BARRIER_BYTES);
}

/** Writes a barrier ahead of the overdraft, and announces it. Parameters as {@link writeBarrier}. */
export function overtakeByBarrier(
  writer: RingWriter,
  checkpoint: number,
  triggeredAtMs: number,
  options: number,
): void {
  const { prefixBytes } = writer;
  writer.overtake(prefixBytes + FRAME_HEADER_BYTES + BARRIER_BYTES, (memory, frameAt) => {
    const at = header(memory, frameAt, prefixBytes, FrameKind.barrier, BARRIER_BYTES);
    putBarrier(memory, at, checkpoint, triggeredAtMs, options, 1);
  });
}

/** Whether the barrier whose payload is at `payloadAt` was announced. */
export function isAnnounced(memory: Memory, payloadAt: number): boolean {
  return memory.i32[(payloadAt + 20) >> 2] === 1;
}

/**
 * Writes a latency marker.
 *
 * @param intendedMs monotonic ms at which it was due at its source
 * @param source subtask that made it
 */
export function writeLatencyMarker(writer: RingWriter, intendedMs: number, source: number): void {
  const at = begin(writer, FrameKind.latencyMarker, LATENCY_MARKER_BYTES);
  writer.memory.f64[at >> 3] = intendedMs;
  writer.memory.i32[(at + 8) >> 2] = source;
  writer.memory.i32[(at + 12) >> 2] = 0;
  end(writer, LATENCY_MARKER_BYTES);
}

/** Writes the last frame of the channel. */
export function writeEnd(writer: RingWriter): void {
  begin(writer, FrameKind.end, 0);
  end(writer, 0);
}

/** The watermark whose payload is at `payloadAt`, ms since the epoch. */
export function watermarkAt(memory: Memory, payloadAt: number): number {
  return memory.f64[payloadAt >> 3]!;
}

/** Whether the status whose payload is at `payloadAt` says idle. */
export function idleAt(memory: Memory, payloadAt: number): boolean {
  return memory.i32[payloadAt >> 2] === 1;
}

/** A barrier's body. */
export interface Barrier {
  readonly checkpoint: number;
  /** ms since the epoch. */
  readonly triggeredAtMs: number;
  readonly options: number;
}

/** The barrier whose payload is at `payloadAt`. */
export function barrierAt(memory: Memory, payloadAt: number): Barrier {
  return {
    checkpoint: memory.f64[payloadAt >> 3]!,
    triggeredAtMs: memory.f64[(payloadAt + 8) >> 3]!,
    options: memory.i32[(payloadAt + 16) >> 2]!,
  };
}

/** A latency marker's body. */
export interface LatencyMarker {
  /** Monotonic ms. */
  readonly intendedMs: number;
  readonly source: number;
}

/** The latency marker whose payload is at `payloadAt`. */
export function latencyMarkerAt(memory: Memory, payloadAt: number): LatencyMarker {
  return {
    intendedMs: memory.f64[payloadAt >> 3]!,
    source: memory.i32[(payloadAt + 8) >> 2]!,
  };
}

/** Claims the frame, writes prefix and header; returns the payload's offset. */
function begin(writer: RingWriter, kind: FrameKind, payloadBytes: number): number {
  const { prefixBytes } = writer;
  const frameAt = writer.claimControl(prefixBytes + FRAME_HEADER_BYTES + payloadBytes);
  return header(writer.memory, frameAt, prefixBytes, kind, payloadBytes);
}

/** Writes prefix and header of a frame; returns the payload's offset. */
function header(
  { f64, i32 }: Memory,
  frameAt: number,
  prefixBytes: 0 | 8,
  kind: FrameKind,
  payloadBytes: number,
): number {
  if (prefixBytes !== 0) f64[frameAt >> 3] = 0;
  const headerAt = frameAt + prefixBytes;
  i32[headerAt >> 2] = (kind << FRAME_KIND_SHIFT) | payloadBytes;
  i32[(headerAt + 4) >> 2] = 0;
  return headerAt + FRAME_HEADER_BYTES;
}

function putBarrier(
  { f64, i32 }: Memory,
  at: number,
  checkpoint: number,
  triggeredAtMs: number,
  options: number,
  announced: 0 | 1,
): void {
  f64[at >> 3] = checkpoint;
  f64[(at + 8) >> 3] = triggeredAtMs;
  i32[(at + 16) >> 2] = options;
  i32[(at + 20) >> 2] = announced;
}

function end(writer: RingWriter, payloadBytes: number): void {
  writer.commitControl(writer.prefixBytes + FRAME_HEADER_BYTES + payloadBytes);
}
