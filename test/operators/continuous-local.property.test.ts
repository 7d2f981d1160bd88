/** Rows folded where they are produced and merged again, against folding the rows themselves. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChangelogTable } from '../../src/connectors/index.ts';
import {
  Accumulators,
  count,
  distinct,
  first,
  max,
  mean,
  min,
  quantile,
  sum,
  variance,
} from '../../src/operators/aggregate/index.ts';
import type { AggregateSpec } from '../../src/operators/aggregate/index.ts';
import { ContinuousAggregate } from '../../src/operators/continuous-aggregate.ts';
import { ContinuousLocal } from '../../src/operators/continuous-local.ts';
import { continuousAggregate } from '../../src/operators/continuous-phases.ts';
import type { ContinuousPhases } from '../../src/operators/continuous-phases.ts';
import type { OperatorContext, Transformation } from '../../src/operators/index.ts';
import { END_OF_TIME, f64, i32, nullable, record, RowKind, utf8 } from '../../src/record/index.ts';
import type { RecordType } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';

const Bid = record('Bid', { user: utf8, item: i32, price: nullable(i32), rate: f64 });
interface Bid {
  readonly user: string;
  readonly item: number;
  readonly price: number | null;
  readonly rate: number;
}
const isDear = { where: (bid: Bid) => (bid.price ?? 0) > 5 };
const WORDS: AggregateSpec = {
  n: count(),
  dear: count(isDear),
  total: sum('price'),
  least: min('price'),
  most: max('rate', isDear),
  average: mean('item'),
  doubled: sum((bid: Bid) => bid.item * 2),
};
const SETS: AggregateSpec = {
  items: distinct('item'),
  dearItems: distinct('item', isDear),
  prices: distinct('price'),
  rates: distinct('rate', isDear),
};
const specs: readonly AggregateSpec[] = [WORDS, SETS, { ...WORDS, ...SETS }];
const keys: readonly (readonly string[])[] = [['user'], ['user', 'item'], ['rate'], []];

const bid: fc.Arbitrary<Bid> = fc.record(
  {
    user: fc.constantFrom('ann', 'bob', 'cy'),
    item: fc.integer({ min: 0, max: 5000 }),
    price: fc.option(fc.integer({ min: 0, max: 9 })),
    rate: fc.constantFrom(-1.5, 0, 2, 2.5),
  },
  { noNullPrototype: true },
);
type Step = { readonly rows: readonly Bid[] } | 'watermark' | 'barrier' | 'tick';
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.array(bid, { maxLength: 5 }).map((rows) => ({ rows })) },
  {
    weight: 1,
    // Rows enough to go beyond the values that one partial result holds, and to share places.
    arbitrary: fc.tuple(bid, fc.integer({ min: 500, max: 700 })).map(([one, n]) => ({
      rows: Array.from({ length: n }, (_, i) => ({ ...one, item: i * 7 })),
    })),
  },
  { weight: 2, arbitrary: fc.constantFrom<Step[]>('watermark', 'barrier', 'tick') },
);

const settings = {
  retract: false,
  updateBefore: true,
  miniBatch: { keysMax: 1000, latencyMs: 10 },
  ttl: null,
} as const;

/** The operators of two phases, with or without generated code. */
function phases(
  spec: AggregateSpec,
  keyFields: readonly string[],
  codegen: boolean,
): { local: Transformation; type: RecordType; global: Transformation } {
  const both = continuousAggregate(spec, settings, { type: Bid, keyFields }, 'on');
  const { transformation, type } = both.local!;
  if (codegen) return { local: transformation, type, global: both.transformation };
  const accumulators = new Accumulators(spec, { operator: 'test', type: Bid });
  const options = { accumulators, keyFields, latencyMs: 5 };
  return {
    local: {
      ...transformation,
      create: (context: OperatorContext) => new ContinuousLocal(context, options, false),
    },
    type,
    global: {
      ...both.transformation,
      create: (context: OperatorContext) =>
        new ContinuousAggregate(context, spec, { ...settings, partial: true }, false, Bid),
    },
  };
}

function localOf(
  spec: AggregateSpec,
  keyFields: readonly string[] = ['user'],
): ContinuousPhases['local'] {
  return continuousAggregate(spec, settings, { type: Bid, keyFields }, 'on').local;
}

