/** File sinks on a real disk, and what they say when files are not as a checkpoint left them. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { job } from 'millrace';
import { TestRun, testSource } from 'millrace/testing';
import { csv, jsonLines, lines } from '../../src/connectors/index.ts';
import type { Sink, SinkContext, SinkWriter } from '../../src/connectors/index.ts';
import { fileSink } from '../../src/connectors/file-sink.ts';
import { rollingPolicy } from '../../src/connectors/rolling.ts';
import type { Plain } from '../../src/operators/index.ts';
import { i32, record } from '../../src/record/index.ts';
import { sinkContext } from '../support/connector-harness.ts';
import { MemorySinkDisk } from '../support/memory-sink-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const file = temporaryFolder();

/** What a checkpoint holds of one writer, as JSON brings it back. */
async function checkpoint(writer: SinkWriter, number: number): Promise<Plain> {
  const state = JSON.parse(JSON.stringify(writer.snapshot!())) as Plain;
  await writer.prepareCommit!(number);
  return state;
}

/** A writer that goes on from the states of earlier ones; the last one leaves them as a crash would. */
async function restored(
  sink: Sink,
  states: readonly Plain[],
  context: SinkContext = sinkContext(),
): Promise<SinkWriter> {
  const writer = sink.createWriter(context);
  const parallelism = states.length;
  writer.restore!(
    states.map((state, subtaskIndex) => {
      const mine = subtaskIndex % context.parallelism === context.subtaskIndex;
      return { subtaskIndex, parallelism, state, mine };
    }),
  );
  await writer.open?.();
  return writer;
}

async function opened(sink: Sink, context: SinkContext = sinkContext()): Promise<SinkWriter> {
  const writer = sink.createWriter(context);
  await writer.open?.();
  return writer;
}

function hiddenOf(path: string): string {
  return `${dirname(path)}/.${basename(path)}.part`;
}

/** Files of a folder with their texts. */
function textsOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')]),
  );
}

const SINKS: readonly [string, (path: string) => Sink][] = [
  ['lines', (path) => lines(path)],
  ['csv', (path) => csv(path)],
  ['jsonLines', (path) => jsonLines(path)],
];

describe.each(SINKS)('%s', (name, make) => {
  test('goes on after a crash from the rows before the barrier', async () => {
    const path = file(`crash.${name}`);
    const first = await opened(make(path));
    first.write({ n: 1 }, 0);
    const state = await checkpoint(first, 1);
    first.write({ n: 2 }, 0);
    first.flush?.();
    expect(existsSync(path)).toBe(false);
    // Failed: what the checkpoint speaks of stays, hidden.
    await first.close(true);
    expect([existsSync(path), existsSync(hiddenOf(path))]).toEqual([false, true]);
    const second = await restored(make(path), [state]);
    second.write({ n: 3 }, 0);
    await second.close(false);
    const text = readFileSync(path, 'utf8');
    const plain = await opened(make(file(`plain.${name}`)));
    plain.write({ n: 1 }, 0);
    plain.write({ n: 3 }, 0);
    await plain.close(false);
    expect(text).toBe(readFileSync(file(`plain.${name}`), 'utf8'));
    expect(existsSync(hiddenOf(path))).toBe(false);
  });

  test('takes its file back when it had ended after the checkpoint', async () => {
    const path = file(`ended.${name}`);
    const first = await opened(make(path));
    first.write({ n: 1 }, 0);
    const state = await checkpoint(first, 1);
    first.write({ n: 2 }, 0);
    await first.close(false);
    const before = readFileSync(path, 'utf8');
    const second = await restored(make(path), [state]);
    expect(existsSync(path)).toBe(false);
    second.write({ n: 2 }, 0);
    await second.close(false);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });
});

test('parts appear when the checkpoint behind them is complete, each with a header', async () => {
  const folder = file('parts');
  mkdirSync(folder);
  const sink = csv(`${folder}/out.csv`, { rolling: { onCheckpoint: true } });
  const context = sinkContext({ runId: 'r', subtaskIndex: 1, parallelism: 2 });
  const first = await opened(sink, context);
  first.write({ n: 1 }, 0);
  await checkpoint(first, 1);
  first.write({ n: 2 }, 0);
  const state = await checkpoint(first, 2);
  first.write({ n: 3 }, 0);
  first.flush?.();
  await first.commit!(1);
  const names = Object.keys(textsOf(folder));
  expect(names.map((name) => name.replace(/[\da-f]{8}/, 'T'))).toEqual([
    '.out-1-T-1.csv.part',
    '.out-1-T-2.csv.part',
    'out-1-T-0.csv',
  ]);
  // The process ends: nobody closes anything.
  const second = sink.createWriter(context);
  second.restore!([{ subtaskIndex: 1, parallelism: 2, state, mine: true }]);
  await second.open?.();
  second.write({ n: 4 }, 0);
  await second.close(false);
  expect(Object.values(textsOf(folder))).toEqual(['n\n1\n', 'n\n2\n', 'n\n4\n']);
  await first.close(true);
});

