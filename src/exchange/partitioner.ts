/**
 * Partitioners: which channel of an output gate a row goes to, and which producer–consumer pairs have a channel at all.
 *
 * Laws (tested in test/exchange/partitioner.property.test.ts):
 *  1. `select` returns a channel 0 .. n-1, or `BROADCAST` for all of them.
 *  2. forward, global: always channel 0.
 *  3. keyGroup: a function of the key hash alone; equal keys meet in one subtask, which is Flink's subtask.
 *  4. rebalance, rescale: of any k·n rows in sequence each channel gets k; rebalance begins at the producer's index.
 *  5. shuffle: the same seed gives the same sequence.
 *  6. fanOut: every producer and every consumer is in some pair; forward pairs i with i; rescale gives contiguous shares
 *     whose sizes differ by at most one; the others pair all with all, since even a channel without rows carries watermarks,
 *     barriers and end.
 */

import { EngineError, Prng } from '../base/index.ts';

/** How rows are spread over the consumer's subtasks. */
export type PartitionKind =
  | 'forward'
  | 'keyGroup'
  | 'rebalance'
  | 'rescale'
  | 'shuffle'
  | 'broadcast'
  | 'global'
  | 'custom';

/** What `select` returns for a row that goes to every channel. */
export const BROADCAST = -1;

/** Chooses channels. One class per kind, so a call site that knows its edge is monomorphic. Owner: the producing worker. */
export interface Partitioner {
  readonly kind: PartitionKind;
  /**
   * The channel for a row.
   *
   * @param keyHash murmur32 of the key's hash code, 0 .. 2^31-1: word1 of its frame; 0 on streams without key
   * @param row for custom partitioners
   * @throws ERR_EXCHANGE_ROUTE
   */
  select(keyHash: number, row: unknown): number;
}

/** Always channel 0: the one channel of a forward edge, or subtask 0 of a global one. */
export class FirstPartitioner implements Partitioner {
  readonly kind: 'forward' | 'global';

  constructor(kind: 'forward' | 'global') {
    this.kind = kind;
  }

  select(_keyHash: number, _row: unknown): number {
    return 0;
  }
}

/**
 * By key group: `table[keyHash % maxParallelism]`. Generated code may inline that with {@link KeyGroupPartitioner.table}.
 * Formula: Flink's `KeyGroupRangeAssignment` (group · parallelism / maxParallelism, rounded down).
 */
export class KeyGroupPartitioner implements Partitioner {
  readonly kind = 'keyGroup';
  readonly maxParallelism: number;
  /** Key group → channel. */
  readonly table: Int32Array;

  constructor(maxParallelism: number, channels: number) {
    this.maxParallelism = maxParallelism;
    this.table = keyGroupTable(maxParallelism, channels);
  }

  select(keyHash: number, _row: unknown): number {
    return this.table[keyHash % this.maxParallelism]!;
  }
}

/** Channels in turn: rebalance from the producer's index on, rescale from its first channel on. */
export class RoundRobinPartitioner implements Partitioner {
  readonly kind: 'rebalance' | 'rescale';
  readonly #channels: number;
  #next = 0;

  constructor(kind: 'rebalance' | 'rescale', channels: number, first: number) {
    this.kind = kind;
    this.#channels = channels;
    this.#next = first % channels;
  }

  select(_keyHash: number, _row: unknown): number {
    const channel = this.#next;
    const next = channel + 1;
    this.#next = next === this.#channels ? 0 : next;
    return channel;
  }
}

/** A random channel. */
export class ShufflePartitioner implements Partitioner {
  readonly kind = 'shuffle';
  readonly #channels: number;
  readonly #prng: Prng;

  constructor(channels: number, seed: number) {
    this.#channels = channels;
    this.#prng = new Prng(seed);
  }

  select(_keyHash: number, _row: unknown): number {
    return this.#prng.below(this.#channels);
  }
}

/** Every channel. */
export class BroadcastPartitioner implements Partitioner {
  readonly kind = 'broadcast';

  select(_keyHash: number, _row: unknown): number {
    return BROADCAST;
  }
}

/** By the user's function, whose result is checked. */
export class CustomPartitioner implements Partitioner {
  readonly kind = 'custom';
  readonly #channels: number;
  readonly #route: (row: never, parallelism: number) => number;

