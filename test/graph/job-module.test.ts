/** Job modules as Node loads them: in a process of its own, on the main thread and in a worker. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { afterAll, describe, expect, test } from 'vitest';

interface Outcome {
  readonly fingerprint?: string;
  readonly locations?: readonly string[];
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly place?: { readonly file?: string; readonly line?: number; readonly column?: number };
  readonly cause?: string | null;
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-modules-'));
afterAll(() => rmSync(folder, { recursive: true }));

const graph = fileURLToPath(new URL('../../src/graph/index.ts', import.meta.url));
const modules: Readonly<Record<string, string>> = {
  'syntax.ts': 'export const a = 1;\nconst x = ;\n',
  'syntax.mjs': 'export const a = 1;\nconst x = ;\n',
  'enum.ts': 'export {};\nenum A { x }\n',
  'throws.ts': 'const a: number = 1;\nthrow new Error(`boom ${a}`);\n',
  'imports-syntax.ts': 'import "./syntax.ts";\n',
  'imports-missing.ts': 'import "./nowhere.ts";\n',
  'imports-name.ts': 'import { nope } from "node:fs";\nexport default nope;\n',
  'nothing.ts': 'const a = 1;\nexport {};\n',
  'no-default.ts': 'export const flights = 1, delays = 2;\n',
  'function.ts': 'export default function build() {}\n',
  'object.ts': 'export default { name: "x", steps: [] };\n',
  'bad-job.ts': `import { job } from ${JSON.stringify(pathToFileURL(graph).href)};\n\nexport default job('', () => {});\n`,
};
for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text);

const good = new URL('./modules/good.ts', import.meta.url).href;
const names = [...Object.keys(modules), 'absent.ts'];
const urls = [good, ...names.map((name) => pathToFileURL(join(folder, name)).href)];
const printed = execFileSync(
  process.execPath,
  ['-C', 'source', fileURLToPath(new URL('./modules/load-cases.ts', import.meta.url)), ...urls],
  { encoding: 'utf8' },
);
const { main, worker } = JSON.parse(printed) as { main: Outcome[]; worker: Outcome[] };
const of = (name: string): Outcome => main[1 + names.indexOf(name)]!;

describe('a job module', () => {
  test('yields the same graph on the main thread and in a worker', () => {
    expect(main[0]!.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(worker[0]!.fingerprint).toBe(main[0]!.fingerprint);
  });

  test('tells where each call stands, as written', () => {
    expect(main[0]!.locations).toEqual([
      'good.ts:9:6',
      'good.ts:10:6',
      'good.ts:11:6',
      'good.ts:12:6',
    ]);
    expect(worker[0]!.locations).toEqual(main[0]!.locations);
  });

  test('fails alike on both', () => {
    expect(worker.map((outcome) => outcome.code)).toEqual(main.map((outcome) => outcome.code));
    expect(worker.map((outcome) => outcome.place)).toEqual(main.map((outcome) => outcome.place));
  });
});

describe('a module that cannot be imported', () => {
  const at = (name: string, line?: number, column?: number): Outcome['place'] => ({
    file: join(folder, name),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  });

  test('is reported at the line and column of a syntax error', () => {
    expect(of('syntax.ts')).toMatchObject({
      code: 'ERR_GRAPH_MODULE',
      place: at('syntax.ts', 2, 11),
      cause: 'SyntaxError',
    });
    expect(of('imports-syntax.ts')).toMatchObject({ place: at('syntax.ts', 2, 11) });
  });

  test('is named where Node does not tell the line, as in JavaScript', () => {
    expect(of('syntax.mjs')).toMatchObject({ place: at('syntax.mjs'), cause: 'SyntaxError' });
    expect(of('syntax.mjs').message).toMatch(/Unexpected token/);
  });

  test('is reported at what type stripping cannot do', () => {
    expect(of('enum.ts')).toMatchObject({ code: 'ERR_GRAPH_MODULE', place: at('enum.ts', 2, 1) });
    expect(of('enum.ts').message).toMatch(/enum is not supported/);
  });

  test('is reported at the import of a module or name that is not there', () => {
    expect(of('imports-missing.ts')).toMatchObject({ place: at('imports-missing.ts') });
    expect(of('imports-missing.ts').message).toMatch(/nowhere\.ts/);
    expect(of('imports-name.ts')).toMatchObject({ place: at('imports-name.ts', 1, 10) });
  });

  test('is reported at the line that throws while it is evaluated', () => {
    expect(of('throws.ts')).toMatchObject({
      code: 'ERR_GRAPH_MODULE',
      place: at('throws.ts', 2, 7),
    });
    expect(of('throws.ts').message).toMatch(/Error: boom 1$/);
  });

  test('is named when it does not exist', () => {
    expect(of('absent.ts')).toMatchObject({ code: 'ERR_GRAPH_MODULE', place: at('absent.ts') });
  });

  test('keeps the code of an error of the engine', () => {
    expect(of('bad-job.ts')).toMatchObject({
      code: 'ERR_GRAPH_ARGUMENT',
      place: at('bad-job.ts', 3, 16),
    });
  });
});

describe('a module whose default export is no job', () => {
  test('is told what it exports instead, and what to write', () => {
    const said = (name: string): string[] => [of(name).message ?? '', of(name).hint ?? ''];
    expect(of('nothing.ts').code).toBe('ERR_GRAPH_NO_DEFAULT');
    expect(said('nothing.ts')[0]).toMatch(/got one where it exports nothing$/);
    expect(said('no-default.ts')[0]).toMatch(/exports only delays, flights$/);
    expect(said('function.ts')[0]).toMatch(/its default export is function build$/);
    expect(said('function.ts')[1]).toBe('Wrap the function: `export default job(name, build)`.');
    expect(said('object.ts')[0]).toMatch(/is an object with name, steps$/);
    expect(of('object.ts').place).toEqual({ file: join(folder, 'object.ts') });
  });
});
