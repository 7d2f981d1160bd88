/** Deduplication and top-N in mini-batches against the same without, with restarts between any two rows. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChangelogTable } from '../../src/connectors/index.ts';
import { deduplicateTransformation } from '../../src/operators/deduplicate.ts';
import type { Transformation } from '../../src/operators/index.ts';
import type { MiniBatchSettings } from '../../src/operators/mini-batch.ts';
import { topNTransformation } from '../../src/operators/top-n.ts';
import type { TopNSettings } from '../../src/operators/top-n.ts';
import { END_OF_TIME, i32, nullable, record, RowKind, utf8 } from '../../src/record/index.ts';
import type { OperatorSnapshot } from '../../src/state/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';
import type { HarnessInput } from '../support/operator-harness.ts';

const Bid = record('Bid', { user: utf8, price: nullable(i32), item: utf8 });
interface Bid {
  readonly user: string;
  readonly price: number | null;
  readonly item: string;
}
const inputs: Readonly<Record<string, HarnessInput>> = {
  'bytes, field': { type: Bid, keyBy: ['user'] },
  'bytes, function': { type: Bid, keyBy: (row: Bid) => row.user },
  heap: { keyBy: ['user'] },
};

/** A row to add, or which of the rows that are there to take out; or another event. */
type Step =
  | { readonly add: Bid; readonly timestamp: number }
  | { readonly take: number; readonly kind: RowKind }
  | 'watermark'
  | 'restart'
  | 'tick'
  | 'idle';
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        add: fc.record(
          {
            user: fc.constantFrom('ann', 'bob', 'cy'),
            price: fc.option(fc.integer({ min: -2, max: 5 })),
            item: fc.constantFrom('x', 'y', 'a longer one'),
          },
          { noNullPrototype: true },
        ),
        timestamp: fc.integer({ min: -3, max: 5 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        take: fc.nat(),
        kind: fc.constantFrom(RowKind.delete, RowKind.updateBefore),
      }),
    },
    { weight: 1, arbitrary: fc.constantFrom<Step[]>('watermark', 'restart', 'tick', 'idle') },
  ),
  { maxLength: 60 },
);
const miniBatches: fc.Arbitrary<MiniBatchSettings> = fc.constantFrom(
  { keysMax: 1, latencyMs: null },
  { keysMax: 2, latencyMs: null },
  { keysMax: 100, latencyMs: 5 },
  { keysMax: 100, latencyMs: null },
);
/** How the operator is made, without and with mini-batches. */
interface Case {
  readonly make: (miniBatch: MiniBatchSettings | null) => Transformation;
  readonly retract: boolean;
  /** Fields that tell its rows apart; undefined where several may be equal. */
  readonly key: readonly string[] | undefined;
  readonly updateBefore: boolean;
}
const byPrice = (a: Bid, b: Bid): number => (a.price ?? 0) - (b.price ?? 0);
const cases: Readonly<Record<string, fc.Arbitrary<Case>>> = {
  deduplicate: fc
    .record({
      keep: fc.constantFrom('first' as const, 'last' as const),
      by: fc.constantFrom('event' as const, 'processing' as const),
      updateBefore: fc.boolean(),
      ttl: fc.constantFrom(null, { afterMs: 1e9, time: 'processing' } as const),
    })
    .map((settings) => ({
      make: (miniBatch) => deduplicateTransformation({ ...settings, miniBatch }),
      retract: settings.keep === 'last' && settings.by === 'processing',
      key: ['user'],
      updateBefore: settings.updateBefore,
    })),
  topN: fc
    .record({
      n: fc.integer({ min: 1, max: 4 }),
      by: fc.constantFrom('price', 'item', null),
      descending: fc.boolean(),
      rankField: fc.constantFrom(null, 'rank'),
      retract: fc.boolean(),
      updateBefore: fc.boolean(),
      ttl: fc.constantFrom(null, { afterMs: 1e9, time: 'processing' } as const),
    })
    .map((settings) => ({
      make: (miniBatch) =>
        topNTransformation({ ...settings, miniBatch }, settings.by === null ? byPrice : undefined),
      retract: settings.retract,
      key: settings.rankField === null ? undefined : ['user', 'rank'],
      updateBefore: settings.updateBefore || settings.rankField === null,
    })),
};

/** An operator that is taken from a snapshot now and then, and the table that its changes make. */
class Run {
  readonly changes: [RowKind, string][] = [];
  readonly #table: ChangelogTable;
  readonly #make: () => OperatorHarness;
  readonly #harnesses: OperatorHarness[] = [];
  #seen = 0;

  constructor(make: () => OperatorHarness, { key, updateBefore }: Case) {
    this.#make = make;
    this.#table = new ChangelogTable(updateBefore ? undefined : key);
    this.#harnesses.push(make());
  }

