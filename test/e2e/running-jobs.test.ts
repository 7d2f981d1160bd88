/** Two commands in two processes: one runs a job, the other asks for it. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { ROOT } from '../support/source-files.ts';

/** Sockets have short paths. */
const folder = mkdtempSync(join(tmpdir(), 'mr-'));
mkdirSync(join(folder, 'run'));
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function millrace(...argv: readonly string[]): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['-C', 'source', join('src', 'cli', 'cli-main.ts'), ...argv],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        NO_COLOR: '1',
        XDG_RUNTIME_DIR: join(folder, 'run'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  started.push(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  child.on('error', reject);
  child.on('close', (code) => resolve({ code, out, err }));
  return promise;
}

/** Asks again and again until the job runs, or has ended. */
async function listed(run: Promise<Ended>): Promise<string> {
  let ended: Ended | undefined;
  void run.then((result) => (ended = result));
  while (ended === undefined) {
    const { out } = await millrace('list');
    if (out.includes('running')) return out;
  }
  return ended.err;
}

test('a job that one process runs is listed and stopped by another, which leaves nothing behind', async () => {
  const run = millrace(
    'run',
    join('test', 'e2e', 'jobs', 'visits.ts'),
    '--set',
    'pool.threads=2',
    '--quiet',
  );
  expect(await listed(run)).toMatch(/^\d+-0 +visits +running /m);
  const stopped = await millrace('stop', 'visits', '--savepoint', join(folder, 'kept'));
  expect(stopped.code).toBe(0);
  expect(stopped.out.startsWith(join(folder, 'kept', 'savepoint-visits-'))).toBe(true);
  expect(stopped.err).toContain('the job ended');
  expect(await run).toEqual({ code: 0, out: '', err: '' });
  expect(await millrace('list')).toEqual({ code: 0, out: '', err: 'no running jobs\n' });
});
