/** Continuous aggregates against folding the rows that are left, for any rows, kinds, modes and restarts. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChangelogTable } from '../../src/connectors/index.ts';
import {
  collectValues,
  count,
  distinct,
  max,
  mean,
  min,
  sum,
} from '../../src/operators/aggregate/index.ts';
import type { AggregateSpec } from '../../src/operators/aggregate/index.ts';
import { ContinuousAggregate } from '../../src/operators/continuous-aggregate.ts';
import { continuousAggregateTransformation } from '../../src/operators/continuous-phases.ts';
import type { ContinuousSettings } from '../../src/operators/continuous-settings.ts';
import type { OperatorContext } from '../../src/operators/index.ts';
import { END_OF_TIME, f64, i32, nullable, record, RowKind, utf8 } from '../../src/record/index.ts';
import type { OperatorSnapshot } from '../../src/state/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';
import type { HarnessInput } from '../support/operator-harness.ts';

const Bid = record('Bid', { user: utf8, item: i32, price: nullable(i32), rate: f64 });
interface Bid {
  readonly user: string;
  readonly item: number;
  readonly price: number | null;
  readonly rate: number;
}
const isDear = { where: (bid: Bid) => (bid.price ?? 0) > 5 };
const spec: AggregateSpec = {
  n: count(),
  priced: count('price'),
  total: sum('price'),
  least: min('price'),
  most: max('rate'),
  items: distinct('item'),
  dearItems: distinct('item', isDear),
  users: distinct('user', isDear),
  average: mean('item'),
  dear: count(isDear),
  prices: collectValues('price'),
};

/** Those that are words alone have code of their own. */
const WORDS = ['n', 'priced', 'average', 'dear'] as const;

const bid: fc.Arbitrary<Bid> = fc.record(
  {
    user: fc.constantFrom('ann', 'bob', 'cy'),
    item: fc.integer({ min: 0, max: 3 }),
    price: fc.option(fc.integer({ min: 0, max: 9 })),
    rate: fc.constantFrom(-1.5, 0, 2, 2.5),
  },
  { noNullPrototype: true },
);
/** A row to add, or which of the rows that are there to take out; or another event. */
type Step =
  | { readonly add: Bid }
  | { readonly take: number }
  | 'watermark'
  | 'restart'
  | 'tick'
  | 'idle';
const step = fc.oneof(
  { weight: 6, arbitrary: bid.map((add): Step => ({ add })) },
  { weight: 4, arbitrary: fc.nat().map((take): Step => ({ take })) },
  { weight: 1, arbitrary: fc.constantFrom<Step[]>('watermark', 'restart', 'tick', 'idle') },
);
const steps = fc.array(step, { maxLength: 40 });

const inputs: Readonly<Record<string, HarnessInput>> = {
  'fields of a type': { type: Bid, keyBy: ['user'] },
  'two fields of a type': { type: Bid, keyBy: ['user', 'item'] },
  'a field of plain rows': { keyBy: ['user'] },
  'a function': { type: Bid, keyBy: (row: Bid) => row.user },
  'nothing, typed': { type: Bid },
  'nothing, plain': {},
};
/** How the operator is made. */
const making = fc.record({ codegen: fc.boolean(), wordsOnly: fc.boolean() });
const settings: fc.Arbitrary<ContinuousSettings> = fc.record({
  retract: fc.boolean(),
  updateBefore: fc.boolean(),
  miniBatch: fc.constantFrom(
    null,
    { keysMax: 2, latencyMs: null },
    { keysMax: 100, latencyMs: 5 },
    { keysMax: 100, latencyMs: null },
  ),
  partial: fc.constant(false),
  ttl: fc.constant(null),
});

/** The key fields of a result, by input. */
function keyOf(input: HarnessInput, row: Bid): Record<string, unknown> {
  if (input.keyBy === undefined) return {};
  if (typeof input.keyBy === 'function') return { key: row.user };
  return Object.fromEntries(input.keyBy.map((field) => [field, row[field as keyof Bid]]));
}