function sorted(rows: readonly unknown[]): unknown[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

test('merged again, the results are those of the rows, at every watermark and whatever the order', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...specs),
      fc.constantFrom(...keys),
      fc.boolean(),
      fc.array(step, { maxLength: 12 }),
      (spec, keyFields, codegen, list) => {
        const made = phases(spec, keyFields, codegen);
        const local = new OperatorHarness(made.local, { inputs: [{ type: Bid }] });
        const input = { type: made.type, ...(keyFields.length > 0 ? { keyBy: keyFields } : {}) };
        const global = new OperatorHarness(made.global, { inputs: [input] });
        const whole = continuousAggregate(
          spec,
          { ...settings, miniBatch: null },
          { type: Bid, keyFields },
          'off',
        );
        const oracle = new OperatorHarness(whole.transformation, {
          inputs: [{ type: Bid, ...(keyFields.length > 0 ? { keyBy: keyFields } : {}) }],
        });
        expect(whole.local).toBeUndefined();
        const table = new ChangelogTable();
        const expected = new ChangelogTable();
        let moved = 0;
        const applied = [0, 0];
        const apply = (from: OperatorHarness, to: ChangelogTable, which: number): void => {
          const { rows, kinds } = from;
          for (; applied[which]! < rows.length; applied[which]!++) {
            to.apply(kinds[applied[which]!]!, rows[applied[which]!]);
          }
        };
        const move = (): void => {
          const { events } = local;
          for (; moved < events.length; moved++) {
            const event = events[moved]!;
            if ('watermark' in event) global.advance(event.watermark);
            else global.push(event.row, event.timestamp, 0, RowKind.insert);
          }
        };
        let time = 0;
        let clock = 0;
        const run = (one: Step): void => {
          if (one === 'watermark') {
            local.advance(time);
            oracle.advance(time);
          } else if (one === 'barrier') {
            while (local.operator.prepareSnapshot!() === false);
            move();
            while (global.operator.prepareSnapshot!() === false);
            apply(global, table, 0);
            apply(oracle, expected, 1);
            expect(sorted(table.rows())).toEqual(sorted(expected.rows()));
          } else if (one === 'tick') {
            clock += 6;
            local.advanceProcessingTime(clock);
            move();
            global.advanceProcessingTime(clock);
          } else {
            for (const row of one.rows) {
              local.push(row, time);
              oracle.push(row, time++);
            }
          }
        };
        for (const one of list) run(one);
        local.advance(END_OF_TIME);
        while (local.operator.finish!() === false);
        move();
        while (global.operator.finish!() === false);
        apply(global, table, 0);
        apply(oracle, expected, 1);
        expect(sorted(table.rows())).toEqual(sorted(expected.rows()));
        expect(global.watermarks.at(-1)).toBe(END_OF_TIME);
        for (const harness of [local, global]) {
          void harness.operator.close?.(false);
          expect(harness.account.usedBytes).toBe(0);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('many rows of a key become one, which waits half of the latency, and watermarks with it', () => {
  const local = new OperatorHarness(localOf({ n: count() })!.transformation, {
    inputs: [{ type: Bid }],
  });
  const row = { user: 'ann', item: 1, price: null, rate: 0 };
  for (let i = 0; i < 1000; i++) local.push(row, i);
  local.advance(999);
  local.advanceProcessingTime(4);
  expect(local.events).toEqual([]);
  local.advanceProcessingTime(5);
  expect(local.events).toEqual([
    { row: { user: 'ann', _word0: 1000 }, timestamp: 999 },
    { watermark: 999 },
  ]);
});

test('an idle input is told of behind what was held', () => {
  const local = new OperatorHarness(localOf({ n: count() })!.transformation, {
    inputs: [{ type: Bid }],
  });
  local.operator.onStatus!(true);
  local.operator.onStatus!(false);
  local.push({ user: 'ann', item: 1, price: null, rate: 0 }, 1);
  local.advance(1);
  local.operator.onStatus!(true);
  expect(local.statuses).toEqual([true, false]);
  local.advanceProcessingTime(0);
  local.advanceProcessingTime(0);
  expect(local.rows).toHaveLength(1);
  expect(local.watermarks).toEqual([1]);
  expect(local.statuses).toEqual([true, false, true]);
});

test('rows of ever other keys are passed on alone', () => {
  const local = new OperatorHarness(localOf({ n: count() }, ['item'])!.transformation, {
    inputs: [{ type: Bid }],
  });
  const rows = 30_000;
  for (let i = 0; i < rows; i++) local.push({ user: 'ann', item: i, price: null, rate: 0 }, i);
  while (local.operator.finish!() === false);
  expect(local.rows).toHaveLength(rows);
});

test('rows are folded where they are produced only where that can be', () => {
  expect(localOf({ middle: quantile('item', 0.5) })).toBeUndefined();
  expect(localOf({ texts: distinct('user') })).toBeUndefined();
  expect(localOf({ longest: max('user') })).toBeUndefined();

  const { transformation, local } = continuousAggregate(
    { n: count(), spread: variance('rate'), earliest: first('item') },
    settings,
    { type: Bid, keyFields: ['user'] },
    'auto',
  );
  expect(local).toBeUndefined();
  expect(transformation.params).toMatchObject({ partial: false });
  const whole = continuousAggregate({ n: count() }, settings, { type: Bid, keyFields: [] }, 'auto');
  expect(whole.local).toBeDefined();
  const changes = { ...settings, retract: true };
  const input = { type: Bid, keyFields: ['user'] };
  expect(continuousAggregate({ n: count() }, changes, input, 'on').local).toBeUndefined();
});
