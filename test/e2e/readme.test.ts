/** The README, word by word, and the architecture page: what is shown runs, what is named exists. */

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, test } from 'vitest';

import * as connectors from '../../src/connectors/index.ts';
import * as face from '../../src/index.ts';
import { valueState } from '../../src/index.ts';
import { openSavepoint, writeSavepoint } from '../../src/savepoint/index.ts';
import { ROOM_LINES } from '../support/room-rules.ts';
import { COMMAND } from '../support/millrace-command.ts';
import { listFiles, readText, ROOT } from '../support/source-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const readme = readText('README.md');
const scripts = (JSON.parse(readText('package.json')) as { scripts: Record<string, string> })
  .scripts;
const path = temporaryFolder();

/** Blocks of one language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1]!,
  );
}

/** The text under a heading, up to the next one. */
function section(heading: string): string {
  return readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
}

/** Names in backticks in the first column of the tables of a text. */
function firstColumn(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1]!);
}

async function node(...argv: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [...argv], {
    cwd: path('.'),
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
  });
}

/** How often each word stands in the README, by a plain loop. */
function wordCounts(atLeast: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of readme.match(/[a-z]+/gi) ?? []) counts.set(text, (counts.get(text) ?? 0) + 1);
  return new Map([...counts].filter(([, count]) => count >= atLeast));
}

/** A row of the job. */
interface Word {
  readonly text: string;
  readonly count: number;
}

/** The parts of a JSON Schema that are looked at. */
interface Schema {
  readonly properties?: Record<string, Schema>;
  readonly additionalProperties?: Schema;
}

const main = join(ROOT, COMMAND);

beforeAll(() => {
  path('README.md', readme);
  path('package.json', '{ "type": "module" }');
  for (const block of blocks('ts')) path(/^\/\/ (\S+)\n/.exec(block)![1]!, block);
  for (const block of blocks('yaml')) path('millrace.yaml', block);
  path('empty.yaml', 'version: 1\n');
  // As an installed package; a link, since Node strips no types below node_modules.
  mkdirSync(path('node_modules'));
  symlinkSync(ROOT, path('node_modules/millrace'), 'junction');
});

describe('the job', () => {
  test('has about twenty lines', () => {
    const [job] = blocks('ts').filter((block) => block.startsWith('// words.ts'));
    expect(job!.trimEnd().split('\n').length).toBeLessThanOrEqual(22);
  });

  test('counts the words of the README, under the configuration shown', async () => {
    const { stdout } = await node(main, 'run', 'words.ts', '--quiet');
    const rows = stdout.trimEnd().split('\n');
    const printed = rows.map((row) => JSON.parse(row.replace(/^\d+> /, '')) as Word);
    expect(new Map(printed.map(({ text, count }) => [text, count]))).toEqual(wordCounts(20));
    expect(printed).toHaveLength(wordCounts(20).size);
    expect(rows.every((row) => /^[12]> /.test(row))).toBe(true);
  });

  test('is planned for two workers', async () => {
    const { stdout } = await node(main, 'plan', 'words.ts', '--set', 'pool.threads=2');
    expect(stdout).toContain('Job words fits.');
    expect(stdout).toContain('Worker 1: ');
  });
});

describe('the embedding program', () => {
  test('gets the rows and the result, and ends', async () => {
    const { stdout, stderr } = await node('embed.ts');
    const lines = stdout.trimEnd().split('\n');
    expect(stderr).toBe('');
    expect(lines.pop()).toBe(`finished ${readme.trimEnd().split('\n').length} lines`);
    expect(lines.toSorted()).toEqual(
      [...wordCounts(25)].map(([text, count]) => `{ text: '${text}', count: ${count} }`).toSorted(),
    );
  });
});

