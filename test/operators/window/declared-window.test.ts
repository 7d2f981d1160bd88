import { describe, expect, it } from 'vitest';
import {
  boundedOutOfOrderness,
  job,
  session,
  sliding,
  tumbling,
} from '../../../src/graph/index.ts';
import type { JobEnvironment } from '../../../src/graph/index.ts';
import { collect, generator } from '../../../src/connectors/index.ts';
import { count, distinct, max, sum } from '../../../src/operators/index.ts';
import type { AggregateSpec } from '../../../src/operators/index.ts';
import { FINISH_ROWS_MAX } from '../../../src/operators/operator.ts';
import type { WindowAssigner } from '../../../src/operators/window/assigner.ts';
import { declaredWindowTransformation } from '../../../src/operators/window/declared.ts';
import { PLACES } from '../../../src/operators/fold-places.ts';
import { f64, i32, keyGroupOf, record, timestamp, utf8 } from '../../../src/record/index.ts';
import { runInOneThread } from '../../support/one-thread.ts';
import { OperatorHarness } from '../../support/operator-harness.ts';

const Row = record('Row', { key: i32, value: i32 });
const INPUTS = [{ type: Row, keyBy: ['key'] }];
const SPEC = { trigger: undefined, evictor: undefined, allowedLatenessMs: 0, lateTag: undefined };
const TUMBLING = { kind: 'tumbling', time: 'event', sizeMs: 10, offsetMs: 0 } as const;
const SLIDING = { kind: 'sliding', time: 'event', sizeMs: 30, slideMs: 10, offsetMs: 0 } as const;
const SESSION = { kind: 'session', time: 'event', gap: 5 } as const;

function windowOf(
  assigner: WindowAssigner,
  aggregates: AggregateSpec = { n: count(), total: sum('value') },
  preAggregate: 'on' | 'off' = 'off',
): ReturnType<typeof declaredWindowTransformation> {
  const spec = { ...SPEC, assigner, keyed: true };
  return declaredWindowTransformation(
    spec,
    aggregates,
    { type: Row, keyFields: ['key'] },
    preAggregate,
  );
}

