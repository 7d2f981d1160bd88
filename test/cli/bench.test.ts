/** `millrace bench` as a user meets it: names, wrong names, the configuration, one benchmark in smoke size. */

import { expect, test } from 'vitest';

import { runCommandLine } from '../../src/cli/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { FakeIo } from './fake-io.ts';

const path = temporaryFolder();

async function bench(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = new FakeIo(path('.'), { ...process.env, NODE_OPTIONS: '' });
  const code = await runCommandLine(['bench', ...argv], io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

test('the names of all benchmarks are listed', async () => {
  const { code, out } = await bench('--list');
  expect(code).toBe(0);
  expect(out.trimEnd().split('\n')).toEqual(
    expect.arrayContaining(['keyed-sum', 'record-latency', 'window-latency', 'scaling']),
  );
});

test('an unknown name ends with 2 and the names there are', async () => {
  const { code, out, err } = await bench('keyed-sum', 'nope', '--smoke');
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^no benchmark named nope; there are: .*keyed-sum/);
});

test('a wrong configuration ends with 3 before anything runs', async () => {
  path('bad.yaml', 'exchange:\n  ring: 3\n');
  const { code, out, err } = await bench('keyed-sum', '--smoke', '--config', 'bad.yaml');
  expect([code, out]).toEqual([3, '']);
  expect(err).toContain('at bad.yaml:2:9');
  expect(err).not.toContain('running');
});

test('benchmarks run on the configuration given, which must fit', async () => {
  // The rings alone are larger than what the pool may use.
  path('tight.yaml', 'pool:\n  memory: 300MiB\nexchange:\n  ring: 256MiB\n');
  const { code, out } = await bench('start-up', '--smoke', '--json', '-c', 'tight.yaml');
  const report = JSON.parse(out) as { failed: { name: string; reason: string }[] };
  expect(code).toBe(1);
  expect(report.failed).toEqual([
    { name: 'start-up', reason: expect.stringContaining('does not fit') },
  ]);
});

test('a benchmark gives one document with --json', async () => {
  const { code, out, err } = await bench('start-up', '--smoke', '--json');
  const report = JSON.parse(out) as { smoke: boolean; results: { benchmark: string }[] };
  expect(code).toBe(0);
  expect(report.smoke).toBe(true);
  expect(new Set(report.results.map(({ benchmark }) => benchmark))).toEqual(new Set(['start-up']));
  expect(err).toBe('running start-up\n');
});
