/** Errors as the command prints them. */

import { describe, expect, test } from 'vitest';

import { EngineError } from '../../src/base/index.ts';
import { errorJson, errorText } from '../../src/cli/error-text.ts';
import { exitCodeOfError } from '../../src/cli/exit-codes.ts';
import { paintOf } from '../../src/cli/style.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const path = temporaryFolder();
const cwd = path('.').replace(/\/$/, '');
const job = path('job.ts', `line one\n\tconst x = row.price.cents;\n${' '.repeat(150)}y();\n`);
const style = { paint: paintOf(false), cwd, debug: false };

const userError = (source: string, cause: Error): EngineError =>
  new EngineError(
    'ERR_RUNTIME_USER_FUNCTION',
    { operator: 'map', reason: `${cause.name}: ${cause.message}` },
    { cause, place: { operator: 'map', subtask: 1, source, row: '{"id":3}' } },
  );

describe('the text of an error', () => {
  test('shows the source line of the user with a caret, and paths from here', () => {
    const text = errorText(userError(`${job}:2:16`, new TypeError('price is null')), style);
    expect(text.split('\n')).toEqual([
      'ERR_RUNTIME_USER_FUNCTION: A user function of operator map threw TypeError: price is null',
      '  operator: map, subtask 1',
      '  source: job.ts:2:16',
      '    2 |  const x = row.price.cents;',
      '      |                ^',
      '  row: {"id":3}',
      expect.stringMatching(/^ {2}hint: /),
      '',
    ]);
  });

  test('cuts a long source line around its place', () => {
    const text = errorText(userError(`${job}:3:151`, new Error('boom')), style);
    const [, line = '', caret = ''] = /\n( +3 \| .*)\n( +\| +\^)\n/.exec(text) ?? [];
    expect(line.length).toBeLessThan(120);
    expect(line[caret.length - 1]).toBe('y');
  });

  test('tells a cause only when the headline does not', () => {
    const cause = new Error('disk is full');
    const place = { file: 'out.csv' };
    const error = new EngineError(
      'ERR_CONNECTORS_SINK',
      { path: 'out.csv', reason: 'write failed' },
      { cause, place },
    );
    expect(errorText(error, style)).toContain('  cause: Error: disk is full\n');
    expect(errorText(userError('nowhere.ts:1:1', cause), style)).not.toContain('cause:');
  });

  test('shows every problem of a configuration', () => {
    const config = path('bad.yaml', 'pool:\n  thread: 2\n  memory: lots\n');
    const problem = (line: number, column: number, key: string): object => ({
      code: 'ERR_CONFIG_KEY',
      message: `problem with ${key}`,
      hint: `Correct ${key}.`,
      file: config,
      line,
      column,
    });
    const error = new EngineError('ERR_CONFIG_KEY', {
      known: '',
      section: '',
      key: '',
      suggestion: '',
      problems: [problem(2, 3, 'thread'), problem(3, 11, 'memory')],
    });
    const text = errorText(error, style);
    expect(text).toMatch(/^2 problems:\n/);
    expect(text).toContain('  at bad.yaml:2:3\n    2 |   thread: 2\n      |   ^\n');
    expect(text).toContain('  at bad.yaml:3:11\n    3 |   memory: lots\n      |           ^\n');
  });

  test('shows a stack only of a bug, or when asked', () => {
    const expected = userError(`${job}:1:1`, new Error('boom'));
    const bug = new EngineError('ERR_BASE_INVARIANT', { invariant: 'one is one' });
    expect(errorText(expected, style)).not.toContain('    at ');
    expect(errorText(expected, { ...style, debug: true })).toContain('    at ');
    expect(errorText(bug, style)).toContain('    at ');
  });

  test('colors the code and the hint on a terminal', () => {
    const colored = { ...style, paint: paintOf(true) };
    const text = errorText(userError(`${job}:1:1`, new Error('boom')), colored);
    expect(text.startsWith('\u001B[1m\u001B[31mERR_RUNTIME_USER_FUNCTION\u001B[39m')).toBe(true);
    expect(text).toContain('\u001B[36mhint:\u001B[39m');
  });
});

test('an error as data has what the text has', () => {
  expect(errorJson(userError(`${job}:1:1`, new RangeError('boom')))).toEqual({
    code: 'ERR_RUNTIME_USER_FUNCTION',
    message: 'A user function of operator map threw RangeError: boom',
    hint: expect.any(String) as string,
    retryable: true,
    place: { operator: 'map', subtask: 1, source: `${job}:1:1`, row: '{"id":3}' },
    cause: { name: 'RangeError', message: 'boom' },
  });
});

test.each([
  ['ERR_RUNTIME_USER_FUNCTION', 1],
  ['ERR_GRAPH_NO_SINK', 1],
  ['ERR_CLI_NO_TYPES', 1],
  ['ERR_CLI_OPTION', 2],
  ['ERR_CONFIG_KEY', 3],
  ['ERR_PLACEMENT_PIN', 3],
  ['ERR_PLAN_SETTING', 3],
  ['ERR_PLACEMENT_SHORT', 4],
] as const)('%s ends the command with %i', (code, exitCode) => {
  expect(exitCodeOfError(new EngineError(code))).toBe(exitCode);
});