describe('a window of many keys', () => {
  it.each([
    ['tumbling', TUMBLING],
    ['sliding', SLIDING],
    ['session', SESSION],
  ] as const)('fires in pieces of bounded size, each key once (%s)', (_, assigner) => {
    const keys = 5000;
    const harness = new OperatorHarness(windowOf(assigner).transformation, { inputs: INPUTS });
    for (let key = 0; key < keys; key++) harness.push({ key, value: key }, 0);
    let pieces = 0;
    for (let done = false; !done; pieces++) {
      const before = harness.emitted.length;
      done = harness.operator.onWatermark!(9) !== false;
      expect(harness.emitted.length - before).toBeLessThanOrEqual(FINISH_ROWS_MAX);
    }
    expect(pieces).toBeGreaterThanOrEqual(5);
    const rows = harness.rows as { readonly key: number; readonly total: number }[];
    expect(new Set(rows.map(({ key }) => key)).size).toBe(keys);
    expect(rows.every(({ key, total }) => key === total)).toBe(true);
    expect(rows).toHaveLength(keys);
    harness.advance(Number.MAX_SAFE_INTEGER);
    expect(harness.emitted).toHaveLength(assigner === SLIDING ? 3 * keys : keys);
    void harness.operator.close!(false);
    expect(harness.account.usedBytes).toBe(0);
  });

  it.each([
    ['sliding', SLIDING],
    ['session', SESSION],
  ] as const)('goes on where it was in other instances that share its keys (%s)', (_, assigner) => {
    const spec = { n: count(), most: max('value'), values: distinct('value') };
    const { transformation } = windowOf(assigner, spec);
    const halves = [
      { first: 0, last: 63 },
      { first: 64, last: 127 },
    ];
    const one = new OperatorHarness(transformation, { inputs: INPUTS });
    const whole = new OperatorHarness(transformation, { inputs: INPUTS });
    const rows = Array.from({ length: 300 }, (__, i) => ({ key: i % 40, value: (i * 7) % 11 }));
    for (const [i, row] of rows.slice(0, 150).entries()) {
      one.push(row, Math.floor(i / 10));
      whole.push(row, Math.floor(i / 10));
    }
    one.advance(10);
    whole.advance(10);
    const { keyed } = one.operator.snapshot!();
    const parts = halves.map((keyGroups) => {
      const part = new OperatorHarness(transformation, {
        inputs: INPUTS,
        keyGroups,
        watermark: 10,
      });
      part.operator.restore!({ keyed: [keyed!], operator: [] });
      return part;
    });
    for (const [i, row] of rows.slice(150).entries()) {
      const t = 12 + Math.floor(i / 10);
      parts[keyGroupOf(row.key, 128) < 64 ? 0 : 1]!.push(row, t);
      whole.push(row, t);
    }
    for (const harness of [whole, ...parts]) harness.advance(Number.MAX_SAFE_INTEGER);
    const got = [...one.rows, ...parts.flatMap((part) => part.rows)].map((row) =>
      JSON.stringify(row),
    );
    expect(got.toSorted()).toEqual(whole.rows.map((row) => JSON.stringify(row)).toSorted());
    expect(got.length).toBeGreaterThanOrEqual(40);
  });

  it('refuses accumulators of other aggregates', () => {
    const harness = new OperatorHarness(windowOf(TUMBLING).transformation, { inputs: INPUTS });
    harness.push({ key: 1, value: 1 }, 0);
    const { keyed } = harness.operator.snapshot!();
    const other = windowOf(TUMBLING, { least: max('value') });
    const restored = new OperatorHarness(other.transformation, { inputs: INPUTS });
    expect(() => restored.operator.restore!({ keyed: [keyed!], operator: [] })).toThrow(
      expect.objectContaining({ code: 'ERR_STATE_SNAPSHOT' }),
    );
  });

  it.each([TUMBLING, SESSION])('names the operator when a row has no timestamp', (assigner) => {
    const harness = new OperatorHarness(windowOf(assigner).transformation, { inputs: INPUTS });
    expect(() => harness.push({ key: 1, value: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_NO_TIMESTAMP' }),
    );
  });

  it('refuses an aggregate that has the name of a field of the result', () => {
    for (const name of ['key', 'windowStart', 'windowEnd']) {
      expect(() => windowOf(TUMBLING, { [name]: count() })).toThrow(
        expect.objectContaining({ code: 'ERR_OPERATORS_RESULT_NAME' }),
      );
    }
  });
});

describe('a fold before rows are spread', () => {
  it('sends one partial result for the rows of a key and slice, in pieces of bounded size', () => {
    const { local } = windowOf(TUMBLING, undefined, 'on');
    const fold = new OperatorHarness(local!.transformation, { inputs: [{ type: Row }] });
    for (let i = 0; i < 20_000; i++) fold.push({ key: i % 100, value: 1 }, i % 10);
    expect(fold.emitted.length).toBeLessThan(1000);
    fold.advance(9);
    const rows = fold.rows as { readonly _word0: number }[];
    expect(rows.reduce((n, { _word0 }) => n + _word0, 0)).toBe(20_000);
    for (let key = 0; key < PLACES; key++) fold.push({ key, value: 1 }, 15);
    const before = fold.emitted.length;
    expect(fold.operator.prepareSnapshot!()).toBe(false);
    expect(fold.emitted.length - before).toBe(FINISH_ROWS_MAX);
    while (fold.operator.prepareSnapshot!() === false);
    const all = fold.rows as { readonly _word0: number }[];
    expect(all.reduce((n, { _word0 }) => n + _word0, 0)).toBe(20_000 + PLACES);
  });

  it('passes rows on alone when their keys hardly come again', () => {
    const { local } = windowOf(TUMBLING, undefined, 'on');
    const fold = new OperatorHarness(local!.transformation, { inputs: [{ type: Row }] });
    for (let key = 0; key < 30_000; key++) fold.push({ key, value: 1 }, 5);
    // All but those that wait in a place which was not needed again.
    expect(fold.emitted.length).toBeGreaterThan(30_000 - PLACES);
    const before = fold.emitted.length;
    fold.push({ key: 1, value: 1 }, 5);
    expect(fold.emitted.length).toBeGreaterThan(before);
  });

  it('checks values of plain rows as their codec would', () => {
    const { local } = windowOf(TUMBLING, undefined, 'on');
    const fold = new OperatorHarness(local!.transformation, { inputs: [{ type: Row }] });
    const push = (value: unknown) => () => fold.operator.process!({ key: 1, value }, 5);
    for (const value of [1.5, '1', undefined, 2 ** 31]) {
      expect(push(value)).toThrow(expect.objectContaining({ code: 'ERR_RECORD_VALUE' }));
    }
    expect(push(1)).not.toThrow();
  });

  it('is left out where rows cannot be folded so', () => {
    expect(windowOf(TUMBLING, undefined, 'on').local).toBeDefined();
    expect(windowOf(SESSION, undefined, 'on').local).toBeUndefined();
    expect(windowOf({ ...SLIDING, slideMs: 40 }, undefined, 'on').local).toBeUndefined();
    expect(windowOf(TUMBLING, { n: distinct('value') }, 'on').local).toBeUndefined();
    expect(windowOf(TUMBLING, undefined, 'off').local).toBeUndefined();
  });
});

describe('a job with windows of declared aggregates', () => {
  const Event = record('Event', { time: timestamp, key: utf8, value: f64 });
  const ROWS = 1500;
  const keyOf = (i: number): string => `k${(i * 7) % 13}`;
  const timeOf = (i: number): number => i + ((i * 31) % 40) - 500;

  const build =
    (preAggregate: 'on' | 'off', assigner: WindowAssigner) =>
    (env: JobEnvironment): void => {
      env
        .fromSource(
          generator({
            type: Event,
            count: ROWS,
            splits: 2,
            row: (i, out) => {
              out.time = timeOf(i);
              out.key = keyOf(i);
              out.value = i % 5;
              return out;
            },
          }),
          // The splits may be read in any order.
          boundedOutOfOrderness((row) => row.time, ROWS),
        )
        .keyBy('key')
        .window(assigner)
        .aggregate({ n: count(), total: sum('value') }, { preAggregate })
        .sinkTo(collect());
    };

  const answers = (rows: readonly unknown[]): string[] =>
    rows.map((row) => JSON.stringify(row)).toSorted();

  it.each(['streaming', 'batch'] as const)(
    'gives the same with and without a fold before, whatever the order of the steps (%s)',
    async (executionMode) => {
      for (const assigner of [tumbling(100), sliding(100, 20), session(30)]) {
        const found = new Set<string>();
        for (const preAggregate of ['on', 'off'] as const) {
          for (const seed of [1, 2]) {
            const { collected } = await runInOneThread(
              job('windows', build(preAggregate, assigner)),
              { seed, parallelism: 2, executionMode, ringBytes: 4096 },
            );
            const [rows] = Object.values(collected);
            const counted = rows!.reduce<number>((n, row) => n + (row as { n: number }).n, 0);
            if (assigner.kind === 'tumbling') expect(counted).toBe(ROWS);
            if (assigner.kind === 'sliding') expect(counted).toBe(5 * ROWS);
            found.add(answers(rows!).join('\n'));
          }
        }
        expect(found.size).toBe(1);
      }
    },
  );

  it('folds before windows over a whole stream by itself', async () => {
    const { collected, plan } = await runInOneThread(
      job('all', (env) => {
        env
          .fromSource(
            generator({
              type: Event,
              count: ROWS,
              row: (i, out) => {
                out.time = timeOf(i);
                out.key = keyOf(i);
                out.value = 1;
                return out;
              },
            }),
            boundedOutOfOrderness((row) => row.time, 50),
          )
          .windowAll(tumbling(1000))
          .aggregate({ n: count(), total: sum('value') })
          .sinkTo(collect());
      }),
      { parallelism: 1 },
    );
    const [rows] = Object.values(collected);
    expect(rows!.reduce<number>((n, row) => n + (row as { n: number }).n, 0)).toBe(ROWS);
    const kinds = plan.chains[0]!.operators.map(({ name }) => name);
    expect(kinds).toContain('preAggregate');
  });
});
