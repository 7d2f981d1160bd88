/** The laws in the header of src/exchange/partitioner.ts. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EngineError } from '../../src/base/index.ts';
import { BROADCAST, createPartitioner, fanOut } from '../../src/exchange/index.ts';
import type { Partitioner, PartitionKind } from '../../src/exchange/index.ts';

const KINDS: readonly PartitionKind[] = [
  'forward',
  'keyGroup',
  'rebalance',
  'rescale',
  'shuffle',
  'broadcast',
  'global',
  'custom',
];

function make(kind: PartitionKind, channels: number, producer: number, seed = 1): Partitioner {
  return createPartitioner({
    kind,
    channels,
    producer,
    maxParallelism: 128,
    route: (row: number, parallelism) => row % parallelism,
    seed,
  });
}

const channelCount = fc.integer({ min: 1, max: 64 });
const hash = fc.nat(0x7fffffff);

test('law 1: select returns a channel 0 .. n-1, or BROADCAST', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      channelCount,
      fc.nat(100),
      fc.array(hash, { maxLength: 50 }),
      (kind, channels, producer, hashes) => {
        const partitioner = make(kind, channels, producer);
        expect(partitioner.kind).toBe(kind);
        for (const h of hashes) {
          const channel = partitioner.select(h, h);
          if (kind === 'broadcast') expect(channel).toBe(BROADCAST);
          else expect(channel >= 0 && channel < channels && Number.isInteger(channel)).toBe(true);
        }
      },
    ),
  );
});

test('law 2: forward and global always choose channel 0', () => {
  for (const kind of ['forward', 'global'] as const) {
    const partitioner = make(kind, 5, 3);
    expect([1, 2, 3].map((h) => partitioner.select(h, h))).toEqual([0, 0, 0]);
  }
});

test('law 3: keyGroup is a function of the key hash alone, and chooses the subtask that Flink chooses', () => {
  fc.assert(
    fc.property(hash, channelCount, fc.nat(9), fc.nat(9), (h, channels, producerA, producerB) => {
      const expected = Math.floor(((h % 128) * channels) / 128);
      expect(make('keyGroup', channels, producerA).select(h, 'a')).toBe(expected);
      expect(make('keyGroup', channels, producerB).select(h, 'b')).toBe(expected);
    }),
  );
});

test('law 4: of k·n rows each channel gets k; rebalance begins at the producer, rescale at its first channel', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('rebalance', 'rescale'),
      channelCount,
      fc.nat(100),
      fc.integer({ min: 1, max: 5 }),
      (kind, channels, producer, k) => {
        const partitioner = make(kind, channels, producer);
        const counts = Array.from({ length: channels }, () => 0);
        const first = partitioner.select(0, 0);
        counts[first]!++;
        for (let i = 1; i < k * channels; i++) counts[partitioner.select(0, 0)]!++;
        expect(first).toBe(kind === 'rebalance' ? producer % channels : 0);
        expect(counts).toEqual(counts.map(() => k));
      },
    ),
  );
});

test('law 5: the same seed and producer shuffle alike', () => {
  fc.assert(
    fc.property(fc.integer(), channelCount, fc.nat(9), (seed, channels, producer) => {
      const a = make('shuffle', channels, producer, seed);
      const b = make('shuffle', channels, producer, seed);
      for (let i = 0; i < 20; i++) expect(a.select(0, i)).toBe(b.select(0, i));
    }),
  );
});

test('law 6: every producer and consumer is in some pair, pairs are ordered and distinct', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      (kind, producers, wanted) => {
        const consumers = kind === 'forward' ? producers : wanted;
        const pairs = fanOut(kind, producers, consumers);
        const keys = pairs.map(([producer, consumer]) => producer * consumers + consumer);
        expect(keys).toEqual([...new Set(keys)].toSorted((a, b) => a - b));
        expect(new Set(pairs.map(([producer]) => producer)).size).toBe(producers);
        expect(new Set(pairs.map(([, consumer]) => consumer)).size).toBe(consumers);
        if (kind === 'forward') expect(pairs.every(([p, c]) => p === c)).toBe(true);
        else if (kind !== 'rescale') expect(pairs.length).toBe(producers * consumers);
      },
    ),
  );
});

test('law 6: rescale gives contiguous shares whose sizes differ by at most one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      (producers, consumers) => {
        const pairs = fanOut('rescale', producers, consumers);
        expect(pairs.length).toBe(Math.max(producers, consumers));
        const side = producers <= consumers ? 0 : 1;
        const shares = new Map<number, number[]>();
        for (const pair of pairs) {
          shares.set(pair[side], [...(shares.get(pair[side]) ?? []), pair[1 - side]!]);
        }
        const sizes = [...shares.values()].map((share) => share.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        for (const share of shares.values()) {
          expect(share.at(-1)! - share[0]!).toBe(share.length - 1);
        }
      },
    ),
  );
});

test('rescale pairs as Flink does', () => {
  expect(fanOut('rescale', 2, 3)).toEqual([
    [0, 0],
    [0, 1],
    [1, 2],
  ]);
  expect(fanOut('rescale', 3, 2)).toEqual([
    [0, 0],
    [1, 1],
    [2, 1],
  ]);
});

test('a custom route outside 0 .. n-1, or not an integer, is an error that names range and value', () => {
  for (const got of [-1, 4, 1.5, NaN, undefined, '1', 2 ** 32]) {
    const partitioner = createPartitioner({
      kind: 'custom',
      channels: 4,
      producer: 0,
      maxParallelism: 128,
      route: () => got as number,
      seed: 0,
    });
    expect(() => partitioner.select(0, 'row')).toThrow(
      expect.objectContaining({
        code: 'ERR_EXCHANGE_ROUTE',
        details: { last: 3, channels: 4, got },
      }),
    );
  }
});

test('forward with unequal parallelism is an error, as is a custom partitioner without route', () => {
  expect(() => fanOut('forward', 2, 3)).toThrow(
    expect.objectContaining({ code: 'ERR_EXCHANGE_FORWARD' }),
  );
  expect(() =>
    createPartitioner({
      kind: 'custom',
      channels: 2,
      producer: 0,
      maxParallelism: 128,
      route: undefined,
      seed: 0,
    }),
  ).toThrow(EngineError);
});
