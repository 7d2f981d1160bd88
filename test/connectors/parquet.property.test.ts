/**
 * Laws: for any layout of row groups, pages, encodings and codecs the rows are the same; restarting after every poll gives every
 * row once; the hybrid cursor gives what was encoded for any cut into reads and skips; generated emitter = its plain twin.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parquet } from '../../src/connectors/index.ts';
import { interpretEmit, parquetEmitter } from '../../src/connectors/parquet-rows.ts';
import { RleCursor } from '../../src/connectors/rle-cursor.ts';
import { bool, f64, i64, nullable, record, utf8 } from '../../src/record/index.ts';
import { KeepingOutput, readAll, readWithRestarts } from '../support/connector-harness.ts';
import { hybrid, parquetFile } from '../support/parquet-writer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const file = temporaryFolder();
const Row = record('Row', { a: i64, b: nullable(f64), c: nullable(utf8), d: bool });
const anyRow = fc.record(
  {
    a: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.maxSafeInteger()),
    b: fc.option(fc.double()),
    c: fc.option(fc.constantFrom('', 'LAX', 'Zürich', '漢字')),
    d: fc.boolean(),
  },
  { noNullPrototype: true },
);
const anyLayout = fc.record({
  rowsPerGroup: fc.integer({ min: 1, max: 60 }),
  rowsPerPage: fc.integer({ min: 1, max: 30 }),
  v2: fc.boolean(),
  codec: fc.constantFrom('UNCOMPRESSED' as const, 'GZIP' as const, 'ZSTD' as const),
  dictionary: fc.boolean(),
  splitRows: fc.integer({ min: 1, max: 40 }),
  maxRows: fc.integer({ min: 2, max: 50 }),
});

test('any layout gives the same rows, read through or restarted after every poll', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRow, { minLength: 1, maxLength: 80 }),
      anyLayout,
      async (rows, layout) => {
        const { dictionary, splitRows, maxRows } = layout;
        const content = parquetFile(
          [
            { name: 'a', type: 'INT64', dictionary, values: rows.map((row) => BigInt(row.a)) },
            { name: 'b', type: 'DOUBLE', optional: true, values: rows.map((row) => row.b) },
            {
              name: 'c',
              type: 'BYTE_ARRAY',
              optional: true,
              dictionary,
              values: rows.map((row) => row.c),
            },
            { name: 'd', type: 'BOOLEAN', optional: true, values: rows.map((row) => row.d) },
          ],
          layout,
        );
        const source = parquet(file('any.parquet', content), Row, { splitRows });
        const expected = rows.map((row) => ({ ...row, a: row.a === 0 ? 0 : row.a }));
        expect((await readAll(source, maxRows)).rows).toEqual(expected);
        expect(await readWithRestarts(source, maxRows)).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});

test('the hybrid cursor gives what was encoded, for any width and any cut into reads and skips', () => {
  const anyValues = fc.integer({ min: 1, max: 32 }).chain((width) => {
    const value = fc.integer({ min: 0, max: 2 ** width - 1 }).map((unsigned) => unsigned | 0);
    const run = fc
      .tuple(value, fc.integer({ min: 1, max: 20 }))
      .map(([v, n]) => Array(n).fill(v) as number[]);
    return fc.record({
      width: fc.constant(width),
      values: fc.array(run, { maxLength: 12 }).map((runs) => runs.flat()),
      cuts: fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()), { minLength: 1 }),
    });
  });
  fc.assert(
    fc.property(anyValues, ({ width, values, cuts }) => {
      const bytes = new Uint8Array(Buffer.concat([hybrid(values, width), Buffer.alloc(8)]));
      const cursor = new RleCursor();
      cursor.reset(bytes, 0, width);
      const out = new Int32Array(16);
      for (let at = 0, i = 0; at < values.length; i++) {
        const [size, skipped] = cuts[i % cuts.length]!;
        const count = Math.min(size, values.length - at);
        if (skipped) {
          cursor.skip(count);
        } else {
          cursor.read(out, 0, count);
          expect([...out.subarray(0, count)]).toEqual(values.slice(at, at + count));
        }
        at += count;
      }
    }),
  );
});

test('a run of one value is taken as a whole only if it covers all rows asked for', () => {
  const cursor = new RleCursor();
  cursor.reset(new Uint8Array([...hybrid(Array(20).fill(1), 1), 0, 0, 0, 0, 0, 0, 0, 0]), 0, 1);
  expect([
    cursor.takeRun(1, 12),
    cursor.takeRun(1, 12),
    cursor.takeRun(0, 8),
    cursor.takeRun(1, 8),
  ]).toEqual([true, false, false, true]);
  expect(() => cursor.read(new Int32Array(600), 0, 600)).toThrow(RangeError);
});

test('the generated emitter and its plain twin emit the same rows and stop at the same place', () => {
  const { fields } = record('E', { x: f64, y: nullable(utf8) }).descriptor;
  const columns = [
    { codes: Int32Array.of(1, 0, 1, 0), values: Float64Array.of(1.5, -2) },
    { codes: Int32Array.of(0, -1, 1, -1), values: ['p', 'q'] },
  ];
  fc.assert(
    fc.property(fc.nat({ max: 4 }), fc.nat({ max: 4 }), fc.nat({ max: 5 }), (from, to, room) => {
      const run = (emit: ReturnType<typeof parquetEmitter>): unknown => {
        const output = new KeepingOutput();
        output.room = room;
        return [emit(output, {}, columns, from, to), output.rows];
      };
      expect(run(parquetEmitter(fields))).toEqual(run(interpretEmit(fields)));
    }),
  );
});
