import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parquet } from '../../src/connectors/index.ts';
import type { Source } from '../../src/connectors/index.ts';
import {
  bool,
  bytes,
  f32,
  f64,
  i32,
  i64,
  nullable,
  record,
  timestamp,
  u32,
  utf8,
} from '../../src/record/index.ts';
import type { RecordType } from '../../src/record/index.ts';
import { drain, KeepingOutput, readAll, sourceContext } from '../support/connector-harness.ts';
import { parquetFile, timestampLogical } from '../support/parquet-writer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const file = temporaryFolder();
const FLIGHTS = new URL(
  '../../node_modules/vega-datasets/data/flights-3m.parquet',
  import.meta.url,
);
const Flight = record('Flight', {
  date: timestamp,
  delay: i32,
  distance: i32,
  origin: utf8,
  destination: utf8,
});

async function readSplit(source: Source<unknown>, index: number): Promise<readonly unknown[]> {
  const split = (await source.splits())[index]!;
  const reader = await source.open(split, sourceContext(), undefined);
  const output = new KeepingOutput();
  await drain(reader, output, 5000);
  await reader.close?.();
  return output.rows;
}

test('flights-3m has a split for each of its 11 row groups, and a group reads as it was written', async () => {
  const source = parquet(FLIGHTS, Flight);
  const splits = await source.splits();
  expect(splits).toHaveLength(11);
  const rows = (await readSplit(source, 10)) as { date: number; delay: number; origin: string }[];
  expect(rows).toHaveLength(272_730);
  expect(rows.every((row) => /^[A-Z]{3}$/.test(row.origin))).toBe(true);
  const dates = rows.map((row) => row.date);
  expect(dates.every((date, i) => i === 0 || date >= dates[i - 1]!)).toBe(true);
  expect(new Date(dates[0]!).getUTCFullYear()).toBe(2001);
});

test('a row group cut into several splits gives the same rows', async () => {
  const fine = parquet(FLIGHTS, record('F', { delay: i32, origin: utf8 }), { splitRows: 100_000 });
  expect(await fine.splits()).toHaveLength(33);
  const whole = parquet(FLIGHTS, record('F', { delay: i32, origin: utf8 }));
  const parts = await Promise.all([0, 1, 2].map((index) => readSplit(fine, index)));
  expect(parts.flat()).toEqual(await readSplit(whole, 0));
});

test('physical and logical types become the declared fields', async () => {
  const day = 86_400_000;
  const int96 = Buffer.alloc(12);
  int96.writeBigUInt64LE(1_500_000_000n); // 1.5 s into the day
  int96.writeUInt32LE(2_440_588 + 3, 8);
  const Types = record('Types', {
    a: i32,
    b: i64,
    c: i64.asBigInt(),
    d: u32,
    e: f32,
    f: f64,
    g: bool,
    h: utf8,
    i: bytes,
    millis: timestamp,
    micros: timestamp,
    nanos: timestamp,
    old: timestamp,
    date: timestamp,
    money: f64,
    uuid: utf8,
  });
  const nanos = 1_700_000_000_123_999_999n;
  const path = file(
    'types.parquet',
    parquetFile([
      { name: 'a', type: 'INT64', values: [-5n] },
      { name: 'b', type: 'INT64', values: [-(2n ** 53n) + 1n] },
      { name: 'c', type: 'INT64', values: [2n ** 62n + 1n] },
      { name: 'd', type: 'INT32', converted: 13, values: [-1] },
      { name: 'e', type: 'FLOAT', values: [0.5] },
      { name: 'f', type: 'DOUBLE', values: [-0.1] },
      { name: 'g', type: 'BOOLEAN', values: [true] },
      { name: 'h', type: 'BYTE_ARRAY', values: ['Zürich'] },
      { name: 'i', type: 'BYTE_ARRAY', values: [new Uint8Array([0, 255])] },
      { name: 'millis', type: 'INT64', logical: timestampLogical('MILLIS'), values: [-1n] },
      { name: 'micros', type: 'INT64', logical: timestampLogical('MICROS'), values: [-1n] },
      { name: 'nanos', type: 'INT64', logical: timestampLogical('NANOS'), values: [nanos] },
      { name: 'old', type: 'INT96', values: [int96] },
      { name: 'date', type: 'INT32', converted: 6, values: [2] },
      { name: 'money', type: 'INT32', converted: 5, scale: 2, values: [1999] },
      { name: 'uuid', type: 'BYTE_ARRAY', values: ['x'] },
    ]),
  );
  expect((await readAll(parquet(path, Types))).rows).toEqual([
    {
      a: -5,
      b: -(2 ** 53) + 1,
      c: 2n ** 62n + 1n,
      d: 4_294_967_295,
      e: 0.5,
      f: -0.1,
      g: true,
      h: 'Zürich',
      i: new Uint8Array([0, 255]),
      millis: -1,
      micros: -1,
      nanos: 1_700_000_000_123,
      old: 3 * day + 1500,
      date: 2 * day,
      money: 19.99,
      uuid: 'x',
    },
  ]);
});

