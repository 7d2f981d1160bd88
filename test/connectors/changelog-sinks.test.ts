import { readFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  callback,
  collect,
  csv,
  driverChannelName,
  jsonLines,
  parseDriverChannel,
  print,
  table,
} from '../../src/connectors/index.ts';
import type { Sink } from '../../src/connectors/index.ts';
import { i32, record, RowKind, utf8 } from '../../src/record/index.ts';
import type { RecordType } from '../../src/record/index.ts';
import { sinkContext } from '../support/connector-harness.ts';

const Word = record('Word', { word: utf8, n: i32 });
const changes: readonly (readonly [RowKind, { word: string; n: number }])[] = [
  [RowKind.insert, { word: 'to', n: 1 }],
  [RowKind.updateBefore, { word: 'to', n: 1 }],
  [RowKind.updateAfter, { word: 'to', n: 2 }],
  [RowKind.insert, { word: 'be', n: 1 }],
  [RowKind.delete, { word: 'be', n: 1 }],
];
const folder = mkdtempSync(join(tmpdir(), 'changelog-sinks-'));

async function write(sink: Sink, type?: RecordType): Promise<[string, unknown][]> {
  const sent: [string, unknown][] = [];
  const toDriver = async (channel: string, batch: readonly unknown[]): Promise<void> => {
    for (const row of batch) sent.push([channel, row]);
  };
  const writer = sink.createWriter(sinkContext({ ...(type && { type }), toDriver }));
  await writer.open?.();
  try {
    for (const [kind, row] of changes) writer.write(row, 0, kind);
  } catch (error) {
    await writer.close(true);
    throw error;
  }
  await writer.close(false);
  return sent;
}

test('print says the kind of rows that are no inserts, and of all rows if asked', async () => {
  expect((await write(print())).map(([, line]) => line)).toEqual([
    '{"word":"to","n":1}',
    '-U {"word":"to","n":1}',
    '+U {"word":"to","n":2}',
    '{"word":"be","n":1}',
    '-D {"word":"be","n":1}',
  ]);
  expect((await write(print({ kinds: true, prefix: 'p' })))[0]![1]).toBe(
    'p> +I {"word":"to","n":1}',
  );
});

test('collect refuses changes unless it is told what to do with them', async () => {
  await expect(write(collect('x'))).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_CHANGELOG',
    message: 'Sink collect takes inserted rows only, got a row of kind -U',
  });
  expect((await write(collect('x', { changelog: 'kinds' }))).map(([, row]) => row)).toEqual(
    changes.map(([kind, row]) => ({ op: ['+I', '-U', '+U', '-D'][kind], row })),
  );
  expect(() => collect('x', { changelog: 'sum' as never })).toThrow("'refuse', 'kinds' or 'fold'");
  expect(() => collect('x', { key: ['a'] })).toThrow(/Option key of collect/);
});

test('table and collect with fold send changes under the name of the table and its key', async () => {
  for (const sink of [
    table('words', { key: ['word'] }),
    collect('words', { changelog: 'fold', key: ['word'] }),
  ]) {
    const sent = await write(sink);
    expect(sent.map(([, row]) => row)).toEqual(changes.map(([kind, row]) => ({ kind, row })));
    expect(parseDriverChannel(sent[0]![0])).toEqual({
      kind: 'table',
      name: 'words',
      key: ['word'],
    });
  }
  const channel = { kind: 'table', name: 'a:"b', key: undefined } as const;
  expect(parseDriverChannel(driverChannelName(channel))).toEqual(channel);
  expect(() => table('x', { key: [] })).toThrow(/Option key of table/);
});

test('csv and jsonLines refuse changes, or write the kind as a first column', async () => {
  const file = join(folder, 'words.csv');
  await expect(write(csv(file))).rejects.toMatchObject({ code: 'ERR_CONNECTORS_CHANGELOG' });
  for (const type of [undefined, Word]) {
    await write(csv(file, { opColumn: 'op', delimiter: ';' }), type);
    expect(readFileSync(file, 'utf8')).toBe(
      'op;word;n\n+I;to;1\n-U;to;1\n+U;to;2\n+I;be;1\n-D;be;1\n',
    );
    await write(csv(file, { opColumn: 'op', header: false, delimiter: '+' }), type);
    expect(readFileSync(file, 'utf8')).toContain('"+U"+to+2\n');
    await write(jsonLines(file, { opColumn: 'op' }), type);
    expect(readFileSync(file, 'utf8').split('\n').slice(0, 2)).toEqual([
      '{"op":"+I","word":"to","n":1}',
      '{"op":"-U","word":"to","n":1}',
    ]);
  }
  await expect(write(jsonLines(file))).rejects.toMatchObject({ code: 'ERR_CONNECTORS_CHANGELOG' });
  await expect(write(csv(file, { opColumn: 'n' }), Word)).rejects.toThrow(
    'expected a name that Word does not use',
  );
  expect(() => csv(file, { opColumn: '' })).toThrow(/Option opColumn of csv/);
});

test('json documents that are no objects stand in the property value beside the kind', async () => {
  const file = join(folder, 'values.ndjson');
  const writer = jsonLines(file, { opColumn: 'op' }).createWriter(sinkContext());
  await writer.open?.();
  writer.write(5, 0);
  writer.write({}, 0, RowKind.delete);
  await writer.close(false);
  expect(readFileSync(file, 'utf8')).toBe('{"op":"+I","value":5}\n{"op":"-D"}\n');
});

test('callback is given the kind', async () => {
  const seen: unknown[] = [];
  await write(callback((row, _, kind) => void seen.push([kind, row])));
  expect(seen).toEqual(changes);
  const later: unknown[] = [];
  await write(callback(async (row, _, kind) => void later.push([kind, row])));
  expect(later).toEqual(changes);
});
