/** Cases: a running job asked from outside, its savepoints looked into, changed, and gone on from by other releases. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommandLine } from '../../../src/cli/index.ts';
import { Engine } from '../../../src/index.ts';
import type { JobRun } from '../../../src/index.ts';
import { openSavepoint } from '../../../src/savepoint/index.ts';
import { FakeIo } from '../../cli/fake-io.ts';
import { failureOf, runCases, waitFor } from '../../support/cases.ts';

/** Sockets have short paths. */
const folder = mkdtempSync(join(tmpdir(), 'mr-'));
mkdirSync(join(folder, 'run'));
process.env['XDG_RUNTIME_DIR'] = join(folder, 'run');
const job = new URL('../jobs/visits.ts', import.meta.url);
const engine = await Engine.start({
  config: {
    pool: { threads: 2 },
    jobs: { visits: { checkpoint: { directory: join(folder, 'checkpoints') } } },
  },
  control: true,
});

async function millrace(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = new FakeIo(folder, process.env);
  const code = await runCommandLine(argv, io);
  return { code, out: io.stdout.text.replaceAll(folder, 'FOLDER'), err: io.stderr.text };
}

async function json(...argv: string[]): Promise<Record<string, unknown>> {
  const { out } = await millrace(...argv, '--json');
  return JSON.parse(out) as Record<string, unknown>;
}

/** A run of a release that has read some rows. */
async function running(from?: string, parameters: Record<string, string> = {}): Promise<JobRun> {
  const run = await engine.submit(job, {
    parameters,
    ...(from === undefined ? {} : { restore: { from, allowNonRestoredState: true } }),
  });
  await waitFor(
    () => run.state === 'running' && run.metrics().totals.sourceRows > 200,
    'rows',
    20_000,
  );
  return run;
}

interface Total {
  readonly visits: number;
  readonly spent?: number;
  readonly vip?: boolean | null;
}

async function totals(from: string, uid = 'totals'): Promise<Map<unknown, Total>> {
  const savepoint = await openSavepoint(from);
  const found = new Map<unknown, Total>();
  for await (const { key, value } of savepoint.keyedState<Total>(uid, 'total')) {
    found.set(key, value);
  }
  return found;
}

/** Lets another release go on from a savepoint, and gives what its own savepoint holds. */
async function upgraded(
  from: string,
  release: string,
  uid = 'totals',
): Promise<Map<unknown, Total>> {
  const run = await running(from, { release, uid });
  const { folder: next } = await run.stopWithSavepoint(join(folder, release));
  return totals(next, uid);
}

let first = '';

