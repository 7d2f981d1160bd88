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
import { OvertakenInput } from './overtaken-input.ts';
import type { RecoveredFrames } from './recovered-frames.ts';
import { RecoveredInput } from './recovered-input.ts';
import { WatermarkTracker } from './watermark-tracker.ts';

/** What the subtask needs to know of a barrier that is taken now. */
type Copies = ReturnType<OvertakenInput['begin']>;

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
  readonly #overtaken: OvertakenInput;
  /** Rows that a barrier had overtaken and that were not read yet; no barrier is looked at before they are. */
  #recovered: RecoveredInput | undefined = undefined;
  /** Whether `barrier` overtakes rows. */
  #overtakes = false;
  /** A barrier that every channel delivered, or that overtakes; the subtask takes the checkpoint and calls `resume`. */
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
    this.#overtaken = new OvertakenInput(
      gate,
      chain.inputChannels,
      chain.inputsOvertaken,
      this.#aligner,
      this.#tracker,
    );
  }

  /** Takes back rows that a barrier had overtaken: they are read before all others. */
  restore(recovered: RecoveredFrames): void {
    this.#recovered = new RecoveredInput(this.#chain, recovered, this.#tracker);
  }

  /** A barrier comes from outside, behind all that the channels hold: their producers have finished. */
  trigger(barrier: BarrierWork): void {
    this.#overtaken.sent = barrier;
  }

  /**
   * Looks for a barrier that is to overtake rows now; `barrier` is set then.
   *
   * @param nowMs ms since the epoch
   */
  overtake(nowMs: number): boolean {
    if (this.barrier !== undefined || this.#recovered !== undefined) return false;
    if (this.#overtaken.recording) this.#overtaken.catchUpAll();
    const next = this.#overtaken.next();
    if (next === undefined || next.atMs > nowMs) return false;
    const aligning = this.#aligner.current?.checkpoint === next.barrier.checkpoint;
    const alignmentMs = aligning ? this.#monotonicMs() - this.#alignedSinceMs : 0;
    this.barrier = { ...next.barrier, alignmentMs };
    this.#overtakes = true;
    return true;
  }

  /** When a barrier will overtake that is waited for, in ms since the epoch; Infinity when none is. */
  get overtakesAtMs(): number {
    if (this.barrier !== undefined || this.#recovered !== undefined) return Infinity;
    return this.#overtaken.next()?.atMs ?? Infinity;
  }

  /** Gives up what is being copied for a checkpoint. */
  drop(): void {
    this.#overtaken.drop('the subtask ends');
  }

  /** Whether every channel is idle. */
  get idle(): boolean {
    return this.#tracker.idle;
  }

  /** The channel that holds the watermark back, or -1. */
  get holdingChannel(): number {
    return this.#tracker.holdingChannel;
  }

  /** The checkpoint of `barrier` was taken: blocked channels go on. Gives what is on its way, where the barrier overtook it. */
  resume(): Copies | undefined {
    const { barrier } = this;
    if (barrier === undefined) return undefined;
    const copies = this.#overtakes ? this.#overtaken.begin(barrier) : undefined;
    this.#overtakes = false;
    this.barrier = undefined;
    this.#aligner.finish(barrier.checkpoint);
    this.#gate.unblockAll();
    return copies;
  }

  /** Gives up a checkpoint that is being aligned, or whose rows are being copied. */
  abort(checkpoint: number): void {
    this.#overtaken.abort(checkpoint);
    // Nobody sends its other barriers any more.
    if (this.barrier?.checkpoint === checkpoint) this.#overtakes = false;
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
      if (this.#recovered !== undefined) return this.#recover(this.#recovered, rowsMax);
      while (this.rows < rowsMax && channels-- > 0) {
        const channel = gate.next();
        if (channel < 0) break;
        progressed = true;
        const reader = gate.readers[channel]!;
        if (this.#overtaken.recording) this.#overtaken.catchUp(channel);
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
      // What follows the last end is no step of this head.
      if (gate.allEnded) this.#overtaken.catchUpAll();
      // The last release is not put off: it also says how much was read.
      if (gate.allEnded) gate.releaseAll();
      else for (let i = 0; i < gate.readers.length; i++) gate.readers[i]!.release();
    }
    return progressed;
  }

  /** A step over rows that a barrier had overtaken. */
  #recover(recovered: RecoveredInput, rowsMax: number): boolean {
    recovered.step(rowsMax);
    this.rows = recovered.rows;
    const { watermark } = recovered;
    if (watermark > this.watermark && watermark < END_OF_TIME) this.watermark = watermark;
    if (recovered.done) this.#recovered = undefined;
    return true;
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
    const { current } = this.#tracker;
    // Behind what recovered rows had come to, it may have to catch up.
    if (advanced && current < END_OF_TIME && current > this.watermark) this.watermark = current;
    return advanced || this.barrier !== undefined;
  }

  #complete(): void {
    const alignmentMs = this.#monotonicMs() - this.#alignedSinceMs;
    this.barrier = { ...this.#aligner.current!, alignmentMs };
  }
}
