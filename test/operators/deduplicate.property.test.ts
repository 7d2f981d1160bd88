/** Deduplication against its rules on plain rows, with restarts between any two rows. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChangelogTable } from '../../src/connectors/index.ts';
import { deduplicateTransformation } from '../../src/operators/deduplicate.ts';
import type { DeduplicateSettings } from '../../src/operators/deduplicate.ts';
import { i32, NO_TIMESTAMP, record, RowKind, rowKindText, utf8 } from '../../src/record/index.ts';
import type { OperatorSnapshot } from '../../src/state/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';
import type { HarnessInput } from '../support/operator-harness.ts';

const Event = record('Event', { k: utf8, v: i32 });
interface Event {
  readonly k: string;
  readonly v: number;
}
const inputs: Readonly<Record<string, HarnessInput>> = {
  'bytes, field': { type: Event, keyBy: ['k'] },
  'bytes, function': { type: Event, keyBy: (row: Event) => row.k },
  heap: { keyBy: ['k'] },
};
interface Step {
  readonly row: Event;
  readonly timestamp: number;
  readonly kind: RowKind;
  readonly restart: boolean;
}
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    row: fc.record(
      { k: fc.constantFrom('a', 'b', 'c'), v: fc.integer({ min: 0, max: 3 }) },
      { noNullPrototype: true },
    ),
    timestamp: fc.integer({ min: -3, max: 5 }),
    kind: fc.constantFrom(...Object.values(RowKind)),
    restart: fc.boolean(),
  }),
  { maxLength: 30 },
);
const settings: fc.Arbitrary<DeduplicateSettings> = fc.record({
  keep: fc.constantFrom('first', 'last'),
  by: fc.constantFrom('event', 'processing'),
  updateBefore: fc.boolean(),
  miniBatch: fc.constant(null),
  ttl: fc.constant(null),
});

/** The changes that the rules ask for. */
class Model {
  readonly changes: [string, Event][] = [];
  readonly kept = new Map<string, Step>();
  readonly #settings: DeduplicateSettings;

  constructor(options: DeduplicateSettings) {
    this.#settings = options;
  }

  apply(step: Step): void {
    const { by, keep, updateBefore } = this.#settings;
    const { row, timestamp } = step;
    const before = this.kept.get(row.k);
    if (step.kind === RowKind.updateBefore) return;
    if (step.kind === RowKind.delete) {
      if (before !== undefined) this.changes.push(['-D', before.row]);
      this.kept.delete(row.k);
      return;
    }
    if (before === undefined) this.changes.push(['+I', row]);
    else {
      if (by === 'processing' && keep === 'first') return;
      if (by === 'event' && keep === 'first' && timestamp >= before.timestamp) return;
      if (by === 'event' && keep === 'last' && timestamp < before.timestamp) return;
      if (updateBefore) this.changes.push(['-U', before.row]);
      this.changes.push(['+U', row]);
    }
    this.kept.set(row.k, step);
  }
}

for (const [name, input] of Object.entries(inputs)) {
  test.each(['streaming', 'batch'] as const)(`follows its rules, %s, ${name}`, async (mode) => {
    await fc.assert(
      fc.asyncProperty(settings, steps, async (options, list) => {
        const takesChanges = options.keep === 'last' && options.by === 'processing';
        const transformation = deduplicateTransformation(options);
        const make = (): OperatorHarness =>
          new OperatorHarness(transformation, { inputs: [input], mode });
        const model = new Model(options);
        const changes: [string, unknown][] = [];
        let harness = make();
        for (const step of list) {
          const one = takesChanges ? step : { ...step, kind: RowKind.insert };
          model.apply(one);
          harness.push(one.row, one.timestamp, 0, one.kind);
          if (!step.restart) continue;
          changes.push(...harness.changes);
          const { keyed } = structuredClone(harness.operator.snapshot?.()) as OperatorSnapshot;
          await harness.operator.close?.(false);
          expect(harness.account.usedBytes).toBe(0);
          harness = make();
          harness.operator.restore?.({ keyed: [keyed!], operator: [] });
        }
        await harness.end();
        changes.push(...harness.changes);
        if (mode === 'streaming') expect(changes).toEqual(model.changes);
        else {
          expect(changes.map(([op]) => op)).toEqual(changes.map(() => rowKindText(0)));
          const rows = [...model.kept.values()].map(({ row }) => row);
          expect(new Set(changes.map(([, row]) => row))).toEqual(new Set(rows));
          expect(changes).toHaveLength(rows.length);
        }
        expect(harness.account.usedBytes).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
}

test('rows without a timestamp are refused in event time, and changes where they make no sense', () => {
  const make = (keep: 'first' | 'last', by: 'event' | 'processing'): OperatorHarness =>
    new OperatorHarness(
      deduplicateTransformation({ keep, by, updateBefore: true, miniBatch: null, ttl: null }),
      {
        inputs: [{ type: Event, keyBy: ['k'] }],
      },
    );
  expect(() => make('last', 'event').push({ k: 'a', v: 1 })).toThrow(
    expect.objectContaining({ code: 'ERR_OPERATORS_NO_TIMESTAMP' }),
  );
  for (const [keep, by] of [
    ['first', 'processing'],
    ['first', 'event'],
    ['last', 'event'],
  ] as const) {
    expect(() => make(keep, by).push({ k: 'a', v: 1 }, 5, 0, RowKind.delete)).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_CHANGELOG' }),
    );
  }
});

test('a key whose row is too old is as new', () => {
  const ttl = { afterMs: 100, time: 'processing' } as const;
  const first = new OperatorHarness(
    deduplicateTransformation({
      keep: 'first',
      by: 'processing',
      updateBefore: true,
      miniBatch: null,
      ttl,
    }),
    { inputs: [{ type: Event, keyBy: ['k'] }] },
  );
  const at = (ms: number): void => {
    first.nowMs = ms;
    first.push({ k: 'a', v: ms }, NO_TIMESTAMP);
  };
  [0, 99, 100, 150, 199, 200].forEach(at);
  expect(first.rows).toEqual([
    { k: 'a', v: 0 },
    { k: 'a', v: 100 },
    { k: 'a', v: 200 },
  ]);
  const last = new OperatorHarness(
    deduplicateTransformation({
      keep: 'last',
      by: 'event',
      updateBefore: true,
      miniBatch: null,
      ttl: { afterMs: 10, time: 'event' },
    }),
    { inputs: [{ type: Event, keyBy: ['k'] }] },
  );
  const table = new ChangelogTable(['k']);
  last.advance(0);
  last.push({ k: 'a', v: 1 }, 1);
  last.advance(9);
  last.push({ k: 'a', v: 2 }, 2);
  last.advance(19);
  last.push({ k: 'a', v: 3 }, 1);
  expect(last.changes.map(([op]) => op)).toEqual(['+I', '-U', '+U', '+I']);
  last.rows.forEach((row, i) => table.apply(last.kinds[i]!, row));
  expect(table.rows()).toEqual([{ k: 'a', v: 3 }]);
});
