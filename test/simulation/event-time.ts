/**
 * The watermark of an operator, by the rule alone: the minimum over its active channels, the maximum when all are idle; it only
 * advances, and a channel that turns active again takes part once it has caught up.
 */

const NOTHING: number = Number.MIN_SAFE_INTEGER;

interface Channel {
  watermark: number;
  idle: boolean;
  behind: boolean;
}

export class EventTime {
  readonly #channels: readonly Channel[];
  current: number = NOTHING;

  constructor(channels: number) {
    this.#channels = Array.from({ length: channels }, () => {
      return { watermark: NOTHING, idle: false, behind: false };
    });
  }

  isIdle(channel: number): boolean {
    return this.#channels[channel]!.idle;
  }

  watermark(channel: number, watermark: number): void {
    const one = this.#channels[channel]!;
    one.watermark = Math.max(one.watermark, watermark);
    if (one.watermark >= this.current) one.behind = false;
    this.#combine();
  }

  idle(channel: number): void {
    this.#channels[channel]!.idle = true;
    this.#combine();
  }

  active(channel: number): void {
    const one = this.#channels[channel]!;
    if (!one.idle) return;
    one.idle = false;
    one.behind = one.watermark < this.current;
  }

  #combine(): void {
    const active = this.#channels.filter(({ idle }) => !idle);
    const part = active.filter(({ behind }) => !behind);
    const next =
      active.length === 0
        ? Math.max(...this.#channels.map(({ watermark }) => watermark))
        : Math.min(...part.map(({ watermark }) => watermark));
    if (next !== Infinity && next > this.current) this.current = next;
  }
}
