/**
 * The head of a chain that reads rings: drives rows through the chain, and folds watermarks, status and ends of its
 * channels. Owner: the subtask's worker.
 */

import { fail } from '../base/index.ts';
import { unpackOptions } from '../checkpoint/index.ts';
import { barrierAt, latencyMarkerAt } from '../exchange/index.ts';
import type { InputGate, RingReader } from '../exchange/index.ts';
import { END_OF_TIME, FRAME_KIND_SHIFT, FrameKind, NO_WATERMARK } from '../record/index.ts';
import { BarrierAligner } from './barrier-aligner.ts';
import type { Chain } from './chain.ts';
import type { BarrierWork } from './control-work.ts';
import { rowText } from './user-error.ts';
import type { LatencyMarkers } from './latency-markers.ts';
import { WatermarkTracker } from './watermark-tracker.ts';

/** Steps over the channels of one gate. */
export class InputHead {
  /** Rows of the last step. */
  rows = 0;
  /** Text of the row that the last step failed with. */
  failedRow: string | undefined = undefined;
  /** The combined watermark, `NO_WATERMARK` before the first. */
  watermark: number = NO_WATERMARK;
  readonly #chain: Chain;
  readonly #gate: InputGate;
  readonly #markers: LatencyMarkers;
  readonly #tracker: WatermarkTracker;
  readonly #aligner: BarrierAligner;
  /** A barrier that every channel delivered; the subtask takes the checkpoint and calls `resume`. */
  barrier: BarrierWork | undefined = undefined;

  readonly #monotonicMs: () => number;
  /** When the first barrier of the checkpoint came that is being aligned. */
  #alignedSinceMs = 0;

  constructor(chain: Chain, gate: InputGate, markers: LatencyMarkers, monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
    this.#chain = chain;
    this.#markers = markers;
    this.#gate = gate;
    this.#tracker = new WatermarkTracker(gate.readers.length);
    this.#aligner = new BarrierAligner(gate.readers.length);
  }

  /** Whether every channel is idle. */
  get idle(): boolean {
    return this.#tracker.idle;
  }

  /** The channel that holds the watermark back, or -1. */
  get holdingChannel(): number {
    return this.#tracker.holdingChannel;
  }

  /** The checkpoint of `barrier` was taken: blocked channels go on. */
  resume(): void {
    this.barrier = undefined;
    this.#aligner.finish();
    this.#gate.unblockAll();
  }

  /** Gives up a checkpoint that is being aligned. */
  abort(checkpoint: number): void {
    if (this.barrier !== undefined || !this.#aligner.abort(checkpoint)) return;
    this.#gate.unblockAll();
  }

  /** Whether every channel ended. */
  get ended(): boolean {
    return this.#gate.allEnded;
  }

  /**
   * Takes at most `rowsMax` rows, channel by channel in turn, each channel up to its next control frame; handles that
   * frame and returns when it may have advanced the watermark or completed a barrier. True when anything was taken.
   */
  step(rowsMax: number): boolean {
    const gate = this.#gate;
    const { drives } = this.#chain.driver;
    this.rows = 0;
    this.failedRow = undefined;
    let progressed = false;
    let channels = gate.readers.length;
    try {
      while (this.rows < rowsMax && channels-- > 0) {
        const channel = gate.next();
        if (channel < 0) break;
        progressed = true;
        const reader = gate.readers[channel]!;
        const drive = drives[this.#chain.inputOfChannel[channel]!]!;
        const rows = drive(reader, rowsMax - this.rows);
        reader.rows += rows;
        this.rows += rows;
        if (this.#chain.full) break;
        if (this.rows < rowsMax && reader.pos !== reader.end && this.#control(channel, reader))
          break;
      }
    } catch (error) {
      // Read before the row's bytes go back to their producer.
      this.failedRow = rowText(this.#chain.driver.currentRow());
      throw error;
    } finally {
      // The last release is not put off: it also says how much was read.
      if (gate.allEnded) gate.releaseAll();
      else for (let i = 0; i < gate.readers.length; i++) gate.readers[i]!.release();
    }
    return progressed;
  }

  /** Handles the control frame at the reader's position; true when the step should end: the combined watermark advanced, or a barrier is complete. */
  #control(channel: number, reader: RingReader): boolean {
    const { memory, prefixBytes } = reader;
    const frame = reader.pos & reader.mask;
    const word = memory.i32[(frame + prefixBytes) >> 2]!;
    const body = frame + prefixBytes + 8;
    let advanced = false;
    switch (word >>> FRAME_KIND_SHIFT) {
      case FrameKind.row:
        return false;
      case FrameKind.pad:
        break;
      case FrameKind.watermark:
        advanced = this.#tracker.onWatermark(channel, memory.f64[body >> 3]!);
        break;
      case FrameKind.status:
        advanced = this.#tracker.onStatus(channel, memory.i32[body >> 2] === 1);
        break;
      case FrameKind.end:
        this.#gate.markEnded(channel);
        advanced = this.#tracker.onEnd(channel);
        if (this.#aligner.onEnd(channel)) this.#complete();
        break;
      case FrameKind.latencyMarker: {
        const { intendedMs, source } = latencyMarkerAt(memory, body);
        // Behind the rows that came before it.
        this.#chain.driver.flush();
        this.#markers.pass(intendedMs, source);
        break;
      }
      case FrameKind.barrier: {
        const before = this.#aligner.current;
        const barrier = barrierAt(memory, body);
        const alignment = this.#aligner.onBarrier(channel, barrier);
        // A newer checkpoint took the place of one that never completed.
        if (before !== this.#aligner.current) {
          this.#gate.unblockAll();
          this.#alignedSinceMs = this.#monotonicMs();
        }
        if (alignment === 'complete') this.#complete();
        const { mode } = unpackOptions(barrier.options);
        if (alignment !== 'stale' && mode !== 'at-least-once') this.#gate.block(channel);
        break;
      }
      default:
        fail('a frame has a known kind');
    }
    reader.skipFrame();
    if (advanced && this.#tracker.current < END_OF_TIME) this.watermark = this.#tracker.current;
    return advanced || this.barrier !== undefined;
  }

  #complete(): void {
    const alignmentMs = this.#monotonicMs() - this.#alignedSinceMs;
    this.barrier = { ...this.#aligner.current!, alignmentMs };
  }
}
