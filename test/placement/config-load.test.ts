/** Configuration files: what they mean, and where each mistake is reported. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { EngineError, KiB, MiB } from '../../src/base/index.ts';
import { explainConfig, loadConfig, resolveConfig } from '../../src/placement/index.ts';
import type { Config } from '../../src/placement/index.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-config-'));
});
afterAll(() => rm(directory, { recursive: true }));

let count = 0;
async function load(
  text: string,
  options: {
    readonly name?: string;
    readonly set?: readonly string[];
    readonly profile?: string;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<Config> {
  const file = options.name ?? `config-${count++}.yaml`;
  await writeFile(join(directory, file), text);
  return loadConfig(file, options.set, options.profile, {
    workingDirectory: directory,
    environment: options.environment ?? {},
  });
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly line?: number;
  readonly column?: number;
}

async function problemsOf(loading: Promise<unknown>): Promise<readonly Problem[]> {
  const thrown: unknown = await loading.catch((error: unknown) => error);
  if (!(thrown instanceof EngineError)) throw new Error('expected an EngineError');
  const problems = (thrown.details['problems'] ?? []) as readonly Problem[];
  if (problems.length > 0) expect(problems[0]).toMatchObject({ code: thrown.code });
  return problems;
}

describe('values', () => {
  test('without a file are defaults', async () => {
    const config = await loadConfig(undefined, [], undefined, { workingDirectory: directory });
    expect(config.file).toBeUndefined();
    expect(config.pool.threads).toBe('auto');
    expect(config.exchange.ring).toBe(MiB);
    expect(Object.values(config.sources).every((source) => source === 'default')).toBe(true);
  });

  test('are integers in bytes, milli-cores and milliseconds', async () => {
    const config = await load(`
pool: { threads: 3, cpus: "0-2,5", reserve: { cpu: 500m, memory: 1.5MiB }, memory: 50% }
exchange: { ring: 64KiB, drainTarget: 0.5s }
jobs:
  clicks:
    defaults: { cpu: 0.25, state: 8MiB }
    operators: { sum: { cpu: 2, heap: 4MB, worker: 1 } }
`);
    expect(config.pool).toMatchObject({
      threads: 3,
      cpus: [0, 1, 2, 5],
      reserve: { cpu: 500, memory: 1.5 * MiB },
      memory: '50%',
      heap: 'auto',
    });
    expect(config.exchange).toMatchObject({ ring: 64 * KiB, drainTarget: 500 });
    expect(config.jobs['clicks']).toEqual({
      restart: {},
      checkpoint: {},
      defaults: { cpu: 250, state: 8 * MiB },
      operators: { sum: { cpu: 2000, heap: 4_000_000, worker: 1 } },
    });
  });

  test('of an empty file, or of sections with everything commented out, are defaults', async () => {
    expect((await load('')).pool.pin).toBe('none');
    expect((await load('pool:\n  # threads: 2\njobs:\n')).pool.threads).toBe('auto');
  });

  test('remember their source', async () => {
    const text = 'version: 1\npool:\n  threads: 2\nprofiles:\n  big:\n    pool: { pin: soft }\n';
    const config = await load(text, {
      name: 'a.yaml',
      profile: 'big',
      set: ['exchange.idle=spin'],
    });
    expect(config.sources).toMatchObject({
      'pool.threads': 'a.yaml:3',
      'pool.pin': 'a.yaml:6',
      'pool.memory': 'default',
      'exchange.idle': 'override exchange.idle=spin',
    });
    const lines = explainConfig(config).split('\n');
    expect(lines.find((line) => line.startsWith('pool.threads'))).toMatch(/2\s+a\.yaml:3$/);
    expect(lines.find((line) => line.startsWith('exchange.ring'))).toMatch(/1 MiB\s+default$/);
  });

  test('of a stronger layer replace single keys: file, profile, overrides in order', async () => {
    const text = `
pool: { threads: 2, pin: none, memory: 1GiB }
profiles: { big: { pool: { threads: 4, pin: soft } } }
`;
    const config = await load(text, { profile: 'big', set: ['pool.threads=5', 'pool.threads=6'] });
    expect(config.pool).toMatchObject({ threads: 6, pin: 'soft', memory: 1024 * MiB });
    expect((await load(text)).pool).toMatchObject({ threads: 2, pin: 'none' });
  });

  test('reach names with dots through quotes in an override', async () => {
    const config = await resolveConfig({}, ['jobs."a.b".operators.my op.cpu=250m']);
    expect(config.jobs['a.b']!.operators['my op']).toEqual({ cpu: 250 });
  });

  test('of the segment follow a smaller ring', async () => {
    expect((await resolveConfig({ exchange: { ring: '8KiB' } })).exchange.segment).toBe(4 * KiB);
  });
});

describe('formats', () => {
  test('JSON is read, with its schema key', async () => {
    const text = '{ "$schema": "x", "pool": { "threads": 2 } }';
    const config = await load(text, { name: 'b.json' });
    expect(config.pool.threads).toBe(2);
    expect(config.sources['pool.threads']).toBe('b.json:1');
  });

  test('JSON must be JSON', async () => {
    const [problem] = await problemsOf(load('{\n  pool: {}\n}', { name: 'c.json' }));
    expect(problem).toMatchObject({ code: 'ERR_CONFIG_SYNTAX', line: 2, column: 3 });
  });

  test('a module gives its default export', async () => {
    const text = 'export default { pool: { threads: 4 } };';
    const config = await load(text, { name: 'd.config.mjs' });
    expect(config.pool.threads).toBe(4);
    expect(config.sources['pool.threads']).toBe('d.config.mjs');
    const [problem] = await problemsOf(
      load('export default { pool: { threads: -4 } };', { name: 'e.config.mjs' }),
    );
    expect(problem!.message).toContain('pool.threads');
  });

  test('the first known name in the working directory is found', async () => {
    const place = { workingDirectory: await mkdtemp(join(directory, 'found-')), environment: {} };
    await writeFile(join(place.workingDirectory, 'millrace.json'), '{"pool":{"threads":3}}');
    expect((await loadConfig(undefined, [], undefined, place)).pool.threads).toBe(3);
    await writeFile(join(place.workingDirectory, 'millrace.yaml'), 'pool: {threads: 5}');
    const config = await loadConfig(undefined, [], undefined, place);
    expect([config.pool.threads, config.file]).toEqual([5, 'millrace.yaml']);
  });

  test('a file that is missing, of no known kind, or without a default export is an error', async () => {
    const code = { code: 'ERR_CONFIG_FILE' };
    await expect(loadConfig(join(directory, 'none.yaml'))).rejects.toMatchObject(code);
    await expect(loadConfig(join(directory, 'none.toml'))).rejects.toMatchObject(code);
    await expect(load('export const a = 1;', { name: 'f.mjs' })).rejects.toMatchObject(code);
  });
});

describe('environment', () => {
  test('references become values, with defaults', async () => {
    const text = 'pool:\n  threads: ${N:-2}\n  memory: "${M}"\n  pin: ${PIN:-soft}\n';
    const config = await load(text, { environment: { M: '40%', PIN: '' } });
    expect(config.pool).toMatchObject({ threads: 2, memory: '40%', pin: 'soft' });
    expect((await load(text, { environment: { M: '1GiB', N: '7' } })).pool.threads).toBe(7);
  });

  test('a variable that is not set is a problem at its place', async () => {
    const [problem] = await problemsOf(load('pool:\n  threads: ${N}\n'));
    expect(problem).toMatchObject({ code: 'ERR_CONFIG_VALUE', line: 2, column: 12 });
    expect(problem!.message).toContain('environment variable N');
  });

  test('a doubled dollar is a dollar', async () => {
    const config = await load('jobs:\n  $${x}:\n    parallelism: 2\n');
    expect(Object.keys(config.jobs)).toEqual(['$${x}']);
    const [problem] = await problemsOf(load('pool:\n  pin: $${PIN}\n'));
    expect(problem!.message).toContain('got "${PIN}"');
  });
});

describe('mistakes', () => {
  test('are all reported at once, in the order of the file', async () => {
    const problems = await problemsOf(
      load(`version: 2
pool:
  thread: 2
  memory: 120%
exchange: { ring: 3MiB }
jobs:
  a:
    parallelism: 0
    operators:
      sum: { stat: 4MiB }
`),
    );
    expect(problems.map(({ code, line, column }) => [code, line, column])).toEqual([
      ['ERR_CONFIG_VALUE', 1, 10],
      ['ERR_CONFIG_KEY', 3, 3],
      ['ERR_CONFIG_VALUE', 4, 11],
      ['ERR_CONFIG_VALUE', 5, 19],
      ['ERR_CONFIG_VALUE', 8, 18],
      ['ERR_CONFIG_KEY', 10, 14],
    ]);
    expect(problems[1]!.hint).toBe('Did you mean "threads"?');
    expect(problems[3]!.message).toBe(
      'Expected exchange.ring to be a power of two from 4 KiB to 1 GiB such as 1MiB, got "3MiB"',
    );
    expect(problems[5]!.hint).toBe('Did you mean "state"?');
  });

  test('in syntax have a place', async () => {
    const [problem, ...others] = await problemsOf(load('pool:\n  threads: [1\nexchange: {}\n'));
    expect(problem).toMatchObject({ code: 'ERR_CONFIG_SYNTAX' });
    expect(problem!.line).toBeGreaterThanOrEqual(2);
    expect(others).toEqual([]);
  });

  test('in an alias are syntax', async () => {
    const [problem] = await problemsOf(load('pool: *nowhere\n'));
    expect(problem).toMatchObject({ code: 'ERR_CONFIG_SYNTAX' });
  });

  test('by writing a key twice are reported at the second', async () => {
    const [problem] = await problemsOf(load('pool:\n  threads: 1\n  threads: 2\n'));
    expect(problem).toMatchObject({ code: 'ERR_CONFIG_DUPLICATE', line: 3, column: 3 });
    expect(problem!.message).toContain('threads');
  });

  test('in overrides are reported with the override', async () => {
    const problems = await problemsOf(
      resolveConfig({}, ['pool.thread=2', 'nonsense', 'pool.heap=x']),
    );
    expect(problems.map(({ code }) => code)).toEqual([
      'ERR_CONFIG_KEY',
      'ERR_CONFIG_VALUE',
      'ERR_CONFIG_VALUE',
    ]);
    expect(problems[0]).toMatchObject({ file: '--set pool.thread=2' });
  });

  test('in a profile count even when it is not selected', async () => {
    const text = 'profiles:\n  big:\n    pool: { threads: many }\n';
    const [problem] = await problemsOf(load(text));
    expect(problem).toMatchObject({ code: 'ERR_CONFIG_VALUE', line: 3 });
  });

  test('in the name of a profile suggest the nearest', async () => {
    const [problem] = await problemsOf(load('profiles: { small: {} }', { profile: 'smal' }));
    expect(problem).toMatchObject({ code: 'ERR_CONFIG_PROFILE', hint: 'Did you mean "small"?' });
  });

  test('between two values are found', async () => {
    const problems = await problemsOf(
      load(`exchange:
  ring: 64KiB
  segment: 48KiB
jobs:
  a:
    maxParallelism: 4
    parallelism: 8
    operators: { sum: { parallelism: 5 } }
`),
    );
    expect(problems.map(({ line }) => line)).toEqual([3, 7, 8]);
    expect(problems[0]!.message).toContain('at most half of exchange.ring');
  });

  test('of kind are told with what was expected', async () => {
    const [root] = await problemsOf(load('- a\n- b\n'));
    expect(root!.message).toContain('a configuration with keys such as pool and jobs');
    const [section] = await problemsOf(load('pool: 3\n'));
    expect(section!.message).toBe('Expected pool to be a section with keys of its own, got 3');
    const [nothing] = await problemsOf(load('pool:\n  threads:\n'));
    expect(nothing!.message).toContain('got nothing');
  });
});