test('parts end by size, by age and by a pause, and not before', async () => {
  let nowMs = 0;
  const context = sinkContext({ runId: 'r', nowMs: () => nowMs });
  const count = async (
    rolling: Parameters<typeof rollingPolicy>[1],
    work: (writer: SinkWriter) => void,
  ): Promise<number> => {
    const disk = new MemorySinkDisk(1);
    const spec = { kind: 'lines', path: 'out', params: {}, opColumn: undefined };
    const encoder = (): { head: string; encode: () => string } => ({
      head: '',
      encode: () => 'row\n',
    });
    const policy = rollingPolicy('lines', rolling);
    const writer = await opened(fileSink({ ...spec, rolling: policy, encoder }, disk), context);
    work(writer);
    await writer.close(false);
    return disk.files.size;
  };
  const rows = (times: readonly number[]) => (writer: SinkWriter) => {
    for (const at of times) {
      nowMs = at;
      writer.flush?.();
      writer.write('row', 0);
      writer.flush?.();
    }
  };
  expect(await count({ maxPartSize: 8 }, rows([0, 0, 0, 0, 0]))).toBe(3);
  expect(await count({ rolloverInterval: '1s' }, rows([0, 400, 999, 1000, 1500]))).toBe(2);
  expect(await count({ inactivityInterval: 500 }, rows([0, 499, 998, 1498]))).toBe(2);
  expect(await count({}, rows([0, 100, 200]))).toBe(1);
});

test('options of parts are checked, and stand in the plan', () => {
  expect(
    csv('a.csv', { rolling: { maxPartSize: '1KiB', rolloverInterval: Infinity } }).params,
  ).toMatchObject({
    rolling: {
      onCheckpoint: false,
      maxPartSize: 1024,
      rolloverInterval: null,
      inactivityInterval: 60_000,
    },
  });
  for (const rolling of [
    { maxPartSize: 0 },
    { maxPartSize: 'much' },
    { rolloverInterval: -1 },
    { inactivityInterval: NaN },
    { onCheckpoint: 'yes' as unknown as boolean },
    'daily' as unknown as object,
  ]) {
    for (const make of [
      () => lines('x', { rolling }),
      () => jsonLines('x', { rolling }),
      () => csv('x', { rolling }),
    ]) {
      expect(make).toThrow(expect.objectContaining({ code: 'ERR_CONNECTORS_OPTION' }));
    }
  }
});

test('a folder that is not there is an error when the sink opens, also of parts', async () => {
  const sink = lines(file('no/such/folder/out.txt'), { rolling: {} });
  await expect(opened(sink)).rejects.toMatchObject({ code: 'ERR_CONNECTORS_SINK' });
});

test('a writer that was never opened, since its input had ended before the restore, closes without a trace', async () => {
  const path = file('never.csv');
  await csv(path).createWriter(sinkContext()).close(false);
  expect(existsSync(path)).toBe(false);
});

