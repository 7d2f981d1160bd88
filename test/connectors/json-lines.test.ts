import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { jsonLines } from '../../src/connectors/index.ts';
import {
  bytes,
  f64,
  i64,
  list,
  nullable,
  record,
  timestamp,
  utf8,
} from '../../src/record/index.ts';
import { readAll, sinkContext, writeAll } from '../support/connector-harness.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const file = temporaryFolder();
const Inner = record('Inner', { tag: utf8, weight: nullable(f64) });
const Event = record('Event', {
  id: i64.asBigInt(),
  time: timestamp,
  tags: list(utf8),
  inner: Inner,
  data: nullable(bytes),
});
const ROW = {
  id: 2n ** 60n,
  time: 86_400_000,
  tags: ['a', 'b'],
  inner: { tag: 'x', weight: NaN },
  data: new Uint8Array([1, 2, 255]),
};
const LINE =
  '{"id":"1152921504606846976","time":"1970-01-02T00:00:00.000Z","tags":["a","b"],"inner":{"tag":"x","weight":"NaN"},"data":"AQL/"}';

test('every kind of field has its JSON form and is read back', async () => {
  const path = file('events.ndjson');
  await writeAll(jsonLines(path), [ROW], sinkContext({ type: Event }));
  expect(readFileSync(path, 'utf8')).toBe(`${LINE}\n`);
  expect((await readAll(jsonLines(path, Event))).rows).toEqual([ROW]);
});

test('missing properties of nullable fields are null, unknown ones and empty lines are ignored', async () => {
  const content = `\n  \n{"other":1,"id":5,"time":"1970-01-01","tags":[],"inner":{"tag":""}}\n\n`;
  const { rows } = await readAll(jsonLines(file('sparse.ndjson', content), Event));
  expect(rows).toEqual([
    { id: 5n, time: 0, tags: [], inner: { tag: '', weight: null }, data: null },
  ]);
});

test.each([
  [LINE.replace('"x"', '7'), 'field inner.tag: expected a string, got 7'],
  [LINE.replace('"b"', 'null'), 'field tags[]: expected a string, got null'],
  [
    LINE.replace('"1152921504606846976"', '1152921504606846977'),
    'field id: expected an i64 integer',
  ],
  [LINE.replace('"AQL/"', '"*"'), 'field data: expected a base64 string, got "*"'],
  ['[1]', 'expected a JSON object, got [1]'],
])('the document %s fails with the path of the field', async (line, message) => {
  const source = jsonLines(file('bad.ndjson', `${LINE}\n${line}\n`), Event);
  await expect(readAll(source)).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_ROW',
    message: expect.stringContaining(message),
    place: { line: 2 },
  });
});

test('a file that ends within a document fails at its end, after the rows before', async () => {
  const source = jsonLines(file('cut.ndjson', `${LINE}\n${LINE.slice(0, 40)}`), Event);
  await expect(readAll(source)).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_ROW',
    message: expect.stringContaining('a document that is cut off'),
    place: { line: 2, column: 41 },
  });
  const skipping = jsonLines(file('cut.ndjson'), Event, { onBadRow: 'skip' });
  const { rows, rejected } = await readAll(skipping);
  expect([rows.length, rejected.length]).toEqual([1, 1]);
});

test('without a record type documents are what they are, read and written by the same name', async () => {
  const path = file('free.ndjson');
  const rows = [{ a: [1, { b: null }] }, 'text', 3, null];
  await writeAll(jsonLines(path), rows);
  expect((await readAll(jsonLines(path))).rows).toEqual(rows);
});
