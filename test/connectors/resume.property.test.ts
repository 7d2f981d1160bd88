/**
 * Law: a reader opened at the `position()` of another, after any of its rows, emits exactly the rows that the other one had not
 * emitted, and rejects exactly the bad rows that the other one had not rejected; for every source that keeps a position.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  csv,
  fromCollection,
  generator,
  jsonLines,
  lines,
  parquet,
} from '../../src/connectors/index.ts';
import type { Source } from '../../src/connectors/index.ts';
import type { Plain } from '../../src/operators/index.ts';
import { i64, nullable, record, utf8 } from '../../src/record/index.ts';
import { drain, KeepingOutput, sourceContext } from '../support/connector-harness.ts';
import { parquetFile } from '../support/parquet-writer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const file = temporaryFolder();
const Row = record('Row', { n: i64, text: nullable(utf8) });

interface Item {
  readonly n: number;
  readonly text: string;
  /** Whether it cannot be read. */
  readonly bad: boolean;
}

const anyItems = fc.array(
  fc.record({
    n: fc.integer({ min: 0, max: 1000 }),
    text: fc.string({
      unit: fc.constantFrom('a', '漢', '"', ',', '\n', '\r\n', ' '),
      maxLength: 6,
    }),
    bad: fc.boolean(),
  }),
  { maxLength: 12 },
);
/** How a text file is written. */
interface TextShape {
  readonly bom: string;
  readonly ending: string;
  /** Whether its last line has no ending. */
  readonly open: boolean;
  readonly splitBytes: number;
}

const anyText: fc.Arbitrary<TextShape> = fc.record({
  bom: fc.constantFrom('', '\uFEFF'),
  ending: fc.constantFrom('\n', '\r\n'),
  open: fc.boolean(),
  splitBytes: fc.integer({ min: 1, max: 60 }),
});

/** A text file of rows. */
function textFile(name: string, rows: readonly string[], { bom, ending, open }: TextShape): string {
  return file(name, bom + rows.join(ending) + (open || rows.length === 0 ? '' : ending));
}

const SOURCES: Readonly<Record<string, (items: readonly Item[], text: TextShape) => Source>> = {
  lines: (items, text) =>
    lines(
      textFile(
        'a.txt',
        items.map(({ n }) => `${n}`),
        text,
      ),
      { splitBytes: text.splitBytes },
    ),
  csv: (items, text) => {
    const rows = items.map(({ n, text: t, bad }) =>
      bad ? `x,${n}` : `${n},"${t.replaceAll('"', '""')}"`,
    );
    const path = textFile('a.csv', ['n,text', ...rows], text);
    return csv(path, Row, { multiline: true, onBadRow: 'sideOutput' });
  },
  'csv in splits': (items, text) => {
    const rows = items.map(({ n, bad }) => (bad ? 'x,' : `${n},`));
    const path = textFile('splits.csv', ['n,text', ...rows], text);
    return csv(path, Row, { splitBytes: text.splitBytes, onBadRow: 'sideOutput' });
  },
  jsonLines: (items, text) => {
    const rows = items.map(({ n, text: t, bad }) =>
      bad ? '{"n":' : JSON.stringify({ n, text: t }),
    );
    const path = textFile(
      'a.jsonl',
      rows.flatMap((row) => [row, '']),
      text,
    );
    return jsonLines(path, Row, { splitBytes: text.splitBytes, onBadRow: 'sideOutput' });
  },
  'jsonLines without a type': (items, text) => {
    const path = textFile(
      'b.jsonl',
      items.map((item) => JSON.stringify(item)),
      text,
    );
    return jsonLines(path, { splitBytes: text.splitBytes });
  },
  parquet: (items, { splitBytes }) => {
    const content = parquetFile(
      [
        { name: 'n', type: 'INT64', values: items.map(({ n }) => BigInt(n)) },
        { name: 'text', type: 'BYTE_ARRAY', optional: true, values: items.map(({ text }) => text) },
      ],
      { rowsPerGroup: 5, rowsPerPage: 2, v2: false, codec: 'UNCOMPRESSED' },
    );
    return parquet(file('a.parquet', content), Row, { splitRows: splitBytes });
  },
  generator: (items, { splitBytes }) =>
    generator({ count: items.length, splits: 1 + (splitBytes % 3), row: (i) => items[i]!.n }),
  collection: (items) => fromCollection(items),
};

/** Rows and raw texts of bad rows of one split: those of the first `rows`, then those of a reader that goes on. */
async function readInTwo(source: Source, index: number, rows: number): Promise<unknown[]> {
  const split = (await source.splits())[index]!;
  const seen: unknown[] = [];
  const first = sourceContext();
  const output = new KeepingOutput();
  const reader = await source.open(split, first, undefined);
  while (output.rows.length < rows && reader.poll(output, 1) !== 'end');
  const position = JSON.parse(JSON.stringify(reader.position())) as Plain;
  await reader.close?.();
  const second = sourceContext();
  const next = await source.open(split, second, position);
  await drain(next, output, 3);
  await next.close?.();
  seen.push(
    output.rows,
    [...first.rejected, ...second.rejected].map(({ raw, line }) => [raw, line]),
  );
  return seen;
}

test.each(Object.entries(SOURCES))('%s goes on after any row', async (_, make) => {
  await fc.assert(
    fc.asyncProperty(anyItems, anyText, async (items, text) => {
      if (items.length === 0) return;
      const source = make(items, text);
      const splits = await source.splits();
      for (const index of splits.keys()) {
        const whole = await readInTwo(source, index, 0);
        const count = (whole[0] as readonly unknown[]).length;
        for (let rows = 1; rows <= count + 1; rows++) {
          expect(await readInTwo(source, index, rows)).toEqual(whole);
        }
      }
    }),
    { numRuns: 30 },
  );
});
