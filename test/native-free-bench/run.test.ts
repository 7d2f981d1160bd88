/** The runner as a user meets it: a process with arguments, two streams and an exit code. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { discover, exportsBenchmark, select } from '../../native-free-bench/discover.ts';
import type { BenchDocument } from '../../native-free-bench/report.ts';
import { ROOT } from '../support/source-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, body: string, threads = 1): string => `
console.log('chatter of ${name}');
export const benchmark = { name: '${name}', topology: '\\n    a --> b\\n', threads: ${threads}, run: async ({ smoke }) => { ${body} } };
`;
const familyOf = (...names: string[]): string => `
export const benchmarks = ${JSON.stringify(names)}.map((name) => ({ name, topology: 'a', threads: 1, run: async ({ peers }) =>
  [{ name: 'rows', unit: 'rows/s', value: 1, ceiling: null, ratio: null, given: peers }] }));
`;
const good = `return [{ name: 'good rows', unit: 'rows/s', value: smoke ? 1234567 : 7654321, ceiling: 2469134, ratio: 0.5 }];`;

const write = (where: string, files: Readonly<Record<string, string>>): string => {
  const path = join(folder, where);
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
};
const healthy = write('healthy', {
  'good.ts': file('good', good),
  'huge.ts': file('huge', good, 100_000),
  'good-worker.ts': 'throw new Error("loaded a helper");',
});
const sized = write('sized', {
  'sized.ts': `export const benchmark = { name: 'sized', topology: 'a', threads: 1, run: async ({ parameters }) =>
  [{ name: 'rows', unit: 'rows/s', value: parameters.rows, ceiling: null, ratio: null }] };
`,
});
const broken = write('broken', {
  'dies.ts': file('dies', 'process.exit(0)'),
  'good.ts': file('good', good),
  'misnamed.ts': file('other', good),
  'wrong.ts': file('wrong', `throw new Error('wrong sum: expected 5, got 6');`),
});

const bench = (...args: string[]): { code: number | null; out: string; err: string } => {
  const run = join(ROOT, 'native-free-bench', 'run.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-C', 'source', run, ...args], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
};

describe('the runner', () => {
  test('prints exactly one document with --json, whatever benchmarks print', () => {
    const { code, out, err } = bench('--from', healthy, '--smoke', '--json');
    const report = JSON.parse(out) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(report).toMatchObject({ node: process.version, smoke: true, failed: [] });
    expect(report['cpus']).toBeGreaterThan(0);
    expect(report['results']).toEqual([
      {
        name: 'good rows',
        unit: 'rows/s',
        value: 1_234_567,
        ceiling: 2_469_134,
        ratio: 0.5,
        benchmark: 'good',
        parameters: {},
      },
    ]);
    expect(report['skipped']).toEqual([
      {
        name: 'huge',
        reason: expect.stringMatching(/^needs 100000 threads at once, this machine/),
      },
    ]);
    expect(err).toContain('chatter of good');
  });

  test('hands sizes of the user on, and refuses what is none', () => {
    const given = bench('--from', sized, '--smoke', '--json', '--parameter', 'rows=777');
    const { results } = JSON.parse(given.out) as BenchDocument;
    expect(results[0]).toMatchObject({ value: 777, parameters: {} });
    const { code, err } = bench('--parameter', 'rows');
    expect(code).toBe(2);
    expect(err).toContain('expected --parameter NAME=NUMBER with a number above 0, got rows');
  });

  test('prints the drawing and a table for people', () => {
    const { code, out } = bench('--from', healthy, '--only', 'good');
    expect(code).toBe(0);
    expect(out).toContain('\n  a --> b\n');
    expect(out).toMatch(
      / {2}name +value +unit +ceiling +ratio\n {2}good rows +7,654,000 +rows\/s +2,469,000 +0\.50\n/,
    );
  });

  test('ends with 1 and the names of those that failed, and runs the others', () => {
    const { code, out, err } = bench('--from', broken, '--json');
    expect(code).toBe(1);
    expect(err).toContain('failed: dies, misnamed, wrong\n');
    expect(err).toContain('wrong sum: expected 5, got 6');
    const report = JSON.parse(out) as {
      results: unknown[];
      failed: { name: string; reason: string }[];
    };
    expect(report.results).toHaveLength(1);
    expect(report.failed.map(({ reason }) => reason.split('\n')[0])).toEqual([
      'its process ended with code 0 before it reported',
      "Error: expected the benchmark's name to be its file's, misnamed, got other",
      'Error: wrong sum: expected 5, got 6',
    ]);
  });

  test('refuses unknown names and options with what there is', () => {
    expect(bench('--from', healthy, '--only', 'good,nope')).toEqual({
      code: 2,
      out: '',
      err: 'no benchmark named nope; there are: good, huge\n',
    });
    expect(bench('--fast')).toMatchObject({ code: 2, out: '' });
  });

  test('runs one of several benchmarks of a file, or all by the name of the file, and hands peers on', () => {
    const several = write('several', { 'pair.ts': familyOf('pair-a', 'pair-b') });
    expect(bench('--from', several, '--list')).toMatchObject({ code: 0, out: 'pair-a\npair-b\n' });
    const names = (...args: string[]): unknown[] =>
      (JSON.parse(bench('--from', several, '--json', ...args).out) as BenchDocument).results.map(
        ({ benchmark, name, given }) => [benchmark, name, given],
      );
    expect(names('--only', 'pair-b', '--peers', 'flink,rxjs')).toEqual([
      ['pair-b', 'rows', ['flink', 'rxjs']],
    ]);
    expect(names('--only', 'pair')).toEqual([
      ['pair-a', 'rows', []],
      ['pair-b', 'rows', []],
    ]);
  });

  test('lists names', () => {
    expect(bench('--from', healthy, '--list')).toMatchObject({ code: 0, out: 'good\nhuge\n' });
  });
});

test('files that export no benchmark are not loaded', async () => {
  const found = await discover([healthy, join(folder, 'absent')]);
  expect(found.map(({ name }) => name)).toEqual(['good', 'huge']);
  expect(exportsBenchmark('// export const benchmark\nconst benchmark = 1;')).toBe(false);
});

test('all are chosen when none is named', async () => {
  const all = await discover([healthy]);
  expect(select(all, [])).toEqual({ chosen: all, unknown: [] });
});
