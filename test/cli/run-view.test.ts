/** What is seen of a run: on a terminal, in a pipe, with --json and --quiet. */

import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { runView } from '../../src/cli/run-view.ts';
import type { RunView } from '../../src/cli/run-view.ts';
import { styleOf } from '../../src/cli/style.ts';
import type { CliIo, Output } from '../../src/cli/index.ts';
import { FakeOutput } from './fake-io.ts';
import { running } from './running-job.ts';
import { FakeTerminal } from './terminal.ts';

function viewOf(
  stdout: Output,
  stderr: Output,
  options: { quiet?: boolean; json?: boolean } = {},
  env: CliIo['env'] = {},
): RunView {
  const style = styleOf(stderr, { LANG: 'C.UTF-8' }, { noColor: true });
  return runView({ stdout, stderr, env }, style, { quiet: false, json: false, ...options });
}

describe('on a terminal', () => {
  test('lines of the job stand above the block, whole ones only, and the block goes at the end', async () => {
    const terminal = new FakeTerminal(80, 24);
    const view = viewOf(terminal, terminal);
    view.refresh(running);
    view.output('stdout', 'first\nsec');
    await nextTurn();
    expect(terminal.text).toMatch(/^first\nairport-delays {2}running [^]*\nbottleneck: .*\n$/);
    view.output('stdout', 'ond\n');
    view.output('stderr', 'third\n');
    await nextTurn();
    view.refresh(running);
    expect(terminal.text).toMatch(/^first\nsecond\nthird\nairport-delays {2}running /);
    view.output('stdout', 'without an end');
    view.close();
    expect(terminal.text).toBe('first\nsecond\nthird\nwithout an end');
  });

  test('the block follows the width of the terminal', () => {
    const terminal = new FakeTerminal(80, 24);
    const view = viewOf(terminal, terminal);
    view.refresh(running);
    terminal.columns = 120;
    view.refresh(running);
    const widest = Math.max(...terminal.text.split('\n').map((line) => line.length));
    expect(widest).toBeGreaterThan(80);
  });

  test('results in a pipe are not mixed with the block', async () => {
    const terminal = new FakeTerminal(80, 24);
    const pipe = new FakeOutput();
    const view = viewOf(pipe, terminal);
    view.refresh(running);
    view.output('stdout', 'row\n');
    await nextTurn();
    view.close();
    expect([pipe.text, terminal.text]).toEqual(['row\n', '']);
  });

  test.each([
    ['that is dumb', { TERM: 'dumb' }, 24],
    ['too low for a block', {}, 4],
  ])('%s, there are lines', (_, env, rows) => {
    const terminal = new FakeTerminal(200, rows);
    const view = viewOf(terminal, terminal, {}, env);
    view.refresh(running);
    view.refresh(running);
    expect(terminal.text.match(/airport-delays running 1\.25 s: 50 %/g)).toHaveLength(2);
  });
});

describe('elsewhere', () => {
  test('progress is lines on standard error', async () => {
    const [stdout, stderr] = [new FakeOutput(), new FakeOutput()];
    const view = viewOf(stdout, stderr);
    view.refresh(running);
    view.output('stdout', 'row\n');
    view.close();
    expect(stdout.text).toBe('row\n');
    expect(stderr.text).toMatch(/^airport-delays running 1\.25 s: .*\n$/);
  });

  test('with --json, all that the job prints goes to standard error', () => {
    const [stdout, stderr] = [new FakeOutput(), new FakeOutput()];
    const view = viewOf(stdout, stderr, { json: true });
    view.output('stdout', 'row\n');
    view.close();
    expect([stdout.text, stderr.text]).toEqual(['', 'row\n']);
  });

  test('with --quiet, no progress is wanted', () => {
    const view = viewOf(new FakeOutput(), new FakeTerminal(80, 24), { quiet: true });
    expect(view.intervalMs).toBeUndefined();
  });

  test('many rows are written by few calls, and none waits for more than a turn', async () => {
    let writes = 0;
    let characters = 0;
    const counting: Output = {
      write: (text) => {
        writes++;
        characters += text.length;
      },
      isTTY: false,
      columns: undefined,
      rows: undefined,
    };
    const view = viewOf(counting, new FakeOutput());
    for (let row = 0; row < 100_000; row++) view.output('stdout', 'a row\n');
    await nextTurn();
    expect(characters).toBe(600_000);
    expect(writes).toBeLessThan(20);
  });
});