describe('the examples on clicks', () => {
  const time = (ms: number): string => new Date(ms).toISOString();
  const counted = (user: string, start: number, clicks: number): string =>
    JSON.stringify({ user, windowStart: time(start), windowEnd: time(start + 10_000), clicks });
  const named = (user: string, page: string, ms: number): string =>
    JSON.stringify({ user, page, time: time(ms) });

  test.each([
    ['windows', [counted('ann', 0, 2), counted('bob', 0, 1), counted('ann', 20_000, 1)]],
    ['orders', ['{"id":1,"item":"cup"}', 'left out> {"text":"cup"}']],
    ['timers', ['bob left by 12000', 'ann left by 31000', 'asked> ann']],
    ['joins', [JSON.stringify({ user: 'ann', from: time(1000), to: time(4000) })]],
    [
      'changes',
      [
        '{"page":"home","clicks":1}',
        '-U {"page":"home","clicks":1}',
        '+U {"page":"home","clicks":2}',
        '{"page":"help","clicks":1}',
        '-U {"page":"home","clicks":2}',
        '+U {"page":"home","clicks":3}',
      ],
    ],
    [
      'names',
      [
        named('ANN', 'home', 1000),
        named('BOB', 'home', 2000),
        named('ANN', 'help', 4000),
        named('ANN', 'home', 21_000),
      ],
    ],
  ])('%s print what they say', async (name, lines) => {
    const { stdout } = await node(main, 'run', `${name}.ts`, '--config', 'empty.yaml', '--quiet');
    expect(stdout.trimEnd().split('\n').toSorted()).toEqual(lines.toSorted());
  });

  test('of changes are the first that are shown', () => {
    const [shown] = blocks('text').filter((block) => block.startsWith('{"page"'));
    const first = [
      '{"page":"home","clicks":1}',
      '-U {"page":"home","clicks":1}',
      '+U {"page":"home","clicks":2}',
    ];
    expect(shown!.trimEnd().split('\n')).toEqual(first);
  });

  test('repair a savepoint', async () => {
    const last = valueState<number>('last', { ttl: { after: '1d' } });
    const entries = [
      ['ann', 4000],
      ['bob', 12_000],
    ] as const;
    const { folder } = await writeSavepoint(path('saved'), {
      job: 'clicks',
      maxParallelism: 128,
      operators: [{ uid: 'clicks', states: [{ state: last, entries }] }],
    });
    const { stdout } = await node('repair.ts', folder, path('repaired'));
    expect(stdout.trimEnd().split('\n').toSorted()).toEqual(['ann 4000', 'bob 12000']);
    const kept: unknown[] = [];
    const repaired = await openSavepoint(path('repaired'));
    for await (const { key, value } of repaired.keyedState('visits', 'last'))
      kept.push([key, value]);
    expect(kept).toEqual([['bob', 12_001]]);
  });

  test('pass their tests', async () => {
    const { stdout } = await node('--test', '--test-reporter=tap', 'clicks.test.ts');
    expect(stdout).toMatch(/^# pass 3$/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });
});

describe('settings', () => {
  test('in the example are valid', async () => {
    const { stdout } = await node(main, 'validate', 'words.ts', '--config', 'millrace.yaml');
    expect(stdout).toContain('words.ts is valid.');
  });

  test('in the table are all there are, with their defaults', async () => {
    const rows = [...section('Tune').matchAll(/^\| `((?:\w+\.)+\w+)` +\| (\S+) +\|/gm)];
    const told = rows.map((row) => row[1]!);
    const schema = JSON.parse(readText('schemas/millrace.schema.json')) as Schema;
    const { jobs, ...rest } = schema.properties!;
    delete rest['$schema'];
    delete rest['version'];
    delete rest['profiles'];
    const job = Object.entries(jobs!.additionalProperties!.properties!);
    const settings = [
      ...leaves({ properties: rest }),
      ...leaves({
        properties: Object.fromEntries(job.filter(([name]) => name !== 'operators')),
      }).map((name) => `jobs.NAME.${name}`),
    ];
    expect(told.toSorted()).toEqual(settings.toSorted());
    const { stdout } = await node(main, 'validate', '--config', 'empty.yaml');
    const defaults = new Map(
      [...stdout.matchAll(/^(\S+) +(.+?) +default$/gm)].map((line) => [line[1]!, line[2]!]),
    );
    for (const [, name, value] of rows) {
      if (!name!.startsWith('jobs.')) expect(defaults.get(name!)?.replace(' ', '')).toBe(value);
    }
  });
});

describe('what it names', () => {
  test('are scripts of the package', () => {
    const named = [...readme.matchAll(/npm (?:run (?:-s )?)?(\w+)/g)].map((match) => match[1]!);
    const own = new Set(['ci', 'pack', ...Object.keys(scripts)]);
    expect(named.filter((name) => !own.has(name) && name !== 'and' && name !== 'warns')).toEqual(
      [],
    );
    expect(named).toContain('millrace');
  });

  test('are files that exist', () => {
    const named = [
      ...readme.matchAll(/`((?:src|schemas|native-free-bench|\.github)(?:\/[\w.-]+)*)`/g),
    ];
    expect(named.length).toBeGreaterThan(5);
    expect(named.map((match) => match[1]!).filter((name) => !existsSync(join(ROOT, name)))).toEqual(
      [],
    );
  });

  test('are sources and sinks, all of them', () => {
    const told = firstColumn(section('Sources and sinks'));
    const helpers = ['ChangelogTable', 'driverChannelName', 'keepRow', 'parseDriverChannel'];
    const offered = Object.keys(connectors).filter((name) => !helpers.includes(name));
    expect(told.toSorted()).toEqual(offered.toSorted());
  });

  test('are operators, each a call of a stream', () => {
    const calls = listFiles('src/graph', '.ts').map(readText).join('\n');
    const rows = section('Operators')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const told = rows.flatMap((row) => row.split('|')[1]!.match(/\w+/g) ?? []);
    expect(told.length).toBeGreaterThan(40);
    expect(
      told.filter((name) => !new RegExp(`^ {4,}?${name}[<(]|^ {2}${name}[<(]`, 'm').test(calls)),
    ).toEqual([]);
  });

  test('are examples, all of them', () => {
    const told = ['airport-delays', ...firstColumn(section('Start'))];
    const files = listFiles('src/examples', '.ts').map((file) => /([\w-]+)\.ts$/.exec(file)![1]!);
    expect(told.toSorted()).toEqual(files.toSorted());
  });

  test('are exports of the package', () => {
    for (const name of ['Engine', 'EngineError', 'defineConfig', 'keepRow', 'job', 'record']) {
      expect(face).toHaveProperty(name);
    }
  });

  test('are the commands and exit codes of the help', async () => {
    const { stdout } = await node(main, '--help');
    const [, commands = '', , codes = ''] =
      /^Commands\n([^]*?)\n\n([^]*)^Exit codes\n([^]*?)\n\n/m.exec(stdout) ?? [];
    const names = [...commands.matchAll(/^ {2}([\w-]+)/gm)].map((match) => match[1]!);
    const told = firstColumn(section('The command')).map((text) => text.split(' ')[0]!);
    expect(told.toSorted()).toEqual(names.toSorted());
    const numbers = [...codes.matchAll(/^ {2}(\d+)/gm)].map((match) => match[1]!);
    const table = [...section('The command').matchAll(/^\| ([\d, ]+?) +\|/gm)];
    expect(table.flatMap((row) => row[1]!.split(', ')).toSorted()).toEqual(numbers.toSorted());
  });
});

describe('the architecture page', () => {
  const page = readText('src/ARCHITECTURE.md');
  const inBackticks = (text: string): string[] =>
    [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);

  test('has the rooms on the lines that the import order has them on', () => {
    const told = [...page.matchAll(/^\| (\d+) +\| (`\w+`(?:, `\w+`)*) +\|$/gm)].map((row) => [
      Number(row[1]),
      inBackticks(row[2]!),
    ]);
    const rooms = new Set(listFiles('src', '.ts').map((file) => file.split('/')[1]!));
    const lines = ROOM_LINES.map((line) => line.filter((room) => rooms.has(room)));
    expect(told).toEqual(lines.filter((line) => line.length > 0).map((line, i) => [i + 1, line]));
  });

  test('numbers its invariants, and names a test for each', () => {
    const rows = [...page.matchAll(/^\| (\d+) +\| .* \| ([^|]+) \|$/gm)].filter(
      ([, , tests]) => /`[\w/.*-]+`/.test(tests!) && !/^`\w+`(?:, `\w+`)* *$/.test(tests!),
    );
    expect(rows.length).toBeGreaterThan(20);
    const files = listFiles('test', '.ts');
    const missing = rows.flatMap(([, , tests]) =>
      inBackticks(tests!).filter((name) => {
        const pattern = new RegExp(
          `^test/${name.replaceAll('.', '\\.').replace('*', '.*')}(\\.test)?\\.ts$`,
        );
        return !files.some((file) => pattern.test(file));
      }),
    );
    expect(missing).toEqual([]);
  });

  test('names files that exist', () => {
    const named = inBackticks(page).filter((name) => /^(?:\w+|\.ci)\/[\w./-]+$/.test(name));
    const missing = named.filter(
      (name) =>
        ![name, `src/${name}`, `test/${name}.test.ts`, `test/${name}.ts`].some((file) =>
          existsSync(join(ROOT, file)),
        ),
    );
    expect(named.length).toBeGreaterThan(30);
    expect(missing).toEqual([]);
  });
});

/** Names of all settings below, with dots. */
function leaves(schema: Schema, prefix: string = ''): string[] {
  if (schema.properties === undefined) return [prefix.slice(0, -1)];
  return Object.entries(schema.properties).flatMap(([name, below]) =>
    leaves(below, `${prefix}${name}.`),
  );
}
