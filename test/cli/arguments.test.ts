/** The command line: what it gives, and how it says what is wrong. */

import { describe, expect, test } from 'vitest';

import { parseCommandLine } from '../../src/cli/arguments.ts';
import type { CliOptions } from '../../src/cli/arguments.ts';
import { EngineError } from '../../src/base/index.ts';

function optionsOf(...argv: string[]): CliOptions {
  const line = parseCommandLine(argv);
  if (line.kind !== 'command') throw new Error(`expected a command, got ${line.kind}`);
  return line.options;
}

function problemOf(...argv: string[]): { code: string; message: string; hint: string } {
  try {
    parseCommandLine(argv);
  } catch (thrown) {
    if (thrown instanceof EngineError) return thrown;
  }
  throw new Error('expected an error');
}

describe('a command line', () => {
  test('gives a command its operands and options in any order', () => {
    const argv = ['-p', '3', 'run', '--config=a.yaml', 'job.ts', '--set', 'a=1', '--set', 'b=2'];
    expect(optionsOf(...argv)).toMatchObject({
      command: 'run',
      operands: ['job.ts'],
      config: 'a.yaml',
      parallelism: 3,
      set: ['a=1', 'b=2'],
      json: false,
      quiet: false,
      format: 'text',
    });
  });

  test('reads a parameter as JSON when it is, else as text', () => {
    const given = [
      'n=3',
      'list=[1,"b"]',
      'text=hello',
      'empty=',
      'eq=a=b',
      'flag=true',
      'day=2024-01-01',
    ];
    const argv = given.flatMap((text) => ['--param', text]);
    expect(optionsOf('run', 'job.ts', ...argv).parameters).toEqual({
      n: 3,
      list: [1, 'b'],
      text: 'hello',
      empty: '',
      eq: 'a=b',
      flag: true,
      day: '2024-01-01',
    });
  });

  test('a parameter named __proto__ is only a parameter', () => {
    const { parameters } = optionsOf('run', 'job.ts', '--param', '__proto__={"x":1}');
    expect(Object.keys(parameters)).toEqual(['__proto__']);
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });

  test('--json makes the plan a document, unless a format was asked for', () => {
    expect(optionsOf('plan', 'a.ts', '--json').format).toBe('json');
    expect(optionsOf('plan', 'a.ts', '--json', '-f', 'dot').format).toBe('dot');
  });

  test.each([
    [[], { kind: 'help', command: undefined }],
    [['--help'], { kind: 'help', command: undefined }],
    [['help'], { kind: 'help', command: undefined }],
    [['help', 'plan'], { kind: 'help', command: 'plan' }],
    [['plan', '-h'], { kind: 'help', command: 'plan' }],
    [['--version'], { kind: 'version' }],
    [['-V'], { kind: 'version' }],
  ])('%j asks for help or the version', (argv, expected) => {
    expect(parseCommandLine(argv)).toEqual(expected);
  });

  test.each([
    [['rum', 'a.ts'], 'ERR_CLI_COMMAND', 'Did you mean run?'],
    [['frobnicate'], 'ERR_CLI_COMMAND', 'See `millrace help`.'],
    [['run', 'a.ts', '--paralelism', '3'], 'ERR_CLI_OPTION', 'Did you mean --parallelism?'],
    [['run', 'a.ts', '--zzzzzzzzz'], 'ERR_CLI_OPTION', 'See `millrace help run`.'],
    [
      ['run', 'a.ts', '--format', 'dot'],
      'ERR_CLI_OPTION',
      'It is an option of `millrace plan`, `millrace inspect`.',
    ],
    [['--list'], 'ERR_CLI_OPTION', 'It is an option of `millrace bench`.'],
    [
      ['cancel', '--drain'],
      'ERR_CLI_OPTION',
      'It is an option of `millrace savepoint`, `millrace stop`.',
    ],
    [['inspect', 'f', '-f', 'dot'], 'ERR_CLI_VALUE', 'See `millrace help inspect`.'],
    [['inspect', 'f', '--limit', 'all'], 'ERR_CLI_VALUE', 'See `millrace help inspect`.'],
    [['run', 'a.ts', '--config'], 'ERR_CLI_VALUE', 'See `millrace help run`.'],
    [['run', 'a.ts', '--config', '--json'], 'ERR_CLI_VALUE', 'See `millrace help run`.'],
    [['run', 'a.ts', '--json=yes'], 'ERR_CLI_VALUE', 'See `millrace help run`.'],
    [['run', 'a.ts', '-p', '0'], 'ERR_CLI_VALUE', 'See `millrace help run`.'],
    [['run', 'a.ts', '-p', '1e3'], 'ERR_CLI_VALUE', 'See `millrace help run`.'],
    [['run', 'a.ts', '--param', '=3'], 'ERR_CLI_VALUE', 'See `millrace help run`.'],
    [['plan', 'a.ts', '-f', 'svg'], 'ERR_CLI_VALUE', 'See `millrace help plan`.'],
    [['run'], 'ERR_CLI_OPERANDS', 'See `millrace help run`.'],
    [['run', 'a.ts', 'b.ts'], 'ERR_CLI_OPERANDS', 'See `millrace help run`.'],
    [['schema', 'export'], 'ERR_CLI_OPERANDS', 'See `millrace help schema`.'],
  ] as const)('%j is wrong: %s, %s', (argv, code, hint) => {
    expect(problemOf(...argv)).toMatchObject({ code, hint });
  });

  test('says what was expected and what was got', () => {
    expect(problemOf('run', 'a.ts', '-p', 'many').message).toBe(
      'Expected --parallelism to be given an integer of 1 .. 32768, got many',
    );
    expect(problemOf('run', 'a.ts', 'b.ts').message).toBe(
      'Expected `millrace run JOB`, got also b.ts',
    );
  });

  test('a value that begins with a dash is given by an equals sign', () => {
    expect(optionsOf('run', 'a.ts', '--config=-odd.yaml').config).toBe('-odd.yaml');
  });
});
