import fc from 'fast-check';
import { expect, test } from 'vitest';

import { nexmarkConfig, shuffledId } from '../../native-free-bench/nexmark/generator-config.ts';
import type { NexmarkOptions } from '../../native-free-bench/nexmark/generator-config.ts';
import { ArrivalOrder } from '../../native-free-bench/nexmark/generator-order.ts';
import { exactPrice, priceOf } from '../../native-free-bench/nexmark/generator-price.ts';
import { EventMachine } from '../../native-free-bench/nexmark/generator-rows.ts';
import {
  nexmark,
  nexmarkBids,
  nexmarkPersons,
} from '../../native-free-bench/nexmark/generator-source.ts';
import type {
  PollStatus,
  Source,
  SourceContext,
  SourceOutput,
  Split,
} from '../../src/connectors/index.ts';

const groupSizes = fc.integer({ min: 1, max: 5000 }).filter((size) => size % 953 !== 0);
const options = fc.record({
  events: fc.integer({ min: 0, max: 3000 }),
  rate: fc.constantFrom(100, 10_000, 1_000_000),
  outOfOrderGroupSize: fc.oneof(fc.constant(1), groupSizes),
  delayedShare: fc.constantFrom(0, 0.1, 1),
});

/** `priceOf` is `Math.round(10 ** (6 * u) * 100)` for every draw u. */
test('a price by the table is the price by the power', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (u) => {
      expect(priceOf(u)).toBe(exactPrice(u));
    }),
    { numRuns: 2000 },
  );
});

/** Within an out-of-order group numbers become ids by a permutation. */
test('a group of numbers keeps its ids', () => {
  fc.assert(
    fc.property(groupSizes, fc.integer({ min: 0, max: 1000 }), (size, group) => {
      const first = size * group;
      const ids = Array.from({ length: size }, (_, i) => shuffledId(first + i, size));
      expect(ids.toSorted((a, b) => a - b)).toEqual(ids.map((_, i) => first + i));
    }),
  );
});

/** Every number arrives exactly once; a delayed one at most `delayMs` of event time late. */
test('delays change the order only, and within their bound', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2000 }),
      fc.integer({ min: 1, max: 3000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (events, delayMs, delayedShare) => {
        const config = nexmarkConfig({ events, rate: 1000, delayMs, delayedShare });
        const order = new ArrivalOrder(config, 1000, events);
        const ids = Array.from({ length: events }, (_, i) => order.idOf(i));
        expect(ids.toSorted((a, b) => a - b)).toEqual(ids.map((_, i) => 1000 + i));
        let newest = 0;
        for (const id of ids) {
          newest = Math.max(newest, id);
          expect(newest - id).toBeLessThanOrEqual(delayMs);
        }
      },
    ),
  );
});

/** Rows of a source, read by subtasks that poll `maxRows` at a time and are opened anew after every poll if `restart`. */
async function rowsOf<T>(
  source: Source<T>,
  maxRows: number,
  restart: boolean,
): Promise<{ rows: unknown[]; splits: readonly Split[] }> {
  const context = { subtaskIndex: 0, parallelism: 1, monotonicMs: () => 0 } as SourceContext;
  const splits = await source.splits();
  const rows: unknown[] = [];
  for (const split of splits) {
    let reader = await source.open(split, context, undefined);
    let status: PollStatus;
    do {
      let emitted = 0;
      const output = {
        emit: (row: T) => void (emitted++, rows.push(plain(row))),
        full: false,
      } as unknown as SourceOutput<T>;
      status = reader.poll(output, maxRows);
      expect(emitted).toBeLessThanOrEqual(maxRows);
      if (restart && status === 'more') {
        const position = structuredClone(reader.position());
        reader = await source.open(split, context, position);
      }
    } while (status === 'more');
    expect(status).toBe('end');
  }
  return { rows, splits };
}

function plain(row: unknown): unknown {
  return JSON.parse(JSON.stringify(row)) as unknown;
}

/** A reader that is given a position goes on there; replayed rows are generated rows. */
test('rows do not depend on polls, restarts or on being made before', async () => {
  await fc.assert(
    fc.asyncProperty(
      options.map((some) => ({ ...some, events: Math.min(some.events, 600) })),
      fc.integer({ min: 1, max: 100 }),
      async (some: NexmarkOptions, maxRows) => {
        const expected = (await rowsOf(nexmark(some), 1 << 20, false)).rows;
        expect(expected.length).toBe(some.events);
        expect((await rowsOf(nexmark(some), maxRows, true)).rows).toEqual(expected);
        const replayed = nexmark({ ...some, pregenerated: true });
        expect((await rowsOf(replayed, maxRows, true)).rows).toEqual(expected);
        const bids = expected.flatMap((row) => (row as { bid: unknown }).bid ?? []);
        expect((await rowsOf(nexmarkBids(some), maxRows, true)).rows).toEqual(bids);
        const persons = expected.flatMap((row) => (row as { person: unknown }).person ?? []);
        const again = nexmarkPersons({ ...some, pregenerated: true });
        expect((await rowsOf(again, maxRows, true)).rows).toEqual(persons);
      },
    ),
    { numRuns: 15 },
  );
});

test('an event does not depend on the events made before it', () => {
  const machine = new EventMachine(nexmarkConfig({ events: 1000 }));
  const rowOf = (id: number): string => {
    const { generator, writer, views, memory } = machine;
    generator.load(id);
    views.bind(memory);
    writer.write(memory, 0);
    return JSON.stringify(views.show(generator.kind, 0));
  };
  const inOrder = Array.from({ length: 1000 }, (_, id) => rowOf(id));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 999 })), (ids) => {
      for (const id of ids) expect(rowOf(id)).toBe(inOrder[id]);
    }),
  );
});
