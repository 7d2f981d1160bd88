/** Top-N against sorting the rows that are left, with restarts between any two rows. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChangelogTable } from '../../src/connectors/index.ts';
import { topNTransformation } from '../../src/operators/top-n.ts';
import type { TopNSettings } from '../../src/operators/top-n.ts';
import { f64, i32, nullable, record, RowKind, RowViewBase, utf8 } from '../../src/record/index.ts';
import type { OperatorSnapshot } from '../../src/state/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';
import type { HarnessInput } from '../support/operator-harness.ts';

const Bid = record('Bid', { user: utf8, price: nullable(i32), rate: f64, item: utf8 });
interface Bid {
  readonly user: string;
  readonly price: number | null;
  readonly rate: number;
  readonly item: string;
}
const inputs: Readonly<Record<string, HarnessInput>> = {
  'bytes, field': { type: Bid, keyBy: ['user'] },
  'bytes, function': { type: Bid, keyBy: (row: Bid) => row.user },
  heap: { keyBy: ['user'] },
};
const byRate = (a: Bid, b: Bid): number => a.rate - b.rate;
type Step = { readonly add: Bid } | { readonly take: number } | 'restart';
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .record(
          {
            user: fc.constantFrom('ann', 'bob'),
            price: fc.option(fc.integer({ min: -2, max: 3 })),
            rate: fc.constantFrom(-1.5, 0, 2.5),
            item: fc.constantFrom('x', 'y'),
          },
          { noNullPrototype: true },
        )
        .map((add): Step => ({ add })),
    },
    { weight: 3, arbitrary: fc.nat().map((take): Step => ({ take })) },
    { weight: 1, arbitrary: fc.constant<Step>('restart') },
  ),
  { maxLength: 35 },
);
const settings: fc.Arbitrary<TopNSettings> = fc.record({
  n: fc.integer({ min: 1, max: 4 }),
  by: fc.constantFrom('price', 'rate', 'item', null),
  descending: fc.boolean(),
  rankField: fc.constantFrom(null, 'rank'),
  retract: fc.boolean(),
  updateBefore: fc.boolean(),
  miniBatch: fc.constant(null),
  ttl: fc.constant(null),
});

/** The first n of each user; what came first stands first among equals. */
function expected({ n, by, descending, rankField }: TopNSettings, rows: readonly Bid[]): unknown[] {
  const order = (a: Bid, b: Bid): number => {
    if (by === null) return byRate(a, b);
    const [x, y] = [a[by as 'price'] ?? -Infinity, b[by as 'price'] ?? -Infinity];
    return x < y ? -1 : x > y ? 1 : 0;
  };
  const groups = Map.groupBy(rows, ({ user }) => user);
  return [...groups.values()].flatMap((group) =>
    group
      .toSorted((a, b) => (descending ? order(b, a) : order(a, b)))
      .slice(0, n)
      .map((row, i) => (rankField === null ? row : { ...row, rank: i + 1 })),
  );
}

const sorted = (rows: readonly unknown[]): string[] =>
  rows.map((r) => JSON.stringify(r)).toSorted();

for (const [name, input] of Object.entries(inputs)) {
  test.each(['streaming', 'batch'] as const)(
    `the changes make the table of the first n, %s, ${name}`,
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(settings, steps, async (options, list) => {
          const compare = options.by === null ? byRate : undefined;
          const transformation = topNTransformation(options, compare);
          const make = (): OperatorHarness =>
            new OperatorHarness(transformation, { inputs: [input], mode });
          const upserts = options.rankField !== null && !options.updateBefore;
          const table = new ChangelogTable(upserts ? ['user', 'rank'] : undefined);
          let harness = make();
          let seen = 0;
          const collect = (): void => {
            const { rows, kinds } = harness;
            for (; seen < rows.length; seen++) table.apply(kinds[seen]!, rows[seen]);
          };
          const there: Bid[] = [];
          for (const [i, step] of list.entries()) {
            if (step === 'restart') {
              const { keyed } = structuredClone(harness.operator.snapshot?.()) as OperatorSnapshot;
              await harness.operator.close?.(false);
              expect(harness.account.usedBytes).toBe(0);
              harness = make();
              seen = 0;
              harness.operator.restore?.({ keyed: [keyed!], operator: [] });
            } else if ('add' in step) {
              there.push(step.add);
              harness.push(step.add, i);
            } else if (options.retract && there.length > 0) {
              const row = there[step.take % there.length]!;
              // Of equal rows the last one is taken out.
              const text = JSON.stringify(row);
              there.splice(
                there.findLastIndex((one) => JSON.stringify(one) === text),
                1,
              );
              harness.push(row, i, 0, i % 2 === 0 ? RowKind.delete : RowKind.updateBefore);
              // One that is not there changes nothing.
              harness.push({ ...row, item: 'no' }, i, 0, RowKind.delete);
            }
            collect();
            if (mode === 'batch') continue;
            expect(sorted(table.rows())).toEqual(sorted(expected(options, there)));
          }
          await harness.end();
          collect();
          expect(sorted(table.rows())).toEqual(sorted(expected(options, there)));
          expect(harness.account.usedBytes).toBe(0);
        }),
        { numRuns: 40 },
      );
    },
  );
}

