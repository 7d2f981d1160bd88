/**
 * How much a consumer lets each of its producers write ahead: pure arithmetic over observed facts.
 *
 * A gate has a budget, spelled as a sum of named terms. Every channel keeps an exclusive window; what is left of the budget
 * floats to the channels with backlog. When the consumer is the slow side, the sum is cut to what it drains within a target
 * time (Flink's buffer debloating), so that a checkpoint barrier does not queue behind more than that.
 *
 * Laws (tested in test/exchange/credits.property.test.ts):
 *  1. The windows sum to at most max(in-flight bytes, sum of the floors).
 *  2. Every window is at least its floor (the exclusive window, or the largest frame that its producer asked for), so no
 *     channel starves; and at most what its ring can hold.
 *  3. A limit never moves back, whatever the windows do.
 *  4. Among channels with the same ring and floor, one with more backlog never gets a smaller window.
 */

/** Exclusive window of a channel: Flink's 2 buffers of 32 KiB. */
export const EXCLUSIVE_BYTES_DEFAULT = 65_536;
/** Floating bytes of a gate. */
export const FLOATING_BYTES_DEFAULT = 1_048_576;
/** Data in flight should drain within this time when the consumer is the slow side. */
export const TARGET_MS_DEFAULT = 100;
/** A new in-flight target is taken only when it differs by more than this part: Flink's 25 percent. */
export const TARGET_THRESHOLD = 0.25;
/** Weight of the newest throughput sample in the moving average. */
export const THROUGHPUT_SMOOTHING = 0.3;

/** What a gate may have in flight. */
export interface CreditSettings {
  readonly exclusiveBytes: number;
  readonly floatingBytes: number;
  readonly targetMs: number;
}

/** The defaults. */
export const CREDIT_SETTINGS_DEFAULT: CreditSettings = {
  exclusiveBytes: EXCLUSIVE_BYTES_DEFAULT,
  floatingBytes: FLOATING_BYTES_DEFAULT,
  targetMs: TARGET_MS_DEFAULT,
};

/** One term of the budget. */
export interface CreditTerm {
  readonly name: string;
  readonly bytes: number;
  /** One clause. */
  readonly reason: string;
}

/** One channel as the gate sees it. */
export interface ChannelDemand {
  /** The most its ring may grant, a multiple of 8. */
  readonly usableBytes: number;
  /** Published and unread. */
  readonly backlogBytes: number;
  /** The most its producer ever asked for at once; 0 when it never did. */
  readonly minimumBytes: number;
}

/**
 * The budget of a gate as a sum of terms.
 *
 * @param usable what each ring may grant, in bytes
 * @example
 * sumOfTerms(gateBudget([261120, 261120], CREDIT_SETTINGS_DEFAULT)); // 522240: all that the rings can hold
 */
export function gateBudget(
  usable: readonly number[],
  settings: CreditSettings,
): readonly CreditTerm[] {
  let exclusive = 0;
  let room = 0;
  for (const bytes of usable) {
    exclusive += Math.min(settings.exclusiveBytes, bytes);
    room += bytes;
  }
  const floating = Math.min(settings.floatingBytes, room - exclusive);
  return [
    {
      name: 'exclusive',
      bytes: exclusive,
      reason: `${usable.length} channels x at most ${settings.exclusiveBytes} bytes, always theirs`,
    },
    {
      name: 'floating',
      bytes: floating,
      reason: `to the channels with backlog, at most what their rings can hold`,
    },
  ];
}

/** The sum of a budget's terms, in bytes. */
export function sumOfTerms(terms: readonly CreditTerm[]): number {
  let bytes = 0;
  for (const term of terms) bytes += term.bytes;
  return bytes;
}

/**
 * The consumer's throughput in bytes per millisecond, smoothed.
 *
 * @param previous the last result, 0 before the first sample
 */
export function smoothThroughput(previous: number, bytes: number, elapsedMs: number): number {
  if (!(elapsedMs > 0)) return previous;
  const sample = bytes / elapsedMs;
  return previous === 0 ? sample : previous + THROUGHPUT_SMOOTHING * (sample - previous);
}

/**
 * Bytes that may be in flight so that they drain within the target time; `previous` while the change is small.
 *
 * @param throughput bytes per millisecond, of a consumer that always had something to read; 0 when unknown
 * @param budgetBytes returned when the throughput is unknown, and never exceeded
 */
export function inFlightTarget(
  previous: number,
  throughput: number,
  targetMs: number,
  budgetBytes: number,
): number {
  const target = throughput > 0 ? Math.min(budgetBytes, throughput * targetMs) : budgetBytes;
  const small = Math.abs(target - previous) <= previous * TARGET_THRESHOLD;
  return small && target !== budgetBytes ? Math.min(previous, budgetBytes) : target;
}

/** The window that a channel keeps whatever happens, in bytes. */
export function windowFloor(channel: ChannelDemand, exclusiveBytes: number): number {
  return Math.min(channel.usableBytes, Math.max(exclusiveBytes, channel.minimumBytes));
}

/**
 * The window of each channel: its floor, and of the rest a share by backlog; what backlogged rings cannot hold goes to the
 * others evenly.
 *
 * @param inFlightBytes what the windows may sum to; less than the sum of the floors gives just the floors
 * @returns windows in bytes, multiples of 8 when the usable and exclusive bytes are
 */
export function shareWindows(
  channels: readonly ChannelDemand[],
  exclusiveBytes: number,
  inFlightBytes: number,
): number[] {
  const windows: number[] = [];
  let rest = inFlightBytes;
  for (const channel of channels) {
    const floor = windowFloor(channel, exclusiveBytes);
    windows.push(floor);
    rest -= floor;
  }
  if (rest <= 0) return windows;
  const backlogs = channels.map((channel) => channel.backlogBytes);
  rest = pour(windows, channels, backlogs, rest);
  pour(
    windows,
    channels,
    backlogs.map(() => 1),
    rest,
  );
  return windows.map((bytes) => bytes - (bytes % 8));
}

/**
 * The limit to grant: `pos + windowBytes`, unless an earlier grant went further. Wrapping Int32.
 */
export function nextLimit(limit: number, pos: number, windowBytes: number): number {
  const next = (pos + windowBytes) | 0;
  return ((next - limit) | 0) > 0 ? next : limit;
}

/** Raises windows in proportion to their weights up to what their rings hold; returns what could not be placed. */
function pour(
  windows: number[],
  channels: readonly ChannelDemand[],
  weights: readonly number[],
  bytes: number,
): number {
  let rest = bytes;
  const open = new Set<number>();
  for (const [i, channel] of channels.entries()) {
    if (weights[i]! > 0 && windows[i]! < channel.usableBytes) open.add(i);
  }
  // Each round either fills at least one ring or places everything.
  while (rest >= 8 && open.size > 0) {
    let total = 0;
    for (const i of open) total += weights[i]!;
    const round = rest;
    let filled = false;
    for (const i of open) {
      const space = channels[i]!.usableBytes - windows[i]!;
      if (space <= (round * weights[i]!) / total) {
        windows[i]! += space;
        rest -= space;
        open.delete(i);
        filled = true;
      }
    }
    if (filled) continue;
    for (const i of open) windows[i]! += (round * weights[i]!) / total;
    return 0;
  }
  return rest;
}
