/**
 * Combines the watermarks of a subtask's input channels. Pure: a fold over what the channels said.
 *
 * Law: the combined watermark is the minimum over the active channels; idle channels are left out; when all are idle it
 * is the maximum of their watermarks; it only ever advances. A channel that turns active again takes part once its own
 * watermark has caught up with what was already combined. (Flink's StatusWatermarkValve.)
 */

import { END_OF_TIME, NO_WATERMARK } from '../record/index.ts';

/** Owner: the subtask's worker. */
export class WatermarkTracker {
  readonly #watermarks: Float64Array;
  readonly #idle: Uint8Array;
  /** 1 while a channel takes part in the minimum. */
  readonly #aligned: Uint8Array;
  #current: number = NO_WATERMARK;
  #allIdle = false;

  constructor(channels: number) {
    this.#watermarks = new Float64Array(channels).fill(NO_WATERMARK);
    this.#idle = new Uint8Array(channels);
    this.#aligned = new Uint8Array(channels).fill(1);
  }

  /** The combined watermark, `NO_WATERMARK` before the first. */
  get current(): number {
    return this.#current;
  }

  /** Whether every channel is idle. */
  get idle(): boolean {
    return this.#allIdle;
  }

  /** What the channel said last, `NO_WATERMARK` before the first. */
  watermarkOf(channel: number): number {
    return this.#watermarks[channel]!;
  }

  isIdle(channel: number): boolean {
    return this.#idle[channel] === 1;
  }

  /** The channel whose watermark holds the combined one back, or -1. */
  get holdingChannel(): number {
    let holding = -1;
    for (let i = 0; i < this.#watermarks.length; i++) {
      if (this.#aligned[i] === 0) continue;
      if (holding === -1 || this.#watermarks[i]! < this.#watermarks[holding]!) holding = i;
    }
    return holding;
  }

  /** Takes a channel's watermark; true when the combined one advanced. */
  onWatermark(channel: number, watermark: number): boolean {
    if (this.#idle[channel] === 1 || watermark <= this.#watermarks[channel]!) return false;
    this.#watermarks[channel] = watermark;
    if (this.#aligned[channel] === 0 && watermark >= this.#current) this.#aligned[channel] = 1;
    return this.#combine();
  }

  /** Takes a channel's status; true when the combined watermark advanced. */
  onStatus(channel: number, idle: boolean): boolean {
    if ((this.#idle[channel] === 1) === idle) return false;
    this.#idle[channel] = idle ? 1 : 0;
    if (idle) this.#aligned[channel] = 0;
    else if (this.#watermarks[channel]! >= this.#current) this.#aligned[channel] = 1;
    // Also for one that comes back: it may be the only one that takes part.
    return this.#combine();
  }

  /** A channel that ended counts as being at the end of time. */
  onEnd(channel: number): boolean {
    this.#idle[channel] = 0;
    this.#watermarks[channel] = END_OF_TIME;
    this.#aligned[channel] = 1;
    return this.#combine();
  }

  #combine(): boolean {
    let minimum = END_OF_TIME;
    let maximum: number = NO_WATERMARK;
    let anyAligned = false;
    let anyActive = false;
    for (let i = 0; i < this.#watermarks.length; i++) {
      const watermark = this.#watermarks[i]!;
      if (watermark > maximum) maximum = watermark;
      if (this.#idle[i] === 0) anyActive = true;
      if (this.#aligned[i] === 1) {
        anyAligned = true;
        if (watermark < minimum) minimum = watermark;
      }
    }
    this.#allIdle = !anyActive;
    const next = anyAligned ? minimum : anyActive ? this.#current : maximum;
    if (next <= this.#current) return false;
    this.#current = next;
    return true;
  }
}