test('a job goes on from a checkpoint at another parallelism, and every row is in its files once', async () => {
  const folder = file('job');
  mkdirSync(folder);
  const N = record('N', { n: i32 });
  const writing = job('writing', (env) => {
    env
      .fromSource(testSource('rows', N))
      .rebalance()
      .sinkTo(csv(`${folder}/out.csv`));
  });
  const run = await TestRun.start(writing, { parallelism: 2 });
  for (let n = 0; n < 10; n++) run.source<{ n: number }>('rows').push({ n });
  await run.drain();
  const snapshot = await run.checkpoint();
  // Lost, and given again by the source.
  run.source<{ n: number }>('rows').push({ n: 10 });
  await run.drain();
  await run.cancel();
  const wider = await TestRun.restore(writing, snapshot, { parallelism: 3 }, run);
  for (let n = 10; n < 20; n++) wider.source<{ n: number }>('rows').push({ n });
  await wider.finish();
  const texts = Object.entries(textsOf(folder));
  expect(texts.map(([name]) => name)).toEqual(['out-0.csv', 'out-1.csv', 'out-2.csv']);
  const rows = texts.flatMap(([, text]) => text.trimEnd().split('\n').slice(1).map(Number));
  expect(rows.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

test('files of other writers are finished under their names when the parallelism changes', async () => {
  const folder = file('rescaled');
  mkdirSync(folder);
  const sink = lines(`${folder}/out.txt`);
  const writers = await Promise.all(
    [0, 1, 2].map((subtaskIndex) => opened(sink, sinkContext({ subtaskIndex, parallelism: 3 }))),
  );
  writers.forEach((writer, i) => writer.write(`before ${i}`, 0));
  const states = await Promise.all(writers.map((writer) => checkpoint(writer, 1)));
  for (const writer of writers) await writer.close(true);
  for (const subtaskIndex of [0, 1]) {
    const writer = await restored(sink, states, sinkContext({ subtaskIndex, parallelism: 2 }));
    writer.write(`after ${subtaskIndex}`, 0);
    await writer.close(false);
  }
  expect(textsOf(folder)).toEqual({
    'out-0.txt': 'before 0\nafter 0\n',
    'out-1.txt': 'before 1\nafter 1\n',
    'out-2.txt': 'before 2\n',
  });
});

describe('what is not as the checkpoint left it is an error:', () => {
  const refused = { code: 'ERR_CONNECTORS_SINK_STATE', retryable: false };

  async function left(name: string): Promise<{ path: string; state: Plain }> {
    const path = file(name);
    const writer = await opened(csv(path));
    writer.write({ n: 1 }, 0);
    const state = await checkpoint(writer, 1);
    await writer.close(true);
    return { path, state };
  }

  test('a file that is gone, too short, or another one of the same name', async () => {
    const { path, state } = await left('gone.csv');
    rmSync(hiddenOf(path));
    await expect(restored(csv(path), [state])).rejects.toMatchObject(refused);
    writeFileSync(path, 'n\n7\n8\n9\n');
    await expect(restored(csv(path), [state])).rejects.toThrow(
      /expected the 4 bytes .* \(8 bytes\)/,
    );
    // An older result is left alone.
    expect(readFileSync(path, 'utf8')).toBe('n\n7\n8\n9\n');
    writeFileSync(hiddenOf(path), 'n\n');
    await expect(restored(csv(path), [state])).rejects.toMatchObject(refused);
  });

  test('the state of another kind of sink', async () => {
    await expect(restored(csv(file('kind.csv')), [{ other: 1 }])).rejects.toMatchObject(refused);
  });

  test('rows with other columns, unless they can begin a new part', async () => {
    const { path, state } = await left('columns.csv');
    const type = record('M', { m: i32 });
    await expect(restored(csv(path), [state], sinkContext({ type }))).rejects.toThrow(
      'expected rows with the header "n\\n" to go on with, got "m\\n"',
    );
    const folder = file('columns');
    mkdirSync(folder);
    const sink = csv(`${folder}/out.csv`, { rolling: {} });
    const writer = await opened(sink, sinkContext({ runId: 'r' }));
    writer.write({ n: 1 }, 0);
    const rolled = await checkpoint(writer, 1);
    await writer.close(true);
    const next = await restored(sink, [rolled], sinkContext({ runId: 'r', type }));
    next.write({ m: 2 }, 0);
    await next.close(false);
    expect(Object.values(textsOf(folder))).toEqual(['n\n1\n', 'm\n2\n']);
  });
});

test('untyped rows keep the columns of the first row after a restart', async () => {
  const path = file('kept-columns.csv');
  const first = await opened(csv(path));
  first.write({ a: 1, b: 2 }, 0);
  const state = await checkpoint(first, 1);
  await first.close(true);
  const second = await restored(csv(path), [state]);
  second.write({ b: 4, a: 3 }, 0);
  await second.close(false);
  expect(readFileSync(path, 'utf8')).toBe('a,b\n1,2\n3,4\n');
});

test('a disk that cannot make rows durable declines the checkpoint, and the writer fails after that', async () => {
  const disk = new MemorySinkDisk(1);
  const spec = { kind: 'lines', path: 'out', params: {}, opColumn: undefined, rolling: undefined };
  const encoder = (): { head: string; encode: () => string } => ({
    head: '',
    encode: () => 'row\n',
  });
  const writer = await opened(fileSink({ ...spec, encoder }, disk));
  writer.write('row', 0);
  writer.snapshot!();
  const broken = { code: 'ERR_CONNECTORS_SINK', message: 'Cannot write out: the power is lost' };
  disk.callsLeft = 0;
  await expect(writer.prepareCommit!(1)).rejects.toMatchObject(broken);
  // The disk would say now that all is well, and what it dropped would be missing.
  disk.callsLeft = Infinity;
  expect(() => writer.snapshot!()).toThrow(expect.objectContaining(broken));
  await expect(writer.close(false)).rejects.toMatchObject(broken);
  expect(disk.openFiles).toBe(0);
});

test('hidden parts that no checkpoint speaks of are removed by the next start of the sink', async () => {
  const folder = file('leftovers');
  mkdirSync(folder);
  const sink = lines(`${folder}/out.txt`, { rolling: {} });
  const first = await opened(sink);
  first.write('row', 0);
  await checkpoint(first, 1);
  await first.close(true);
  expect(Object.keys(textsOf(folder))).toHaveLength(1);
  writeFileSync(`${folder}/.other-0123abcd-0.txt.part`, '');
  await opened(sink);
  expect(Object.keys(textsOf(folder))).toEqual(['.other-0123abcd-0.txt.part']);
});
