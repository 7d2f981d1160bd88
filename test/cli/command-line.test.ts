/** Commands that start no worker, called with surroundings of the test. */

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

import { runCommandLine } from '../../src/cli/index.ts';
import { COMMAND_NAMES, OPTIONS, optionsOf, usageOf } from '../../src/cli/option-table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { FakeIo } from './fake-io.ts';

const path = temporaryFolder();
const cwd = path('.').replace(/\/$/, '');

async function millrace(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = new FakeIo(cwd);
  const code = await runCommandLine(argv, io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

describe('help', () => {
  test.each(COMMAND_NAMES)(
    'of %s shows its usage and all its options in 80 columns',
    async (name) => {
      const { code, out } = await millrace('help', name);
      expect(code).toBe(0);
      expect(out).toContain(`Usage: ${usageOf(name)} [options]\n`);
      for (const option of optionsOf(name)) expect(out).toContain(`--${option}`);
      const [text = ''] = out.split('\nExamples\n');
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    },
  );

  test('lists the commands and the exit codes', async () => {
    const { out } = await millrace('--help');
    for (const name of COMMAND_NAMES) expect(out).toContain(`\n  ${usageOf(name).slice(9)}`);
    for (const code of [0, 1, 2, 3, 4, 130, 141, 143])
      expect(out).toMatch(new RegExp(`\n  ${code} `));
  });

  test('goes to standard error when nothing was asked for, with exit code 2', async () => {
    const { code, out, err } = await millrace();
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: millrace COMMAND');
  });
});

test('--version gives the version of the package', async () => {
  expect((await millrace('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe('validate without a job', () => {
  test('shows every setting and where it comes from', async () => {
    path('good.yaml', 'pool:\n  threads: 2\n');
    const { code, out } = await millrace('validate', '-c', 'good.yaml', '--set', 'pool.pin=soft');
    expect(code).toBe(0);
    expect(out).toMatch(/^good\.yaml is valid\.\n/);
    expect(out).toMatch(/^pool\.threads +2 +good\.yaml:2$/m);
    expect(out).toMatch(/^pool\.pin +soft +override pool\.pin=soft$/m);
  });

  test('finds millrace.yaml in the working directory', async () => {
    const own = temporaryFolder();
    own('millrace.yaml', 'pool:\n  threads: 2\n');
    const io = new FakeIo(own('.'));
    expect(await runCommandLine(['validate'], io)).toBe(0);
    expect(io.stdout.text).toMatch(/^millrace\.yaml is valid\.\n/);
    expect(io.stdout.text).toContain('millrace.yaml:2');
  });

  test('says nothing with --quiet when all is well', async () => {
    expect(await millrace('validate', '--quiet')).toEqual({ code: 0, out: '', err: '' });
  });

  test('shows each problem at its place and ends with 3', async () => {
    path('bad.yaml', 'pool:\n  thread: 2\n  memory: lots\n');
    const { code, out, err } = await millrace('validate', '-c', 'bad.yaml');
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('2 problems:');
    expect(err).toContain('  at bad.yaml:2:3\n    2 |   thread: 2\n      |   ^\n');
    expect(err).toContain('Did you mean "threads"?');
  });

  test('gives problems as a document with --json', async () => {
    path('bad.yaml', 'pool:\n  thread: 2\n  memory: lots\n');
    const { code, out } = await millrace('validate', '-c', 'bad.yaml', '--json');
    const document = JSON.parse(out) as { error: { code: string; problems: unknown[] } };
    expect([code, document.error.code]).toEqual([3, 'ERR_CONFIG_KEY']);
    expect(document.error.problems).toHaveLength(2);
  });
});

describe('doctor', () => {
  test('shows machine, capabilities and pool', async () => {
    const { code, out } = await millrace('doctor', '--set', 'pool.threads=3');
    expect(code).toBe(0);
    for (const title of ['Machine', 'Capabilities', 'Pool, from the defaults']) {
      expect(out).toMatch(new RegExp(`^${title}$`, 'm'));
    }
    expect(out).toMatch(/^ {2}workers +3, /m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('is a document with --json', async () => {
    const { out } = await millrace('doctor', '--json');
    const document = JSON.parse(out) as {
      machine: { nodeVersion: string };
      pool: { threads: number };
    };
    expect(document.machine.nodeVersion).toBe(process.versions.node);
    expect(document.pool.threads).toBeGreaterThan(0);
  });
});

describe('a job file that cannot be', () => {
  test('one that does not exist ends with 2 and the name of one that does', async () => {
    path('airport-delays.ts', '');
    const { code, err } = await millrace('run', 'airport-delay.ts');
    expect(code).toBe(2);
    expect(err).toBe(
      'ERR_CLI_FILE: Expected the file of a job, got airport-delay.ts: no such file\n' +
        '  hint: Did you mean airport-delays.ts?\n',
    );
  });

  test('a folder ends with 2', async () => {
    const { code, err } = await millrace('plan', '.');
    expect(code).toBe(2);
    expect(err).toContain('it is no file');
  });
});

describe('completions', () => {
  test.each(['bash', 'zsh', 'fish'])(
    'for %s have every command and every long option',
    async (shell) => {
      const { code, out } = await millrace('completion', shell);
      expect(code).toBe(0);
      for (const name of COMMAND_NAMES) expect(out).toContain(name);
      for (const name of Object.keys(OPTIONS)) {
        expect(out).toContain(shell === 'fish' ? `-l ${name}` : `--${name}`);
      }
    },
  );

  test('exist for three shells', async () => {
    const { code, err } = await millrace('completion', 'tcsh');
    expect(code).toBe(2);
    expect(err).toContain('Expected `millrace completion bash|zsh|fish`, got tcsh');
  });

  const hasBash = spawnSync('bash', ['--version']).status === 0;
  test.runIf(hasBash).each([
    ['millrace pl', ['plan']],
    ['millrace run --par', ['--parallelism', '--param']],
    ['millrace plan job.ts --format d', ['dot']],
    ['millrace run --set pool.threads=2 job.t', ['job.ts']],
    ['millrace schema e', ['export']],
    ['millrace help do', ['doctor']],
  ])('bash completes `%s`', async (line, expected) => {
    path('job.ts', '');
    const { out } = await millrace('completion', 'bash');
    const script = `${out}
      COMP_WORDS=(${line}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync('bash', ['-c', script], { cwd, encoding: 'utf8' });
    expect(stdout.trim().split('\n')).toEqual(expected);
  });
});

describe('schema import', () => {
  test('writes a schema as record types', async () => {
    path('bid.fbs', 'table Bid { price:long; channel:string (required); }\nroot_type Bid;\n');
    const { code, out } = await millrace('schema', 'import', 'bid.fbs');
    expect(code).toBe(0);
    expect(out).toContain("from 'millrace';");
    expect(out).toContain("record('Bid', {");
  });

  test('shows where a schema is wrong', async () => {
    path('bad.fbs', 'table Bid {\n  price long;\n}\n');
    const { code, err } = await millrace('schema', 'import', 'bad.fbs');
    expect(code).toBe(1);
    expect(err).toContain('ERR_RECORD_FBS');
    expect(err).toContain('bad.fbs:2');
  });

  test('export or import: nothing else', async () => {
    expect((await millrace('schema', 'show', 'bid.fbs')).code).toBe(2);
  });
});