  /** The one that runs. */
  get harness(): OperatorHarness {
    return this.#harnesses.at(-1)!;
  }

  rows(): string[] {
    const { rows, kinds } = this.harness;
    for (; this.#seen < rows.length; this.#seen++) {
      const kind = kinds[this.#seen]!;
      this.#table.apply(kind, rows[this.#seen]);
      this.changes.push([kind, JSON.stringify(rows[this.#seen])]);
    }
    return this.#table
      .rows()
      .map((row) => JSON.stringify(row))
      .toSorted();
  }

  async restart(): Promise<void> {
    while (this.harness.operator.prepareSnapshot?.() === false);
    this.rows();
    const { keyed } = structuredClone(this.harness.operator.snapshot?.()) as OperatorSnapshot;
    await this.harness.operator.close?.(false);
    expect(this.harness.account.usedBytes).toBe(0);
    const { nowMs } = this.harness;
    this.#harnesses.push(this.#make());
    this.harness.nowMs = nowMs;
    this.#seen = 0;
    this.harness.operator.restore?.({ keyed: [keyed!], operator: [] });
  }
}

for (const [operator, arbitrary] of Object.entries(cases)) {
  test.each(Object.entries(inputs))(
    `${operator} in mini-batches shows the same table whenever one goes out, %s`,
    async (_, input) => {
      await fc.assert(
        fc.asyncProperty(arbitrary, miniBatches, steps, async (one, miniBatch, list) => {
          const run = (settings: MiniBatchSettings | null): Run =>
            new Run(() => new OperatorHarness(one.make(settings), { inputs: [input] }), one);
          const plain = run(null);
          const batched = run(miniBatch);
          const both = [plain, batched];
          const there: Bid[] = [];
          for (const [i, step] of list.entries()) {
            const left = batched.harness.watermarks.length;
            if (step === 'restart') {
              for (const each of both) await each.restart();
            } else if (step === 'watermark') for (const { harness } of both) harness.advance(i);
            else if (step === 'tick') {
              for (const { harness } of both) harness.advanceProcessingTime(harness.nowMs + 3);
            } else if (step === 'idle') {
              for (const { harness } of both) {
                harness.operator.flush?.();
                harness.advanceProcessingTime(harness.nowMs);
              }
            } else if ('add' in step) {
              there.push(step.add);
              for (const { harness } of both) harness.push(step.add, step.timestamp);
            } else if (one.retract && there.length > 0) {
              const [row] = there.splice(step.take % there.length, 1);
              for (const { harness } of both) harness.push(row, i, 0, step.kind);
            }
            const out = step === 'restart' || (step === 'idle' && miniBatch.latencyMs === null);
            const rows = plain.rows();
            const waiting = batched.rows();
            // With a latency a watermark leaves when all that changed before it went out.
            if (out || batched.harness.watermarks.length > left) expect(waiting).toEqual(rows);
          }
          for (const { harness } of both) await harness.end();
          expect(batched.rows()).toEqual(plain.rows());
          expect(batched.changes.length).toBeLessThanOrEqual(plain.changes.length);
          expect(batched.harness.account.usedBytes).toBe(0);
        }),
        { numRuns: 150 },
      );
    },
  );
}

describe('mini-batches', () => {
  const topN: TopNSettings = {
    n: 2,
    by: 'price',
    descending: true,
    rankField: 'rank',
    retract: false,
    updateBefore: true,
    miniBatch: { keysMax: 3, latencyMs: 5 },
    ttl: null,
  };
  const bid = (user: string, price: number): Bid => ({ user, price, item: 'x' });
  const make = (transformation: Transformation, stateBytes?: number): OperatorHarness =>
    new OperatorHarness(transformation, {
      inputs: [inputs['bytes, field']!],
      ...(stateBytes === undefined ? {} : { stateBytes }),
    });
  const shown = (harness: OperatorHarness): unknown[] =>
    harness.changes.map(([kind, row]) => {
      const { user, price, rank } = row as Bid & { rank?: number };
      return [kind, user, price, ...(rank === undefined ? [] : [rank])];
    });

  test('update only the ranks that differ at their end, once, with the largest timestamp of the key', () => {
    const harness = make(topNTransformation(topN, undefined));
    harness.push(bid('ann', 9), 1);
    harness.push(bid('ann', 1), 2);
    harness.advanceProcessingTime(5);
    harness.push(bid('ann', 2), 8);
    harness.push(bid('ann', 3), 7);
    harness.push(bid('ann', 0), 9);
    harness.advance(6);
    expect(harness.rows).toHaveLength(2);
    harness.advanceProcessingTime(10);
    expect(shown(harness)).toEqual([
      ['+I', 'ann', 9, 1],
      ['+I', 'ann', 1, 2],
      ['-U', 'ann', 1, 2],
      ['+U', 'ann', 3, 2],
    ]);
    expect(harness.emitted.map(({ timestamp }) => timestamp)).toEqual([2, 2, 8, 8]);
    expect(harness.events.at(-1)).toEqual({ watermark: 6 });
  });

  test('go out at once when as many keys changed as may wait', () => {
    const harness = make(topNTransformation(topN, undefined));
    harness.push(bid('ann', 1), 1);
    harness.push(bid('bob', 1), 1);
    harness.advanceProcessingTime(0);
    expect(harness.rows).toEqual([]);
    harness.push(bid('cy', 1), 1);
    harness.advanceProcessingTime(0);
    expect(harness.rows).toHaveLength(3);
  });

  test('insert a key that comes and delete one that goes, and say nothing of what came and went', () => {
    const harness = make(
      deduplicateTransformation({
        keep: 'last',
        by: 'processing',
        updateBefore: true,
        miniBatch: { keysMax: 100, latencyMs: null },
        ttl: null,
      }),
    );
    harness.push(bid('ann', 1), 1);
    harness.advance(1);
    harness.push(bid('ann', 2), 2);
    harness.push(bid('bob', 3), 2);
    harness.push(bid('ann', 2), 2, 0, RowKind.delete);
    harness.push(bid('bob', 3), 2, 0, RowKind.delete);
    harness.push(bid('cy', 4), 2);
    harness.push(bid('cy', 5), 3);
    harness.advance(END_OF_TIME);
    expect(shown(harness)).toEqual([
      ['+I', 'ann', 1],
      ['-D', 'ann', 1],
      ['+I', 'cy', 5],
    ]);
  });

  test('say that the input is idle when what changed and the watermark went ahead', () => {
    const harness = make(topNTransformation(topN, undefined));
    harness.push(bid('ann', 1), 1);
    harness.advance(1);
    harness.operator.onStatus!(true);
    expect(harness.statuses).toEqual([]);
    harness.advanceProcessingTime(0);
    harness.advanceProcessingTime(0);
    expect(harness.events.at(-1)).toEqual({ watermark: 1 });
    expect(harness.statuses).toEqual([true]);
  });

  test('send many changes in several calls', () => {
    const harness = make(
      deduplicateTransformation({
        keep: 'last',
        by: 'event',
        updateBefore: true,
        miniBatch: { keysMax: 1e4, latencyMs: null },
        ttl: null,
      }),
    );
    for (let i = 0; i < 1500; i++) harness.push(bid(`u${i}`, i), i);
    expect(harness.operator.onWatermark!(1)).toBe(false);
    const first = harness.rows.length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(1024);
    harness.advance(1);
    expect(harness.rows).toHaveLength(1500);
  });

  test('let no key expire before its changes went out', async () => {
    for (const form of ['bytes, field', 'heap']) {
      const ttl = { afterMs: 10, time: 'processing' } as const;
      const harness = new OperatorHarness(
        topNTransformation({ ...topN, miniBatch: { keysMax: 100, latencyMs: 50 }, ttl }, undefined),
        { inputs: [inputs[form]!] },
      );
      harness.push(bid('ann', 1), 1);
      harness.operator.prepareSnapshot!();
      harness.nowMs = 5;
      harness.push(bid('ann', 3), 1);
      for (harness.nowMs = 6; harness.nowMs < 40; harness.nowMs++) {
        harness.push(bid('bob', harness.nowMs), 1);
      }
      harness.advanceProcessingTime(55);
      expect(shown(harness).filter((row) => (row as string[])[1] === 'ann')).toEqual([
        ['+I', 'ann', 1, 1],
        ['-U', 'ann', 1, 1],
        ['+U', 'ann', 3, 1],
        ['+I', 'ann', 1, 2],
      ]);
      harness.push(bid('ann', 0), 1);
      await harness.end();
      expect(shown(harness).at(-1)).toEqual(['+I', 'ann', 0, 1]);
      expect(harness.account.usedBytes).toBe(0);
    }
  });

  test('count the rows that wait, so that too many are refused', () => {
    const plain = make(topNTransformation({ ...topN, miniBatch: null }, undefined));
    const waiting = make(
      topNTransformation({ ...topN, miniBatch: { keysMax: 1e6, latencyMs: 5 } }, undefined),
    );
    for (let i = 0; i < 200; i++) {
      plain.push(bid(`u${i}`, i), i);
      waiting.push(bid(`u${i}`, i), i);
    }
    expect(waiting.account.usedBytes).toBeGreaterThanOrEqual(plain.account.usedBytes + 200 * 64);
  });
});
