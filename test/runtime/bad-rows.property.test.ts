/**
 * Rows at which user code throws are left out when the job says so: what comes out is what comes of the other rows, and each
 * one left out is a dead letter, with generated and with interpreted drivers, in one chain and across rings.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collect, fromCollection } from '../../src/connectors/index.ts';
import type { BadRowPolicy } from '../../src/connectors/index.ts';
import { job, valueState } from '../../src/index.ts';
import type { DeadLetter, Job, OperatorStream } from '../../src/index.ts';
import { i32, nullable, record, utf8 } from '../../src/record/index.ts';
import { runJob } from '../../src/testing/index.ts';

const Row = record('Row', { key: i32, n: i32, text: nullable(utf8) });
const Fixed = record('Fixed', { key: i32, n: i32 });
type In = { readonly key: number; readonly n: number; readonly text: string | null };

/** Where a row fails, by its text. */
const PLACES = ['filter', 'map', 'value', 'flatMap', 'process', 'reduce', 'result'] as const;
const rowsOf = fc.array(
  fc.record({
    key: fc.integer({ min: 0, max: 3 }),
    n: fc.integer({ min: 0, max: 100 }),
    text: fc.option(fc.constantFrom(...PLACES), { freq: 2 }),
  }),
  { maxLength: 40 },
);

/** @param chained false puts each operator behind a ring */
function jobOf(rows: readonly In[], policy: BadRowPolicy, chained: boolean): Job {
  const fails = (place: string, text: unknown): void => {
    if (text === place) throw new RangeError(`bad for ${place}`);
  };
  return job('bad', { parallelism: 1 }, (env) => {
    const letters: OperatorStream<unknown>[] = [];
    const at = <T>(stream: OperatorStream<T>): OperatorStream<T> => {
      if (!chained) stream.disableChaining();
      letters.push(stream.onBadRow(policy));
      return stream;
    };
    const filtered = at(
      env
        .fromSource(fromCollection(rows as In[], Row))
        .filter(({ text }) => (fails('filter', text), true))
        .name('filter'),
    );
    const mapped = at(
      filtered
        .map(({ key, n, text }) => {
          fails('map', text);
          // No value for the field of an edge, or for whoever reads it.
          return { key, n: text === 'value' ? (null as unknown as number) : n, text };
        }, Row)
        .name('map')
        .startNewChain(),
    );
    const flat = at(
      mapped
        .keyBy('key')
        .process<In>(
          {
            processElement({ key, n, text }, _, out) {
              out.collect({ key, n, text });
            },
          },
          Row,
        )
        .flatMap(({ key, n, text }, out) => {
          fails('flatMap', text);
          out.collect({ key, n, text });
        }, Row)
        .name('flatMap'),
    );
    const counted = at(
      flat
        .keyBy('key')
        .process<In>(
          {
            states: [valueState('count', { initial: 0 })],
            processElement({ key, n, text }, context, out) {
              const count = context.getState<number>('count', 0);
              fails('process', text);
              count.update(count.value() + 1);
              out.collect({ key, n: n + 1000 * count.value(), text });
            },
          },
          Row,
        )
        .name('process'),
    );
    counted.sinkTo(collect('counted'));
    const sums = at(
      counted
        .keyBy('key')
        .reduce((sum, { key, n, text }) => {
          fails('reduce', text);
          return { key, n: text === 'result' ? (1.5 as number) : sum.n + (n % 1000), text: null };
        })
        .name('reduce'),
    );
    sums.map(({ key, n }) => ({ key, n }), Fixed).sinkTo(collect('sums'));
    for (const stream of policy === 'sideOutput' ? letters : []) {
      stream.deadLetters().sinkTo(collect('letters'));
    }
  });
}

/** What comes out when the rows that fail somewhere are not there. */
function model(rows: readonly In[]): { counted: object[]; sums: object[]; letters: string[] } {
  const counts = new Map<number, number>();
  const totals = new Map<number, number>();
  const counted: object[] = [];
  const sums: object[] = [];
  const letters: string[] = [];
  for (const { key, n, text } of rows) {
    if (text !== null && text !== 'reduce' && text !== 'result') {
      letters.push(text === 'value' ? 'map' : text);
      continue;
    }
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    counted.push({ key, n: n + 1000 * count, text });
    const before = totals.get(key);
    if (before !== undefined && text !== null) {
      letters.push('reduce');
      continue;
    }
    // The first row of a key is its first result, and no function is asked.
    const total = before === undefined ? n + 1000 * count : before + (n % 1000);
    totals.set(key, total);
    sums.push({ key, n: total });
  }
  return { counted, sums, letters };
}

describe.each([true, false])('generated drivers %s', (codegen) => {
  test.each([true, false])(
    'chained %s: what comes out is what the other rows give',
    async (chained) => {
      await fc.assert(
        fc.asyncProperty(rowsOf, fc.constantFrom('skip', 'sideOutput'), async (rows, policy) => {
          const run = await runJob(jobOf(rows, policy as BadRowPolicy, chained), {
            codegen,
            stepRowsMax: 7,
          });
          const { counted, sums, letters } = model(rows);
          expect(run.collected['counted'] ?? []).toEqual(counted);
          expect(run.collected['sums'] ?? []).toEqual(sums);
          const got = (run.collected['letters'] ?? []) as DeadLetter[];
          expect(got.map(({ operator }) => operator).toSorted()).toEqual(
            policy === 'skip' ? [] : letters.toSorted(),
          );
          const { badRows } = run.metrics.totals;
          expect(badRows).toBe(letters.length);
        }),
        { numRuns: 12 },
      );
    },
  );
});
