import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { csv } from '../../src/connectors/index.ts';
import type { CsvSourceOptions } from '../../src/connectors/index.ts';
import { f64, i32, nullable, record, timestamp, utf8 } from '../../src/record/index.ts';
import { readAll, sinkContext, writeAll } from '../support/connector-harness.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const file = temporaryFolder();
const Trip = record('Trip', { id: i32, from: utf8, fare: nullable(f64), time: timestamp });
const AT = Date.UTC(2024, 1, 29, 12, 30);

function read(content: string, options: CsvSourceOptions = {}): ReturnType<typeof readAll> {
  return readAll(csv(file('in.csv', content), Trip, options));
}

test('columns are found by the header, in any order, and others are ignored', async () => {
  const { rows } = await read(
    'time,extra,from,id,fare\r\n2024-02-29T12:30:00Z,x,"Zürich, HB",7,2.5\r\n\r\n1709209800000,y,"a ""b""",8,',
  );
  expect(rows).toEqual([
    { id: 7, from: 'Zürich, HB', fare: 2.5, time: AT },
    { id: 8, from: 'a "b"', fare: null, time: AT },
  ]);
});

test('a byte order mark, renamed columns and another dialect are understood', async () => {
  const { rows } = await read("\uFEFFkey;origin;fare;time\n1;'a;b';-0.5;0\n", {
    delimiter: ';',
    quote: "'",
    columns: { id: 'key', from: 'origin' },
  });
  expect(rows).toEqual([{ id: 1, from: 'a;b', fare: -0.5, time: 0 }]);
});

test('without a header columns come in the order of the fields, or as listed', async () => {
  const plain = await read('1,a,2,0\n', { header: false });
  const listed = await read('0,2,a,1\n', {
    header: false,
    columns: ['time', 'fare', 'from', 'id'],
  });
  expect(plain.rows).toEqual([{ id: 1, from: 'a', fare: 2, time: 0 }]);
  expect(listed.rows).toEqual(plain.rows);
});

test('quoted line breaks are read when the file is multiline, and refused with a hint when not', async () => {
  const content = 'id,from,fare,time\n1,"two\nlines",,0\n';
  const { rows, splits } = await read(content, { multiline: true, splitBytes: 4 });
  expect(rows).toEqual([{ id: 1, from: 'two\nlines', fare: null, time: 0 }]);
  expect(splits).toHaveLength(1);
  await expect(read(content)).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_ROW',
    message: expect.stringContaining('multiline: true'),
    place: { line: 2, column: 3 },
  });
});

test.each([
  ['1.5,a,,0', 'field id: expected an i32 integer (-2147483648 .. 2147483647), got "1.5"', 1],
  ['3000000000,a,,0', 'got "3000000000"', 1],
  ['1,a,zwei,0', 'field fare: expected a number (f64), got "zwei"', 5],
  ['1,a,,2024-02-30', 'field time: expected a timestamp', 6],
  ['1,a,', 'expected 4 fields, got 3', 1],
  ['1,"a"b,,0', 'expected a delimiter after the closing quote, got "b"', 6],
])(
  'the row %s fails with its file, line, column, what was expected and what was got',
  async (row, message, column) => {
    const error = read(`id,from,fare,time\n0,ok,,0\n${row}\n`);
    await expect(error).rejects.toMatchObject({
      code: 'ERR_CONNECTORS_ROW',
      message: expect.stringContaining(message),
      place: { file: file('in.csv'), line: 3, column, operator: 'source', subtask: 0, row },
    });
  },
);

test('bad rows are skipped or handed on with their lines, in every split', async () => {
  const content = `id,from,fare,time\n${'1,a,,0\nx,bad,,0\n'.repeat(5)}`;
  const { rows, rejected } = await read(content, { onBadRow: 'sideOutput', splitBytes: 20 });
  expect(rows).toHaveLength(5);
  expect(rejected.map((bad) => bad.line)).toEqual([3, 5, 7, 9, 11]);
  expect(rejected[0]).toEqual({
    raw: 'x,bad,,0',
    reason: 'field id: expected an i32 integer (-2147483648 .. 2147483647), got "x"',
    file: file('in.csv'),
    line: 3,
  });
});

test('a column that is not there, a missing file and a bad option are errors before the first row', async () => {
  await expect(read('id,from,time\n')).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_SCHEMA',
    message: expect.stringContaining('expected a column fare, got id, from, time'),
  });
  await expect(readAll(csv(file('none.csv'), Trip))).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_FILE',
    place: { file: file('none.csv') },
  });
  for (const options of [{ delimiter: '||' }, { quote: ',' }, { splitBytes: 0 }]) {
    expect(() => csv('x.csv', Trip, options)).toThrow(
      expect.objectContaining({ code: 'ERR_CONNECTORS_OPTION' }),
    );
  }
});

test('rows longer than the read buffer are read', async () => {
  const long = 'ä'.repeat(400_000);
  const { rows } = await read(`id,from,fare,time\n1,${long},,0\n2,b,,0\n`);
  expect(rows).toMatchObject([{ id: 1, from: long }, { id: 2 }]);
});

test('typed rows are written with a header, quotes where needed, empty nulls and ISO timestamps', async () => {
  const path = file('out.csv');
  const rows = [
    { id: 1, from: 'a,"b"', fare: null, time: AT },
    { id: -2, from: '', fare: -0, time: AT + 1 },
  ];
  await writeAll(csv(path), rows, sinkContext({ type: Trip }));
  expect(readFileSync(path, 'utf8')).toBe(
    'id,from,fare,time\n1,"a,""b""",,2024-02-29T12:30:00.000Z\n-2,"",-0,2024-02-29T12:30:00.001Z\n',
  );
});

test('untyped rows take their columns from the first row, and a sink without rows writes its header', async () => {
  const path = file('free.csv');
  await writeAll(csv(path, { delimiter: ';' }), [
    { a: 1n, b: [1, 2] },
    { b: new Date(0), a: undefined },
  ]);
  expect(readFileSync(path, 'utf8')).toBe('a;b\n1;[1,2]\n;1970-01-01T00:00:00.000Z\n');
  await writeAll(csv(path, { columns: ['time', 'id'] }), [], sinkContext({ type: Trip }));
  expect(readFileSync(path, 'utf8')).toBe('time,id\n');
});

test('a file appears only when the sink closes well, one for each subtask', async () => {
  const path = file('parts.csv');
  const context = sinkContext({ type: Trip, subtaskIndex: 1, parallelism: 2 });
  await writeAll(csv(path), [], context, true);
  expect([existsSync(file('parts-1.csv')), existsSync(file('.parts-1.csv.part'))]).toEqual([
    false,
    false,
  ]);
  await writeAll(csv(path), [], context);
  expect(existsSync(file('parts-1.csv'))).toBe(true);
  await writeAll(csv(file('n{subtask}.csv')), [], context);
  expect(existsSync(file('n1.csv'))).toBe(true);
});

test('a path that cannot be written is an error when the sink opens', async () => {
  const sink = csv(file('no/such/folder/out.csv'));
  await expect(writeAll(sink, [])).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_SINK',
    message: expect.stringContaining('ENOENT'),
    place: { file: file('no/such/folder/out.csv') },
  });
});