  constructor(channels: number, route: (row: never, parallelism: number) => number) {
    this.#channels = channels;
    this.#route = route;
  }

  select(_keyHash: number, row: unknown): number {
    const channel = this.#route(row as never, this.#channels);
    // An integer below n is the only number that survives `>>> 0` unchanged and is smaller than n.
    if (channel >>> 0 !== channel || channel >= this.#channels) failRoute(channel, this.#channels);
    return channel;
  }
}

/** What a partitioner is made from. */
export interface PartitionerOptions {
  readonly kind: PartitionKind;
  /** Channels of the output gate. */
  readonly channels: number;
  /** Index of the producing subtask. */
  readonly producer: number;
  /** For keyGroup. */
  readonly maxParallelism: number;
  /** For custom. */
  readonly route: ((row: never, parallelism: number) => number) | undefined;
  /** For shuffle; with the producer's index it makes the sequence. */
  readonly seed: number;
}

/**
 * The partitioner of one output gate.
 *
 * @throws ERR_BASE_INVARIANT a custom one without route
 * @example
 * createPartitioner({ kind: 'keyGroup', channels: 4, producer: 0, maxParallelism: 128, route: undefined, seed: 0 });
 */
export function createPartitioner(options: PartitionerOptions): Partitioner {
  const { kind, channels, producer, route } = options;
  switch (kind) {
    case 'forward':
    case 'global':
      return new FirstPartitioner(kind);
    case 'keyGroup':
      return new KeyGroupPartitioner(options.maxParallelism, channels);
    case 'rebalance':
      return new RoundRobinPartitioner(kind, channels, producer);
    case 'rescale':
      return new RoundRobinPartitioner(kind, channels, 0);
    case 'shuffle':
      return new ShufflePartitioner(channels, options.seed + producer);
    case 'broadcast':
      return new BroadcastPartitioner();
    case 'custom':
      if (route === undefined) {
        throw new EngineError('ERR_BASE_INVARIANT', {
          invariant: 'a custom partitioner has a route',
        });
      }
      return new CustomPartitioner(channels, route);
  }
}

/** Key group → channel, for `channels` consumers that share `maxParallelism` groups as Flink's do. */
export function keyGroupTable(maxParallelism: number, channels: number): Int32Array {
  const table = new Int32Array(maxParallelism);
  for (let group = 0; group < maxParallelism; group++) {
    table[group] = Math.floor((group * channels) / maxParallelism);
  }
  return table;
}

/** One channel of an edge: producer's and consumer's subtask index. */
export type ChannelPair = readonly [producer: number, consumer: number];

/**
 * The channels of an edge, ordered by producer, then consumer.
 *
 * @throws ERR_EXCHANGE_FORWARD forward with unequal parallelism
 * @example
 * fanOut('rescale', 2, 4); // [[0, 0], [0, 1], [1, 2], [1, 3]]
 */
export function fanOut(
  kind: PartitionKind,
  producers: number,
  consumers: number,
): readonly ChannelPair[] {
  if (kind === 'forward' && producers !== consumers) {
    throw new EngineError('ERR_EXCHANGE_FORWARD', { producers, consumers });
  }
  const pairs: ChannelPair[] = [];
  for (let producer = 0; producer < producers; producer++) {
    for (let consumer = 0; consumer < consumers; consumer++) {
      if (joins(kind, producer, consumer, producers, consumers)) pairs.push([producer, consumer]);
    }
  }
  return pairs;
}

/** Rescale as in Flink's pointwise edges: the larger side is cut into contiguous shares for the smaller. */
function joins(
  kind: PartitionKind,
  producer: number,
  consumer: number,
  producers: number,
  consumers: number,
): boolean {
  if (kind === 'forward') return producer === consumer;
  if (kind !== 'rescale') return true;
  if (consumers >= producers) return Math.floor((consumer * producers) / consumers) === producer;
  const first = Math.floor((consumer * producers) / consumers);
  const last = Math.floor(((consumer + 1) * producers) / consumers);
  return producer >= first && producer < last;
}

function failRoute(got: unknown, channels: number): never {
  throw new EngineError('ERR_EXCHANGE_ROUTE', { last: channels - 1, channels, got });
}
