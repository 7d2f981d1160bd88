/** Cases: jobs, files and settings that are wrong. Prints one JSON line. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from 'millrace';
import type { ConfigInput } from '../../../src/placement/index.ts';
import type { Plain } from '../../../src/operators/index.ts';
import { failureOf, runCases } from '../../support/cases.ts';
import type { ErrorReport } from '../../support/cases.ts';
import { parquetFile } from '../../support/parquet-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-bad-input-'));
const pool = { threads: 2 };
const engine = await Engine.start({ config: { pool } });
const bad = new URL('../jobs/bad.ts', import.meta.url);

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What a job fails with, whether at once or while it runs. */
async function fails(
  what: string,
  parameters: Record<string, Plain> = {},
  config?: ConfigInput,
): Promise<ErrorReport & { jobs: number }> {
  await using own = config && (await Engine.start({ config: { pool, ...config } }));
  const used = own ?? engine;
  const failure = await failureOf(
    used.submit(bad, { parameters: { what, ...parameters } }).then((run) => run.done),
  );
  return { ...failure, jobs: used.jobs.length };
}

async function reads(
  what: string,
  file: string,
  policy: string,
): Promise<{ ids: unknown; bad: unknown; badRows: number }> {
  const run = await engine.submit(bad, { parameters: { what, file, policy } });
  const { metrics } = await run.done;
  return {
    ids: (run.collected() as { id: number }[]).map(({ id }) => id).toSorted((a, b) => a - b),
    bad: run.collected('bad'),
    badRows: metrics.totals.badRows,
  };
}

/** Submits a module of this text. */
async function module(name: string, text: string): Promise<ErrorReport> {
  return failureOf(engine.submit(write(name, text)));
}

const csvFile = write('rows.csv', 'id,name\n1,a\nx,b\n3,c\n');
const jsonFile = write('rows.jsonl', '{"id":1,"name":"a"}\n{"id":2,"na\n{"id":3,"name":null}\n');
const whole = parquetFile([
  { name: 'id', type: 'INT32', values: [1, 2, 3] },
  { name: 'name', type: 'BYTE_ARRAY', converted: 0, values: ['a', 'b', 'c'] },
]);
const cut = write('cut.parquet', whole.subarray(0, whole.length - 9));
const noParquet = write(
  'text.parquet',
  'this is no parquet file, though it is long enough for one',
);

await runCases({
  noDefault: () => module('no-default.ts', 'export const x = 1;\n'),
  syntax: () => module('syntax.ts', 'const a = 1;\nconst b = ;\n'),
  absent: () => failureOf(engine.submit(join(folder, 'absent.ts'))),
  build: () => fails('build'),
  graph: () => fails('graph'),
  strict: () => fails('plain', {}, { jobs: { bad: { strictTypes: true } } }),
  keyMissing: () => fails('key', { key: 'missing' }),
  keyNull: () => fails('key', { key: 'null' }),
  keyObject: () => fails('key', { key: 'object' }),
  keyNullField: () => fails('nullField'),
  range: () => fails('range'),
  large: () => fails('large', {}, { exchange: { ring: '4KiB', segment: '256B' } }),
  overdraft: () =>
    fails('overdraft', {}, { exchange: { ring: '4KiB', segment: '256B', overdraft: '64KiB' } }),
  function: () => fails('function'),
  csvFail: () => fails('csv', { file: csvFile }),
  csvSkip: () => reads('csv', csvFile, 'skip'),
  csvSide: () => reads('csv', csvFile, 'sideOutput'),
  jsonFail: () => fails('json', { file: jsonFile }),
  jsonSkip: () => reads('json', jsonFile, 'skip'),
  jsonSide: () => reads('json', jsonFile, 'sideOutput'),
  csvAbsent: () => fails('csv', { file: join(folder, 'absent.csv') }),
  parquetCut: () => fails('parquet', { file: cut }),
  parquetNone: () => fails('parquet', { file: noParquet }),
  sink: async () => {
    const file = join(folder, 'no', 'such', 'folder', 'out.jsonl');
    return { failure: await fails('sink', { file }), exists: existsSync(file) };
  },
  short: async () => {
    const states: string[] = [];
    await using own = await Engine.start({
      config: {
        pool: { ...pool, memory: '400MiB', heap: '64MiB', reserve: { memory: '64MiB' } },
        jobs: { bad: { operators: { reduce: { state: '10GiB' } } } },
      },
    });
    const submitted = own.submit(bad, {
      parameters: { what: 'key', key: 'null' },
      onState: (state) => states.push(state),
    });
    return { failure: await failureOf(submitted), states, jobs: own.jobs.length };
  },
  configKey: () => failureOf(Engine.start({ config: { pool: { thread: 2 } } as never })),
  configFile: () => {
    const file = write('bad.yaml', 'pool:\n  threads: many\n');
    return failureOf(Engine.start({ config: file }));
  },
  configOperator: () =>
    fails('plain', {}, { jobs: { bad: { operators: { nombers: { cpu: 1 } } } } }),
  configParallelism: () =>
    failureOf(engine.submit(bad, { parameters: { what: 'plain' }, parallelism: 0 })),
  after: async () => {
    const run = await engine.submit(bad, { parameters: { what: 'plain' } });
    return (await run.done).state;
  },
  close: async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  },
});