test('without the rank a row pushes out the last; with it the ranks that change are updated', () => {
  const base: TopNSettings = {
    n: 2,
    by: 'price',
    descending: true,
    rankField: null,
    retract: false,
    updateBefore: true,
    miniBatch: null,
    ttl: null,
  };
  const rows = [1, 2, 3].map((price) => ({ user: 'ann', price, rate: 0, item: 'x' }));
  const run = (options: TopNSettings): unknown[] => {
    const harness = new OperatorHarness(topNTransformation(options, undefined), {
      inputs: [{ type: Bid, keyBy: ['user'] }],
    });
    harness.pushAll(rows);
    return harness.changes.map(([op, row]) => {
      const { price, rank } = row as { price: number; rank?: number };
      return rank === undefined ? [op, price] : [op, price, rank];
    });
  };
  expect(run(base)).toEqual([
    ['+I', 1],
    ['+I', 2],
    ['-D', 1],
    ['+I', 3],
  ]);
  expect(run({ ...base, rankField: 'rank' })).toEqual([
    ['+I', 1, 1],
    ['-U', 1, 1],
    ['+U', 2, 1],
    ['+I', 1, 2],
    ['-U', 2, 1],
    ['+U', 3, 1],
    ['-U', 1, 2],
    ['+U', 2, 2],
  ]);
});

test('a changelog is refused unless rows may be taken out', () => {
  const harness = new OperatorHarness(
    topNTransformation(
      {
        n: 1,
        by: 'price',
        descending: false,
        rankField: null,
        retract: false,
        updateBefore: true,
        miniBatch: null,
        ttl: null,
      },
      undefined,
    ),
    { inputs: [{ type: Bid, keyBy: ['user'] }] },
  );
  const row = { user: 'a', price: 1, rate: 1, item: '' };
  expect(() => harness.push(row, 1, 0, RowKind.updateAfter)).toThrow(
    expect.objectContaining({ code: 'ERR_OPERATORS_CHANGELOG' }),
  );
});

test.each(['bytes, field', 'heap'])('a key whose rows are too old begins anew, %s', (form) => {
  const ttl = { afterMs: 100, time: 'processing' } as const;
  const options: TopNSettings = {
    n: 2,
    by: 'price',
    descending: true,
    rankField: 'rank',
    retract: false,
    updateBefore: true,
    miniBatch: null,
    ttl,
  };
  const make = (): OperatorHarness =>
    new OperatorHarness(topNTransformation(options, undefined), { inputs: [inputs[form]!] });
  let harness = make();
  const at = (ms: number, price: number, user = 'ann'): unknown[] => {
    harness.nowMs = ms;
    const before = harness.changes.length;
    harness.push({ user, price, rate: 0, item: 'x' });
    return harness.changes.slice(before).map(([op, row]) => {
      const { price: shown, rank } = row as { price: number; rank: number };
      return [op, shown, rank];
    });
  };
  expect(at(0, 1)).toEqual([['+I', 1, 1]]);
  expect(at(99, 2)).toHaveLength(3);
  // What does not come among the first writes nothing, so the key does not live longer.
  expect(at(150, 0)).toEqual([]);
  const { keyed } = structuredClone(harness.operator.snapshot?.()) as OperatorSnapshot;
  harness = make();
  harness.nowMs = 150;
  harness.operator.restore?.({ keyed: [keyed!], operator: [] });
  expect(at(198, 3)).toHaveLength(4);
  expect(at(298, 0)).toEqual([['+I', 0, 1]]);
  // A key that nobody looks at goes as well.
  expect(at(500, 5, 'bob')).toEqual([['+I', 5, 1]]);
  at(501, 6, 'bob');
  const rest = harness.operator.snapshot?.().keyed;
  expect(rest?.groups).toHaveLength(1);
});

test('a comparator is given rows that can be read in place, and decides ties by what came first', () => {
  const options: TopNSettings = {
    n: 1,
    by: null,
    descending: false,
    rankField: null,
    retract: false,
    updateBefore: true,
    miniBatch: null,
    ttl: null,
  };
  const seen = new Set<unknown>();
  const compare = (a: Bid, b: Bid): number => {
    seen.add(a).add(b);
    return b.rate - a.rate;
  };
  const harness = new OperatorHarness(topNTransformation(options, compare), {
    inputs: [{ type: Bid, keyBy: ['user'] }],
  });
  for (const [rate, item] of [
    [1, 'a'],
    [1, 'b'],
    [2, 'c'],
    [0, 'd'],
  ] as const) {
    harness.push({ user: 'ann', price: 1, rate, item });
  }
  expect(harness.changes.map(([op, row]) => [op, (row as Bid).item])).toEqual([
    ['+I', 'a'],
    ['-D', 'a'],
    ['+I', 'c'],
  ]);
  expect([...seen].every((row) => row instanceof RowViewBase)).toBe(true);
});
