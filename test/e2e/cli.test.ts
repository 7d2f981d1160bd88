/** The command as a shell runs it: processes with arguments, streams, signals and exit codes. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { COMMAND } from '../support/millrace-command.ts';
import { ROOT } from '../support/source-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const path = temporaryFolder();
const jobs = (name: string): string => join('test', 'cli', 'jobs', `${name}.ts`);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the built command; `watch` sees the process and what it has printed so far. */
function millrace(
  argv: readonly string[],
  watch: (child: ChildProcess, out: string) => void = () => undefined,
): Promise<Ended> {
  const env = { ...process.env, NO_COLOR: '', FORCE_COLOR: undefined, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [COMMAND, ...argv], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    watch(child, out);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  child.on('error', reject);
  child.on('close', (code) => resolve({ code, out, err }));
  return promise;
}

/** Sends these signals one after another, the first when rows come. */
function signals(...names: readonly NodeJS.Signals[]): (child: ChildProcess, out: string) => void {
  let sent = 0;
  return (child, out) => {
    if (sent < names.length && out.split('\n').length > 2 + sent) child.kill(names[sent++]);
  };
}

describe.concurrent('millrace run', () => {
  test('prints results on standard output, plan and report on standard error', async () => {
    const { code, out, err } = await millrace(['run', jobs('words')]);
    expect(code).toBe(0);
    // What the module itself prints goes where it was printed; the job runs on another thread.
    expect(out.split('\n').filter((line) => line !== 'loading words')).toEqual(['A', 'B', 'C', '']);
    expect(err).toMatch(/^words: 1 chain, 1 subtask on 1 worker, streaming$/m);
    expect(err).toMatch(/^words finished in /m);
    expect(err).toMatch(/^ {2}upper +3 +3 /m);
    expect(err).not.toContain('\u001B');
  });

  test('--json puts one document on standard output, whatever the job prints', async () => {
    const argv = ['run', jobs('words'), '--json', '--param', 'words=["x"]', '-p', '1'];
    const { code, out, err } = await millrace(argv);
    const document = JSON.parse(out) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(document).toMatchObject({ job: 'words', state: 'finished', exitCode: 0 });
    expect(document['metrics']).toMatchObject({ totals: { sourceRows: 1, sinkRows: 1 } });
    expect(document['durationMs']).toBeGreaterThan(0);
    expect(err).toMatch(/^X$/m);
    expect(err).toMatch(/^loading words$/m);
  });

  test('--quiet leaves only results', async () => {
    const { code, out, err } = await millrace(['run', jobs('words'), '--quiet']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^A\nB\nC$/m);
  });

  test('a job that fails ends with 1 and shows row, operator and source line', async () => {
    const { code, out, err } = await millrace(['run', jobs('fails'), '--json', '--param', 'at=2']);
    expect(code).toBe(1);
    expect(err).toContain('A user function of operator price threw RangeError: no price for');
    expect(err).toContain('  operator: price, subtask 0\n');
    expect(err).toMatch(/^ {2}source: test\/cli\/jobs\/fails\.ts:16:34\n {4}16 \| .*RangeError/m);
    expect(err).toContain('  row: {"id":2,"customer":"customer 2"}\n');
    expect(err).toMatch(/^fails failed in /m);
    expect(err).not.toMatch(/^ +at .*src/m);
    expect(JSON.parse(out)).toMatchObject({
      job: 'fails',
      state: 'failed',
      exitCode: 1,
      error: { code: 'ERR_RUNTIME_USER_FUNCTION', place: { operator: 'price' } },
    });
  });

  test('SIGINT lets the rest run out and ends with 130', async () => {
    const { code, out, err } = await millrace(['run', jobs('endless')], signals('SIGINT'));
    expect(code).toBe(130);
    expect(err).toContain('stopping: sources end, the rest runs out; Ctrl-C again cancels\n');
    expect(err).toMatch(/^endless stopped in /m);
    // Every row that was read was printed.
    const read = /^ {2}generator +(\d+)/m.exec(err)?.[1];
    expect(out.trimEnd().split('\n')).toHaveLength(Number(read));
  });

  test('a second signal cancels, and SIGTERM ends with 143', async () => {
    const argv = ['run', jobs('endless'), '--param', 'slow=true'];
    const { code, err } = await millrace(argv, signals('SIGTERM', 'SIGTERM'));
    expect(code).toBe(143);
    expect(err).toContain('stopping: sources end');
    expect(err).toContain('cancelling\n');
    expect(err).toMatch(/^endless canceled in /m);
  });

  test('SIGTERM that the job sends to its own process lets the rest run out, too', async () => {
    const deadly = fileURLToPath(new URL('./jobs/deadly.ts', import.meta.url));
    const { code, err } = await millrace(['run', deadly, '--param', 'how=signal']);
    expect(code).toBe(143);
    expect(err).toMatch(/^deadly stopped in /m);
  });

  test('a reader that goes away ends it quietly with 141', async () => {
    const { code, err } = await millrace(['run', jobs('endless'), '-q'], (child) => {
      child.stdout!.destroy();
    });
    expect([code, err]).toEqual([141, '']);
  });
});

describe.concurrent('before anything starts', () => {
  test('a job that does not fit ends with 4 and says what to change', async () => {
    const { code, out, err } = await millrace(['run', jobs('words'), '--set', 'pool.memory=64MiB']);
    expect(code).toBe(4);
    expect(out).toBe('loading words\n');
    expect(err).toContain('ERR_PLACEMENT_SHORT: The job does not fit');
    expect(err).toContain('hint: Raise pool.memory');
  });

  test('a wrong configuration ends with 3 at its line', async () => {
    const config = path('bad.yaml', 'pool:\n  threads: none\n');
    const { code, err } = await millrace(['run', jobs('words'), '--config', config]);
    expect(code).toBe(3);
    expect(err).toMatch(/bad\.yaml:2:12\n {4}2 \| {3}threads: none\n/);
  });

  test('a job that cannot be built ends with 1 at its line', async () => {
    const { code, err } = await millrace(['run', jobs('build-throws')]);
    expect(code).toBe(1);
    expect(err).toContain(
      'ERR_GRAPH_BUILD: The build function of job build-throws threw TypeError',
    );
    expect(err).toContain('  at test/cli/jobs/build-throws.ts:8:39\n    8 |   env.fromSource(');
  });

  test('a module that cannot be read ends with 1 at its line', async () => {
    const module = path('syntax.ts', 'export const a = 1;\nconst x = ;\n');
    const { code, err } = await millrace(['validate', module]);
    expect(code).toBe(1);
    expect(err).toMatch(/syntax\.ts:2:11\n {4}2 \| const x = ;\n {6}\| {11}\^\n/);
  });

  test('an unknown option ends with 2', async () => {
    const { code, err } = await millrace(['run', jobs('words'), '--jsn']);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean --json?');
  });
});

describe.concurrent('the other commands', () => {
  test('plan explains in text and as a document, and the chatter of the module is not in it', async () => {
    const text = await millrace(['plan', jobs('words')]);
    expect(text.code).toBe(0);
    expect(text.out).toMatch(
      /^LOGICAL: .*[^]*^CHAINED: .*[^]*^PHYSICAL: .*[^]*^PLACEMENT\nJob words fits\.$/m,
    );
    expect(text.out).not.toContain('loading');
    const json = await millrace(['plan', jobs('words'), '--json', '--set', 'pool.memory=64MiB']);
    expect(json.code).toBe(4);
    expect(JSON.parse(json.out)).toMatchObject({ job: 'words', fits: false });
    expect(json.err).toContain('ERR_PLACEMENT_SHORT');
  });

  test.each([
    ['mermaid', /^flowchart LR\n/],
    ['dot', /^digraph "words" \{\n/],
  ])('plan draws %s', async (format, expected) => {
    const { code, out } = await millrace(['plan', jobs('words'), '--format', format]);
    expect(code).toBe(0);
    expect(out).toMatch(expected);
  });

  test('validate says that a job is sound, with its warnings', async () => {
    const { code, out, err } = await millrace(['validate', jobs('words'), '--param', 'words=[]']);
    expect([code, err]).toEqual([0, 'loading words\n']);
    expect(out).toMatch(/^test\/cli\/jobs\/words\.ts is valid\.\n\nwords: 1 chain/);
  });

  test('schema writes the record types of a job', async () => {
    const { code, out } = await millrace(['schema', 'export', jobs('words')]);
    expect(code).toBe(0);
    expect(out).toContain('table Word {\n  text:string (id: 0, required);\n}');
    const none = await millrace(['schema', 'export', jobs('endless')]);
    expect(none.code).toBe(1);
    expect(none.err).toContain('ERR_CLI_NO_TYPES');
  });

  test('a reader that goes away ends help quietly', async () => {
    const { code, err } = await millrace(['--help'], (child) => {
      child.stdout!.destroy();
    });
    expect([0, 141]).toContain(code);
    expect(err).toBe('');
  });
});