/** The results of the rows that are there. */
function expected(
  input: HarnessInput,
  rows: readonly Bid[],
  names: readonly string[],
): Record<string, unknown>[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify(keyOf(input, row)));
  return [...groups.values()].map((group) => {
    const prices = group.flatMap(({ price }) => (price === null ? [] : [price]));
    const dear = group.filter(isDear.where);
    const results: Record<string, unknown> = {
      n: group.length,
      priced: prices.length,
      total: prices.length === 0 ? null : prices.reduce((a, b) => a + b),
      least: prices.length === 0 ? null : Math.min(...prices),
      most: Math.max(...group.map(({ rate }) => rate)),
      items: new Set(group.map(({ item }) => item)).size,
      dearItems: new Set(dear.map(({ item }) => item)).size,
      users: new Set(dear.map(({ user }) => user)).size,
      average: group.map(({ item }) => item).reduce((a, b) => a + b) / group.length,
      dear: prices.filter((price) => price > 5).length,
      prices: prices.toSorted((a, b) => a - b),
    };
    const chosen = Object.fromEntries(names.map((name) => [name, results[name]]));
    return { ...keyOf(input, group[0]!), ...chosen };
  });
}

/** Results with lists in order: which of equal values is taken out is not said. */
function sorted(rows: readonly unknown[]): unknown[] {
  const plain = rows.map((row) => {
    const { prices, ...rest } = row as Record<string, unknown>;
    if (prices === undefined) return rest;
    return { ...rest, prices: (prices as number[]).toSorted((a, b) => a - b) };
  });
  return plain.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Checks each change against the table so far, and applies it. */
class CheckedTable {
  readonly #table = new ChangelogTable();
  readonly #rows: Map<string, unknown> = new Map();
  readonly #updateBefore: boolean;
  readonly #key: (row: unknown) => string;

  constructor(updateBefore: boolean, key: (row: unknown) => string) {
    this.#updateBefore = updateBefore;
    this.#key = key;
  }

  apply(kind: RowKind, row: unknown): void {
    const key = this.#key(row);
    const before = this.#rows.get(key);
    if (kind === RowKind.insert) expect(before).toBeUndefined();
    else if (kind === RowKind.updateAfter) {
      expect(before).not.toEqual(row);
      if (!this.#updateBefore) {
        expect(before).toBeDefined();
        this.#table.apply(RowKind.delete, before);
      }
    } else expect(before).toEqual(row);
    this.#table.apply(kind, row);
    if (kind === RowKind.insert || kind === RowKind.updateAfter) this.#rows.set(key, row);
    else if (kind === RowKind.delete || this.#updateBefore) this.#rows.delete(key);
  }

  rows(): unknown[] {
    return this.#table.rows();
  }
}

for (const [name, input] of Object.entries(inputs)) {
  test.each(['streaming', 'batch'] as const)(
    `keyed by ${name}: the changes make the table of the rows that are left, %s`,
    (mode) => {
      fc.assert(
        fc.property(settings, making, steps, (options, { codegen, wordsOnly }, list) => {
          const names = wordsOnly ? WORDS : Object.keys(spec);
          const aggregates = Object.fromEntries(names.map((name) => [name, spec[name]!]));
          const transformation = {
            ...continuousAggregateTransformation(aggregates, options),
            create: (context: OperatorContext) =>
              new ContinuousAggregate(context, aggregates, options, codegen),
          };
          const make = (): OperatorHarness =>
            new OperatorHarness(transformation, { inputs: [input], mode });
          let harness = make();
          const fields =
            typeof input.keyBy === 'function' ? ['key'] : ((input.keyBy ?? []) as string[]);
          const table = new CheckedTable(options.updateBefore, (row) =>
            JSON.stringify(fields.map((field) => (row as Record<string, unknown>)[field])),
          );
          let seen = 0;
          const collect = (): void => {
            const { rows, kinds } = harness;
            for (; seen < rows.length; seen++) table.apply(kinds[seen]!, rows[seen]);
          };
          const there: Bid[] = [];
          let clock = 0;
          list.forEach((one, i) => {
            const left = harness.watermarks.length;
            if (one === 'watermark') harness.advance(i);
            else if (one === 'tick') harness.advanceProcessingTime((clock += 3));
            else if (one === 'idle') {
              harness.operator.flush?.();
              harness.advanceProcessingTime(clock);
            } else if (one === 'restart') {
              while (harness.operator.prepareSnapshot?.() === false);
              collect();
              const snapshot = structuredClone(harness.operator.snapshot?.()) as OperatorSnapshot;
              harness = make();
              harness.nowMs = clock;
              seen = 0;
              harness.operator.restore?.({ keyed: [snapshot.keyed!], operator: [] });
            } else if ('add' in one) {
              there.push(one.add);
              const again = options.retract && i % 2 !== 0;
              harness.push(one.add, i, 0, again ? RowKind.updateAfter : RowKind.insert);
            } else if (there.length > 0 && options.retract) {
              const [row] = there.splice(one.take % there.length, 1);
              harness.push(row, i, 0, i % 2 === 0 ? RowKind.delete : RowKind.updateBefore);
            }
            collect();
            // With a latency a watermark may leave after a tick.
            const passed = one !== 'restart' && harness.watermarks.length > left;
            if (mode === 'streaming' && (passed || options.miniBatch === null)) {
              expect(sorted(table.rows())).toEqual(sorted(expected(input, there, names)));
            }
          });
          while (harness.operator.finish?.() === false);
          collect();
          expect(sorted(table.rows())).toEqual(sorted(expected(input, there, names)));
          void harness.operator.close?.(false);
          expect(harness.account.usedBytes).toBe(0);
        }),
        { numRuns: 60 },
      );
    },
  );
}

describe('mini-batches with a latency', () => {
  const options: ContinuousSettings = {
    retract: false,
    updateBefore: true,
    miniBatch: { keysMax: 100, latencyMs: 5 },
    partial: false,
    ttl: null,
  };
  const make = (): OperatorHarness =>
    new OperatorHarness(continuousAggregateTransformation({ n: count() }, options), {
      inputs: [{ keyBy: ['user'] }],
    });

  test('hold watermarks back until what changed before them went ahead, in the time given', () => {
    const harness = make();
    harness.push({ user: 'ann' }, 1);
    harness.advance(1);
    harness.push({ user: 'ann' }, 2);
    harness.advance(2);
    harness.advanceProcessingTime(4);
    expect(harness.events).toEqual([]);
    harness.advanceProcessingTime(5);
    expect(harness.events).toEqual([
      { row: { user: 'ann', n: 2 }, timestamp: 2 },
      { watermark: 2 },
    ]);
  });

  test('let watermarks pass while nothing waits, and the end of time as it is', () => {
    const harness = make();
    harness.advance(1);
    expect(harness.watermarks).toEqual([1]);
    harness.push({ user: 'ann' }, 2);
    harness.advance(2);
    harness.advance(END_OF_TIME);
    expect(harness.events.slice(1)).toEqual([
      { row: { user: 'ann', n: 1 }, timestamp: 2 },
      { watermark: END_OF_TIME },
    ]);
  });

  test('say that the input is idle when its changes and its watermark went ahead', () => {
    const harness = make();
    harness.operator.onStatus!(true);
    harness.operator.onStatus!(false);
    expect(harness.statuses).toEqual([true, false]);
    harness.push({ user: 'ann' }, 1);
    harness.advance(1);
    harness.operator.onStatus!(true);
    expect(harness.statuses).toEqual([true, false]);
    expect(harness.operator.processingTimeDue!()).toBe(0);
    harness.advanceProcessingTime(0);
    harness.advanceProcessingTime(0);
    expect(harness.watermarks).toEqual([1]);
    expect(harness.statuses).toEqual([true, false, true]);
    expect(harness.operator.processingTimeDue!()).toBe(Infinity);
  });

  test('say nothing of idleness that was over before they could', () => {
    const harness = make();
    harness.push({ user: 'ann' }, 1);
    harness.operator.onStatus!(true);
    harness.operator.onStatus!(false);
    harness.advanceProcessingTime(0);
    harness.advanceProcessingTime(0);
    expect(harness.rows).toEqual([{ user: 'ann', n: 1 }]);
    expect(harness.statuses).toEqual([]);
  });
});

test('the operator is what the transformation makes', () => {
  const transformation = continuousAggregateTransformation(
    { n: count() },
    { retract: false, updateBefore: true, miniBatch: null, partial: false, ttl: null },
  );
  expect(transformation).toMatchObject({
    kind: 'aggregate',
    stateful: true,
    changelog: 'makes',
    params: { aggregates: { n: { aggregate: 'count' } }, retract: false, ttl: null },
  });
  const harness = new OperatorHarness(transformation, { inputs: [{ keyBy: ['k'] }] });
  expect(harness.operator).toBeInstanceOf(ContinuousAggregate);
});
