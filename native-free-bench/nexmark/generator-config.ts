/** What a run of the generator is: how many events, how dense in event time, in which order. Times are milliseconds. */

/** 2015-07-15T00:00:00Z, where event time begins. */
export const BASE_TIME_MS = 1_436_918_400_000;
/** Of 50 consecutive events the first is a person, the next three are auctions, the rest bids. */
export const EPOCH_EVENTS = 50;
/** Multiplier of the shuffle within an out-of-order group; a prime. */
const SHUFFLE = 953;
/** Ids stay below 2^31 up to here. */
const EVENTS_MAX = 2 ** 34;

/** Options of the generator; the same options give the same events on every machine. */
export interface NexmarkOptions {
  /** Events in all: persons, auctions and bids, 1 : 3 : 46. */
  readonly events: number;
  /** Events per second of event time; default 10,000. */
  readonly rate?: number;
  /** Events that arrive shuffled among each other; default 1, in order. Not a multiple of 953. */
  readonly outOfOrderGroupSize?: number;
  /** Share of the events that arrive late, 0 … 1; default 0. */
  readonly delayedShare?: number;
  /** A delayed event arrives up to this much event time late; default 3,000 ms. */
  readonly delayMs?: number;
  /** Whether texts are made; default true. Without them they are empty and the numbers are the same. */
  readonly texts?: boolean;
}

/** Checked options with their defaults. */
export type NexmarkConfig = Required<NexmarkOptions> & {
  /** Microseconds of event time between events, an integer. */
  readonly interEventUs: number;
};

/** @throws RangeError an option is out of its range (names it, what was expected and what was got) */
export function nexmarkConfig(options: NexmarkOptions): NexmarkConfig {
  const { events, rate = 10_000, outOfOrderGroupSize = 1 } = options;
  const { delayedShare = 0, delayMs = 3000, texts = true } = options;
  expectInteger('events', events, 0, EVENTS_MAX);
  expectInteger('rate', rate, 1, 1_000_000);
  expectInteger('outOfOrderGroupSize', outOfOrderGroupSize, 1, 2 ** 31 - 1);
  expectInteger('delayMs', delayMs, 1, 3_600_000);
  if (outOfOrderGroupSize % SHUFFLE === 0) {
    failOption('outOfOrderGroupSize', `no multiple of ${SHUFFLE}`, outOfOrderGroupSize);
  }
  if (!(delayedShare >= 0 && delayedShare <= 1)) {
    failOption('delayedShare', 'a number from 0 to 1', delayedShare);
  }
  const interEventUs = Math.round(1e6 / rate);
  return { events, rate, outOfOrderGroupSize, delayedShare, delayMs, texts, interEventUs };
}

/** The id of the event with this number: the identity, or a permutation within groups of `groupSize` numbers. */
export function shuffledId(number: number, groupSize: number): number {
  if (groupSize === 1) return number;
  const within = number % groupSize;
  return number - within + ((number * SHUFFLE) % groupSize);
}

/** Event time of an event. */
export function timeOf(id: number, interEventUs: number): number {
  return BASE_TIME_MS + Math.floor((id * interEventUs) / 1000);
}

function expectInteger(option: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  failOption(option, `an integer from ${least} to ${most}`, value);
}

function failOption(option: string, expected: string, got: number): never {
  throw new RangeError(`nexmark: expected ${option} to be ${expected}, got ${got}`);
}
