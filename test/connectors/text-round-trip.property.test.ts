/**
 * Laws: any rows written by a text sink and read by its source are the same rows; splits of any size give every row exactly
 * once; resuming from `position()` after any poll gives exactly the rest.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csv, jsonLines, lines } from '../../src/connectors/index.ts';
import { recordFromDescriptor } from '../../src/record/index.ts';
import type { RecordDescriptor } from '../../src/record/index.ts';
import { readAll, readWithRestarts, sinkContext, writeAll } from '../support/connector-harness.ts';
import { anyRecord, anyRow } from '../support/record-arbitraries.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const file = temporaryFolder();
const RUNS = { numRuns: 120 };

const anyTable = anyRecord(1, 5).chain((descriptor) =>
  fc.array(anyRow(descriptor), { maxLength: 20 }).map((rows) => ({ descriptor, rows })),
);

/** CSV has no text for a null inside a record, and JSON does: only rows of CSV lists and records go through JSON. */
async function roundTrip(
  descriptor: RecordDescriptor,
  rows: readonly Record<string, unknown>[],
  name: 'csv' | 'jsonLines',
  splitBytes: number,
  header: boolean,
): Promise<void> {
  const type = recordFromDescriptor(descriptor);
  const path = file(`table.${name}`);
  const context = sinkContext({ type });
  const source =
    name === 'csv'
      ? csv(path, type, { header, multiline: true })
      : jsonLines(path, type, { splitBytes });
  const sink = name === 'csv' ? csv(path, { header }) : jsonLines(path);
  await writeAll(sink, rows, context);
  expect((await readAll(source)).rows).toEqual(rows);
}

test('any typed rows come back from a CSV file as they were written', async () => {
  await fc.assert(
    fc.asyncProperty(anyTable, fc.boolean(), async ({ descriptor, rows }, header) => {
      await roundTrip(descriptor, rows, 'csv', 1, header);
    }),
    RUNS,
  );
});

test('any typed rows come back from JSON lines as they were written, in splits of any size', async () => {
  await fc.assert(
    fc.asyncProperty(anyTable, fc.integer({ min: 1, max: 400 }), async (table, splitBytes) => {
      await roundTrip(table.descriptor, table.rows, 'jsonLines', splitBytes, true);
    }),
    RUNS,
  );
});

/** Text of lines with all the line endings there are, and perhaps none at the end. */
const anyText = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.string({ unit: fc.constantFrom('a', 'ß', '漢', '😀', ' ', '\r', ','), maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
      ),
      { maxLength: 30 },
    ),
    fc.string({ unit: fc.constantFrom('z', 'é'), maxLength: 5 }),
    fc.boolean(),
  )
  .map(([rows, rest, bom]) => {
    const text = rows.map(([line, end]) => line + end).join('') + rest;
    const expected = text
      .split('\n')
      .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
    if (expected.at(-1) === '') expected.pop();
    return { text: (bom ? '\uFEFF' : '') + text, expected };
  });

test('splits of any size give every line exactly once, and so do restarts after every poll', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyText,
      fc.integer({ min: 1, max: 80 }),
      fc.integer({ min: 1, max: 9 }),
      async ({ text, expected }, splitBytes, maxRows) => {
        const path = file('lines.txt', text);
        const source = lines(path, { splitBytes });
        expect((await readAll(source, maxRows)).rows).toEqual(expected);
        expect(await readWithRestarts(source, maxRows)).toEqual(expected);
      },
    ),
    RUNS,
  );
});

test('a CSV source restarted after every poll gives every row exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyTable,
      fc.integer({ min: 1, max: 9 }),
      async ({ descriptor, rows }, maxRows) => {
        const type = recordFromDescriptor(descriptor);
        const path = file('restarts.csv');
        await writeAll(csv(path), rows, sinkContext({ type }));
        const source = csv(path, type, { multiline: true });
        expect(await readWithRestarts(source, maxRows)).toEqual(rows);
      },
    ),
    { numRuns: 60 },
  );
});