test('columns can be renamed, and nulls need a nullable field', async () => {
  const path = file(
    'nulls.parquet',
    parquetFile([{ name: 'Key Column', type: 'INT32', optional: true, values: [1, null, 3] }]),
  );
  const columns = { key: 'Key Column' };
  const open = parquet(path, record('Open', { key: nullable(i32) }), { columns });
  expect((await readAll(open)).rows).toEqual([{ key: 1 }, { key: null }, { key: 3 }]);
  const strict = parquet(path, record('Strict', { key: i32 }), { columns });
  await expect(readAll(strict)).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_PARQUET',
    message: expect.stringContaining('column Key Column is null in row 2 of row group 0'),
    hint: 'Declare field key as nullable.',
  });
});

test.each([
  ['a missing column', record('M', { nope: i32 }), 'expected a column nope, got date, delay'],
  ['text for a number', record('M', { origin: i32 }), 'column origin does not fit the field'],
  ['a timestamp for an integer', record('M', { date: i64 }), 'got INT64 (TIMESTAMP MICROS)'],
  ['an integer for a boolean', record('M', { delay: bool }), 'expected a column that holds bool'],
])(
  '%s is an error that names the column before the first row',
  async (_, type: RecordType, message) => {
    await expect(parquet(FLIGHTS, type).splits()).rejects.toMatchObject({
      code: 'ERR_CONNECTORS_PARQUET',
      message: expect.stringContaining(message),
    });
  },
);

test('a value out of range names the column and the value', async () => {
  const path = file(
    'wide.parquet',
    parquetFile([{ name: 'n', type: 'INT64', values: [2n ** 40n] }]),
  );
  await expect(readAll(parquet(path, record('N', { n: i32 })))).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_PARQUET',
    message: expect.stringMatching(/column n of row group 0: expected an i32 .* got 1099511627776/),
  });
});

test('a file cut off anywhere is an error, never fewer rows', async () => {
  const whole = parquetFile([
    { name: 'n', type: 'INT32', values: [1, 2, 3] },
    { name: 't', type: 'BYTE_ARRAY', dictionary: true, values: ['a', 'b', 'a'] },
  ]);
  const type = record('Cut', { n: i32, t: utf8 });
  for (let bytesLeft = 0; bytesLeft < whole.length; bytesLeft += 7) {
    const path = file('cut.parquet', whole.subarray(0, bytesLeft));
    await expect(readAll(parquet(path, type))).rejects.toMatchObject({
      code: 'ERR_CONNECTORS_PARQUET',
    });
  }
  // The footer is there, the pages before it are not.
  const holed = Buffer.concat([whole.subarray(0, 4), whole.subarray(60)]);
  await expect(readAll(parquet(file('hole.parquet', holed), type))).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_PARQUET',
  });
  await expect(readAll(parquet(file('none.parquet'), type))).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_FILE',
  });
});

test('a text file is not taken for Parquet', async () => {
  const path = file('text.parquet', 'a,b\n1,2\n3,4\n');
  await expect(parquet(path, record('T', { a: i32 })).splits()).rejects.toMatchObject({
    message: expect.stringContaining('truncated or no Parquet file'),
  });
  expect(readFileSync(path)).toHaveLength(12);
});
