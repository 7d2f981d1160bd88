/**
 * The barriers that overtake rows on the way into a subtask: when one is due, and what it overtook.
 *
 * A barrier is due when it is in some ring, or was sent from outside, and as much time has passed since its trigger as its options
 * say; on channels where none may overtake it must have been read. From the snapshot on, what each other channel holds up to the
 * barrier is copied, also while it is being read, until the barriers of all channels, or their ends, are in the rings.
 *
 * Law (test/runtime/overtaking.property.test.ts): the snapshot and the copies restored and read before anything else give what the run
 * gives that goes on.
 */

import { MiB } from '../base/index.ts';
import { overtakesAfterMs } from '../checkpoint/index.ts';
import type { InFlightChannel, InFlightFrames } from '../checkpoint/index.ts';
import { BarrierScout, ChannelRecording, FrameCopies } from '../exchange/index.ts';
import type { Barrier, InputGate } from '../exchange/index.ts';
import { NO_WATERMARK } from '../record/index.ts';
import type { BarrierAligner } from './barrier-aligner.ts';
import type { WatermarkTracker } from './watermark-tracker.ts';

/** Bytes that are copied while rows are read that a barrier overtakes; then their channel waits for its barrier. */
const IN_FLIGHT_BYTES_MAX = 64 * MiB;

/** Copies of one checkpoint on their way. */
interface Recording {
  readonly checkpoint: number;
  /** By channel; undefined where nothing is to be copied. */
  readonly channels: readonly (ChannelRecording | undefined)[];
  /** By channel: its watermark and status, then what was overtaken. */
  readonly copies: readonly FrameCopies[];
  /** Bytes of watermarks and statuses that the copies begin with. */
  readonly seedBytes: number;
  readonly done: PromiseWithResolvers<readonly InFlightFrames[]>;
}

/** Owner: the subtask's worker. */
export class OvertakenInput {
  readonly #gate: InputGate;
  readonly #channels: readonly InFlightChannel[];
  /** By channel, whether a barrier may overtake there. */
  readonly #free: readonly boolean[];
  readonly #aligner: BarrierAligner;
  readonly #tracker: WatermarkTracker;
  readonly #scouts: readonly BarrierScout[];
  /** Sent from outside, since all producers have finished. */
  sent: Barrier | undefined = undefined;
  #recording: Recording | undefined = undefined;
  /** Whether a channel is not read since too much would have to be copied. */
  #blocked = false;

  constructor(
    gate: InputGate,
    channels: readonly InFlightChannel[],
    free: readonly boolean[],
    aligner: BarrierAligner,
    tracker: WatermarkTracker,
  ) {
    this.#gate = gate;
    this.#channels = channels;
    this.#free = free;
    this.#aligner = aligner;
    this.#tracker = tracker;
    this.#scouts = gate.readers.map((reader) => new BarrierScout(reader));
  }

  /** Whether something is being copied: `catchUp` is to be called before a channel is read. */
  get recording(): boolean {
    return this.#recording !== undefined;
  }

  /**
   * The newest barrier that may overtake, and when: ms since the epoch. Undefined while there is none, or while it must be read
   * first on some channel.
   */
  next(): { readonly barrier: Barrier; readonly atMs: number } | undefined {
    const barrier = this.#newest();
    if (barrier === undefined) return undefined;
    const { checkpoint, options, triggeredAtMs } = barrier;
    const afterMs = overtakesAfterMs(options);
    if (afterMs === Infinity) return undefined;
    for (let channel = 0; channel < this.#free.length; channel++) {
      if (this.#free[channel] === true || this.#gate.isEnded(channel)) continue;
      if (!this.#aligner.hasArrived(channel, checkpoint)) return undefined;
    }
    return { barrier, atMs: triggeredAtMs + afterMs };
  }

  /**
   * The snapshot of a barrier that overtook was taken: copies what is ahead of it.
   *
   * @returns settles with the copies; rejects when the checkpoint is given up
   */
  begin({ checkpoint }: Pick<Barrier, 'checkpoint'>): Promise<readonly InFlightFrames[]> {
    this.drop(`checkpoint ${checkpoint} came`);
    const { readers } = this.#gate;
    let seedBytes = 0;
    const copies = readers.map(({ prefixBytes }, channel) => {
      const seed = new FrameCopies(prefixBytes);
      const watermark = this.#tracker.watermarkOf(channel);
      if (watermark > NO_WATERMARK) seed.watermark(watermark);
      if (this.#tracker.isIdle(channel)) seed.idle();
      seedBytes += seed.bytes;
      return seed;
    });
    const channels = readers.map((reader, channel) =>
      this.#gate.isEnded(channel) || this.#aligner.hasArrived(channel, checkpoint)
        ? undefined
        : new ChannelRecording(reader, checkpoint, copies[channel]!),
    );
    const done = Promise.withResolvers<readonly InFlightFrames[]>();
    // Looked at by who writes them; the checkpoint may be given up before.
    done.promise.catch(() => undefined);
    this.#recording = { checkpoint, channels, copies, seedBytes, done };
    this.catchUpAll();
    return done.promise;
  }

  /** To be called before a channel is read; one whose rows are too many to be kept is not read on until its barrier comes. */
  catchUp(channel: number): void {
    const recording = this.#recording;
    if (recording?.channels[channel]?.catchUp() !== 'open') return;
    if (bytesOf(recording.copies) < IN_FLIGHT_BYTES_MAX) return;
    this.#gate.block(channel);
    this.#blocked = true;
  }

  /** Copies what came since, and ends when all barriers are there. */
  catchUpAll(): void {
    const recording = this.#recording;
    if (recording === undefined) return;
    let open = false;
    for (const channel of recording.channels) {
      const state = channel?.catchUp();
      if (state === 'lost') return this.drop('a newer barrier came instead');
      if (state === 'open') open = true;
    }
    if (open) return;
    this.#end();
    recording.done.resolve(this.#framesOf(recording));
  }

  /** The checkpoint will never be complete. */
  abort(checkpoint: number): void {
    if (this.sent?.checkpoint === checkpoint) this.sent = undefined;
    if (this.#recording?.checkpoint === checkpoint) this.drop('the checkpoint was given up');
  }

  /** Gives up what is being copied. */
  drop(reason: string): void {
    const recording = this.#recording;
    this.#end();
    recording?.done.reject(new Error(reason));
  }

  #end(): void {
    this.#recording = undefined;
    if (this.#blocked) this.#gate.unblockAll();
    this.#blocked = false;
  }

  #newest(): Barrier | undefined {
    let newest = this.#aligner.current;
    const { sent } = this;
    if (sent !== undefined && sent.checkpoint > (newest?.checkpoint ?? -1)) {
      if (this.#aligner.wants(sent.checkpoint)) newest = sent;
    }
    for (let channel = 0; channel < this.#scouts.length; channel++) {
      const found = this.#scouts[channel]!.look();
      if (found === undefined || found.checkpoint <= (newest?.checkpoint ?? -1)) continue;
      if (this.#aligner.wants(found.checkpoint)) newest = found;
    }
    return newest;
  }

  /** Nothing where nothing was overtaken: watermarks alone come again. */
  #framesOf({ copies, seedBytes }: Recording): readonly InFlightFrames[] {
    if (bytesOf(copies) === seedBytes) return [];
    return copies.flatMap((each, channel) =>
      each.bytes === 0 ? [] : [{ ...this.#channels[channel]!, pieces: each.pieces() }],
    );
  }
}

function bytesOf(copies: readonly FrameCopies[]): number {
  return copies.reduce((sum, { bytes }) => sum + bytes, 0);
}
