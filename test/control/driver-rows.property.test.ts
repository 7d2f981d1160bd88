/**
 * Law: whatever batches, barriers, checkpoints that become complete and restarts come, what is kept are the rows of the
 * successful history, each once, and a table is the fold of its changes.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CollectedRows } from '../../src/control/driver-rows.ts';

type Step =
  | { readonly do: 'batch'; readonly writer: number; readonly rows: number }
  /** A barrier passes the next writer that it has not passed. */
  | { readonly do: 'barrier' }
  /** The barrier that passed all is a complete checkpoint. */
  | { readonly do: 'complete'; readonly settles: boolean }
  | { readonly do: 'restart'; readonly older: boolean };

const WRITERS = 2;

/** A writer is still before the first barrier while another is behind it. */
const LATE_WRITER: Step[] = [
  { do: 'barrier' },
  { do: 'batch', writer: 0, rows: 1 },
  { do: 'batch', writer: 1, rows: 1 },
  { do: 'barrier' },
  { do: 'complete', settles: false },
  { do: 'restart', older: false },
];

const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('batch'),
      writer: fc.nat({ max: WRITERS - 1 }),
      rows: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('barrier') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('complete'), settles: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart'), older: fc.boolean() }) },
) as fc.Arbitrary<Step>;

test('what is kept are the rows of the successful history, each once', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const rows = new CollectedRows();
      const table = new CollectedRows();
      let next = 0;
      let barrier = 0;
      /** Of each writer: the last barrier, and the rows of its history. */
      let epochs: (number | undefined)[] = [undefined, undefined];
      let history: number[][] = [[], []];
      let passed = WRITERS;
      let pending: { readonly number: number; readonly history: number[][] } | undefined;
      const complete: { readonly number: number; readonly history: number[][] }[] = [];
      for (const step of steps) {
        if (step.do === 'batch') {
          const batch = Array.from({ length: step.rows }, () => next++);
          history[step.writer]!.push(...batch);
          const epoch = epochs[step.writer];
          rows.push({ rows: batch, epoch, acknowledge: () => undefined });
          const changes = batch.map((row) => ({ kind: 0 as const, row: { key: row % 5, row } }));
          table.change(changes, undefined, epoch);
        } else if (step.do === 'barrier') {
          if (passed === WRITERS) {
            barrier++;
            passed = 0;
            pending = { number: barrier, history: [] };
          }
          epochs[passed] = barrier;
          pending?.history.push([...history[passed]!]);
          passed++;
        } else if (step.do === 'complete' && pending !== undefined && passed === WRITERS) {
          complete.push(pending);
          pending = undefined;
          if (step.settles) {
            complete.splice(0, complete.length - 1);
            rows.settle(barrier);
            table.settle(barrier);
          }
        } else if (step.do === 'restart') {
          if (step.older && complete.length > 1) complete.pop();
          const restored = complete.at(-1);
          history = restored?.history.map((own) => [...own]) ?? [[], []];
          epochs = [undefined, undefined];
          passed = WRITERS;
          pending = undefined;
          rows.restart(restored?.number);
          table.restart(restored?.number);
        }
        const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
        expect(sorted(rows.kept as number[])).toEqual(sorted(history.flat()));
        const folded = (table.kept as { readonly row: number }[]).map(({ row }) => row);
        expect(sorted(folded)).toEqual(sorted(history.flat()));
      }
    }),
    { numRuns: 500, examples: [[LATE_WRITER]] },
  );
});