await runCases({
  'from outside': async () => {
    const run = await running();
    const [listed] = (await json('list')) as unknown as Record<string, unknown>[];
    const table = await millrace('list');
    const wrong = await millrace('savepoint', 'visitz');
    const own = await millrace('savepoint', join(folder, 'checkpoints'));
    const info = await json('stop', 'visits', '--savepoint', 'kept');
    first = String(info['folder']).replace('FOLDER', folder);
    const { state } = await run.done;
    return {
      listed: { ...listed, id: typeof listed!['id'], submittedAtMs: 0, stateSinceMs: 0, pid: 0 },
      pid: listed!['pid'] === process.pid,
      table: table.out.split('\n').map((line) => line.split(/ {2,}/)[1]),
      wrong,
      own: [own.code, own.out],
      stopped: {
        stopped: info['stopped'],
        kind: info['kind'],
        below: first.startsWith(join(folder, 'kept')),
      },
      state,
      after: await millrace('list'),
    };
  },

  canceled: async () => {
    const run = await running();
    const { code, err } = await millrace('cancel');
    const { state } = await run.done;
    return {
      code,
      said: err.replace(/\d+-\d+/, 'ID'),
      state,
      again: (await millrace('cancel')).code,
    };
  },

  drained: async () => {
    const run = await running();
    const { folder: drained } = await run.stopWithSavepoint(join(folder, 'drained'), {
      drain: true,
    });
    const savepoint = await openSavepoint(drained);
    const notes: unknown[] = [];
    for await (const { value } of savepoint.keyedState<string[]>('totals', 'notes')) {
      notes.push(value.at(-1));
    }
    const windows: unknown[] = [];
    for await (const one of savepoint.keys('hours')) windows.push(one);
    return { notes: [...new Set(notes)], windows };
  },

  inspected: async () => {
    const document = await json('inspect', first);
    const operators = document['operators'] as {
      uid: string;
      keys: number;
      states: { name: string; kind: string; fbs?: string }[];
    }[];
    return {
      job: document['job'],
      intact: (document['checkpoints'] as { intact: boolean }[]).map(({ intact }) => intact),
      totals: operators
        .filter(({ keys }) => keys > 0)
        .map(({ uid, keys, states }) => ({
          uid,
          keys,
          states: states.map(({ name, kind }) => `${name}: ${kind}`),
        })),
      fbs: operators.flatMap(({ states }) => states.flatMap(({ fbs }) => fbs ?? [])).join(''),
    };
  },

  exported: async () => {
    const held = await totals(first);
    const lines = (await millrace('inspect', first, '--state', 'totals/total')).out;
    const rows = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { key: string; value: Total });
    const one = await millrace('inspect', first, '--state', 'totals/total', '--key', 'user 3');
    await millrace('inspect', first, '--state', 'totals', '-f', 'csv', '-o', 'totals.csv');
    const csv = readFileSync(join(folder, 'totals.csv'), 'utf8').split('\n');
    return {
      keys: rows.map(({ key }) => key).toSorted(),
      same: rows.every(({ key, value }) => JSON.stringify(held.get(key)) === JSON.stringify(value)),
      one: (JSON.parse(one.out) as { key: string }).key,
      limited: (await millrace('inspect', first, '--state', 'hours', '--limit', '2')).out.split(
        '\n',
      ).length,
      csv: [csv[0], csv.length],
      wrong: [
        (await millrace('inspect', first, '--state', 'totls')).err,
        (await millrace('inspect', first, '--state', 'totals/totl')).err,
        (await millrace('inspect', join(folder, 'nothing'))).err.replaceAll(folder, 'FOLDER'),
        (await millrace('inspect', first, '--checkpoint', '999')).code,
      ],
    };
  },

  'built on others': async () => {
    const directory = join(folder, 'incremental');
    const checkpoint = { directory, interval: 30, incremental: true };
    const other = await Engine.start({
      config: { pool: { threads: 2 }, jobs: { visits: { checkpoint } } },
    });
    let taken = 0;
    const run = await other.submit(job, { onCheckpoint: () => taken++ });
    await waitFor(() => taken >= 5, 'checkpoints', 20_000);
    await other.close();
    const savepoint = await openSavepoint(join(directory, 'visits'));
    const copy = await savepoint.transform().write(join(folder, 'whole'));
    const held = await totals(savepoint.folder);
    const pages = new Map<unknown, number>();
    for await (const { key, value } of savepoint.keyedState<[number, number][]>(
      'totals',
      'pages',
    )) {
      pages.set(
        key,
        value.reduce((sum, [, count]) => sum + count, 0),
      );
    }
    const copied = await totals(copy.folder);
    return {
      state: run.state,
      kind: savepoint.kind,
      keys: held.size,
      consistent: [...held].every(([key, { visits }]) => visits === pages.get(key)),
      copied: [...held].every(([key, { visits }]) => visits === copied.get(key)?.visits),
      check: (await millrace('check-upgrade', job.href, '--from', copy.folder)).code,
    };
  },

  damaged: async () => {
    const run = await running();
    const { folder: damaged } = await run.stopWithSavepoint(join(folder, 'damaged'));
    const file = readdirSync(damaged).find((name) => name.endsWith('.state'))!;
    truncateSync(join(damaged, file), 100);
    const { code, out, err } = await millrace('inspect', damaged);
    return { code, out: out.includes('ERR_CHECKPOINT_DAMAGED'), err: err.split(':')[0] };
  },

  evolved: async () => {
    const before = await totals(first);
    const result: Record<string, unknown> = {};
    for (const release of ['appended', 'deprecated']) {
      const check = await json(
        'check-upgrade',
        job.href,
        '--from',
        first,
        '--param',
        `release=${release}`,
      );
      const after = await upgraded(first, release);
      const keys = [...before.keys()].map(String).toSorted();
      result[release] = {
        compatible: check['compatible'],
        notes: (check['operators'] as { states: { fate: string; notes: unknown[] }[] }[])
          .flatMap(({ states }) => states)
          .filter(({ fate }) => fate === 'evolved')
          .flatMap(({ notes }) => notes),
        keys: [...after.keys()].map(String).toSorted().join() === keys.join(),
        grown: keys.every(
          (key) => after.get(key)!.visits >= before.get(key)!.visits && before.get(key)!.visits > 0,
        ),
        fields: Object.keys(after.get('user 0')!),
      };
    }
    return result;
  },

  refused: async () => {
    const check = await json(
      'check-upgrade',
      job.href,
      '--from',
      first,
      '--param',
      'release=changed',
    );
    const text = await millrace(
      'check-upgrade',
      job.href,
      '--from',
      first,
      '--param',
      'release=changed',
    );
    const run = await engine.submit(job, {
      parameters: { release: 'changed' },
      restore: { from: first },
    });
    const failure = await failureOf(run.done);
    const [problem] = check['problems'] as { code: string; message: string }[];
    return {
      compatible: check['compatible'],
      code: text.code,
      failure: { code: failure.code, operator: failure.operator },
      same: failure.message === problem!.message,
      message: problem!.message,
    };
  },

  renamed: async () => {
    const uid = 'sums';
    const argv = ['check-upgrade', job.href, '--param', `uid=${uid}`, '--from'];
    const before = await millrace(...argv, first);
    const allowed = await millrace(...argv, first, '--allow-non-restored-state');
    const savepoint = await openSavepoint(first);
    const doubled = await savepoint
      .transform()
      .rename('totals', uid)
      .change<Total>('totals', 'total', ({ key, value }) =>
        key === 'user 1' ? undefined : { ...value, visits: value.visits + 1e9 },
      )
      .change<string[]>('totals', 'notes', ({ value }) => [...value, 'changed'])
      .removeState('totals', 'pages')
      .keepKeys('totals', (key) => key !== 'user 2')
      .write(join(folder, 'renamed'));
    const after = await millrace(...argv, doubled.folder);
    const held = await totals(first);
    const grown = await upgraded(doubled.folder, 'first', uid);
    const notes: string[] = [];
    for await (const { value } of (await openSavepoint(doubled.folder)).keyedState<string[]>(
      uid,
      'notes',
    )) {
      notes.push(value.at(-1)!);
    }
    return {
      before: [before.code, /ERR_CHECKPOINT_RESTORE.*totals/.test(before.err)],
      allowed: [allowed.code, /dropped +totals/.test(allowed.out)],
      after: after.code,
      changed: [...held].every(([key, { visits }]) =>
        key === 'user 1' || key === 'user 2'
          ? grown.get(key)!.visits < 1e9
          : grown.get(key)!.visits >= visits + 1e9,
      ),
      notes: [notes.length, ...new Set(notes)],
      again: (await failureOf(savepoint.transform().write(doubled.folder))).code,
      unknown: await failureOf(Promise.resolve().then(() => savepoint.transform().remove('totls'))),
    };
  },
});
await engine.close();
rmSync(folder, { recursive: true, force: true });
