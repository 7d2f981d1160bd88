/** Cases: checkpoints, savepoints, and what jobs go on from. Prints one JSON line. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckpointInfo, ConfigInput, JobRun, LogEntry } from 'millrace';
import { Engine } from 'millrace';
import { failureOf, runCases, waitFor } from '../../support/cases.ts';
import { wrongKeys } from '../../support/key-sums.ts';

const ROWS = 20_000;
const KEYS = 50;
const folder = mkdtempSync(join(tmpdir(), 'millrace-checkpoints-'));
const job = new URL('../jobs/recoverable.ts', import.meta.url);
type JobConfig = NonNullable<ConfigInput['jobs']>[string];

interface Behaviour {
  readonly failures?: number;
  readonly how?: string;
  readonly rowsPerSecond?: number;
  readonly file?: string;
}
/** Takes long enough for any number of checkpoints. */
const SLOW = { rowsPerSecond: ROWS / 20 };
const FAST = { rowsPerSecond: 1e9 };

let cases = 0;
class Case {
  readonly directory = join(folder, `case-${cases++}`);
  readonly own = join(this.directory, 'recoverable');
  readonly log = `${this.directory}.log`;
  readonly taken: CheckpointInfo[] = [];
  readonly logged: LogEntry[] = [];

  constructor() {
    writeFileSync(this.log, '');
  }

  async engine(settings: JobConfig = {}): Promise<Engine> {
    const recoverable: JobConfig = {
      maxParallelism: 16,
      checkpoint: { interval: 50, directory: this.directory, retained: 3 },
      restart: { strategy: 'fixed-delay', delay: 1, attempts: 5 },
      ...settings,
    };
    return Engine.start({
      config: { pool: { threads: 2 }, jobs: { recoverable } },
      log: (entry) => void this.logged.push(entry),
    });
  }

  async submit(
    engine: Engine,
    options: Parameters<Engine['submit']>[1] = {},
    { failures = 0, how = 'throw', rowsPerSecond = ROWS, file }: Behaviour = {},
  ): Promise<JobRun> {
    return engine.submit(job, {
      parallelism: 2,
      parameters: {
        rows: ROWS,
        failures,
        how,
        rowsPerSecond,
        log: this.log,
        ...(file === undefined ? {} : { file }),
      },
      onCheckpoint: (info) => void this.taken.push(info),
      ...options,
    });
  }

  /** Warnings of checkpoints that could not be used. */
  get rejected(): readonly unknown[] {
    return this.logged
      .filter(({ message }) => message === 'checkpoint rejected')
      .map(({ fields }) => fields?.['code']);
  }
}

async function recovers(how: string): Promise<unknown> {
  const one = new Case();
  await using engine = await one.engine();
  const run = await one.submit(engine, {}, { failures: 2, how });
  const { restarts } = await run.done;
  return {
    restarted: restarts > 0,
    collected: run.collected().length,
    wrong: wrongKeys(run, ROWS, KEYS),
    taken: one.taken.length > 2,
    rising: one.taken.every(
      ({ checkpoint }, i) => i === 0 || checkpoint > one.taken[i - 1]!.checkpoint,
    ),
    // Finished by itself: nothing is left to go on with.
    left: readdirSync(one.own),
  };
}

/** Every row is written once. */
async function file(how: string): Promise<unknown> {
  const one = new Case();
  const into = mkdtempSync(join(folder, 'written-'));
  await using engine = await one.engine();
  const run = await one.submit(engine, {}, { failures: 2, how, file: join(into, 'sums.jsonl') });
  const { restarts } = await run.done;
  const names = readdirSync(into);
  const lines = names.flatMap((name) => readFileSync(join(into, name), 'utf8').trim().split('\n'));
  const seen = new Set(lines.map((line) => (JSON.parse(line) as { n: number }).n));
  return {
    restarted: restarts > 0,
    lines: lines.length,
    distinct: seen.size,
    unfinished: names.filter((name) => !name.endsWith('.jsonl')),
  };
}

/** Runs until there are a few checkpoints, then cancels. */
async function canceled(one: Case, checkpoints = 3): Promise<void> {
  await using engine = await one.engine();
  const run = await one.submit(engine, {}, SLOW);
  await waitFor(() => one.taken.length >= checkpoints, 'checkpoints are taken');
  await run.cancel();
}

async function retained(): Promise<unknown> {
  const one = new Case();
  await canceled(one, 6);
  const manifests = readdirSync(one.own).filter((name) => name.endsWith('.manifest'));
  return {
    manifests: manifests.length,
    files: readdirSync(one.own).some((n) => n.endsWith('.tmp')),
  };
}

async function goesOn(parallelism: number): Promise<unknown> {
  const one = new Case();
  await canceled(one);
  await using engine = await one.engine();
  const run = await one.submit(engine, { parallelism, restore: { from: 'latest' } }, FAST);
  const { metrics } = await run.done;
  return {
    wrong: wrongKeys(run, ROWS, KEYS),
    skipped: metrics.totals.sourceRows < ROWS,
  };
}

async function damaged(): Promise<unknown> {
  const one = new Case();
  await canceled(one);
  const newest = readdirSync(one.own)
    .filter((name) => name.endsWith('.state'))
    .toSorted()
    .at(-1)!;
  const path = join(one.own, newest);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 0x10;
  writeFileSync(path, bytes);
  await using engine = await one.engine();
  const run = await one.submit(engine, { restore: { from: 'latest' } }, FAST);
  await run.done;
  return { wrong: wrongKeys(run, ROWS, KEYS), rejected: one.rejected };
}

async function allDamaged(): Promise<unknown> {
  const one = new Case();
  await canceled(one);
  for (const name of readdirSync(one.own)) writeFileSync(join(one.own, name), 'nothing');
  await using engine = await one.engine();
  return await failureOf(one.submit(engine, { restore: { from: 'latest' } }));
}

async function savepoint(): Promise<unknown> {
  const one = new Case();
  let info: CheckpointInfo;
  {
    // Without a folder for checkpoints.
    await using engine = await one.engine({ checkpoint: {} });
    const run = await one.submit(engine, {}, SLOW);
    await waitFor(() => run.metrics().totals.sourceRows > ROWS / 100, 'rows flow');
    info = await run.savepoint(one.directory);
    const refused = await failureOf(run.checkpoint());
    if (refused.code !== 'ERR_CHECKPOINT_REFUSED') return refused;
    await run.cancel();
  }
  await using engine = await one.engine({ checkpoint: {} });
  const run = await one.submit(engine, { parallelism: 1, restore: { from: info.folder } }, FAST);
  const { metrics } = await run.done;
  return {
    kind: info.kind,
    below: info.folder.startsWith(one.directory),
    wrong: wrongKeys(run, ROWS, KEYS),
    skipped: metrics.totals.sourceRows < ROWS,
    kept: readdirSync(info.folder).some((name) => name.endsWith('.manifest')),
  };
}

/** Stops in the middle, then goes on with other subtasks: the files of both together have every row once. */
async function suspended(): Promise<unknown> {
  const one = new Case();
  const into = mkdtempSync(join(folder, 'suspended-'));
  const sums = join(into, 'sums.jsonl');
  const states: string[] = [];
  let info: CheckpointInfo;
  {
    await using engine = await one.engine();
    const onState = (state: string): void => void states.push(state);
    const run = await one.submit(engine, { onState }, { ...SLOW, file: sums });
    await waitFor(() => run.metrics().totals.sourceRows > ROWS / 100, 'rows flow');
    info = await run.stopWithSavepoint(one.directory);
    if (engine.jobs.length > 0) return 'it still runs';
  }
  await using engine = await one.engine();
  const restore = { from: info.folder };
  const run = await one.submit(engine, { parallelism: 1, restore }, { ...FAST, file: sums });
  const { metrics } = await run.done;
  const names = readdirSync(into);
  const lines = names.flatMap((name) => readFileSync(join(into, name), 'utf8').trim().split('\n'));
  return {
    states: states.slice(-2),
    skipped: metrics.totals.sourceRows < ROWS,
    lines: lines.length,
    distinct: new Set(lines.map((line) => (JSON.parse(line) as { n: number }).n)).size,
  };
}

async function nothingThere(): Promise<unknown> {
  const one = new Case();
  await using engine = await one.engine();
  const empty = await failureOf(one.submit(engine, { restore: { from: 'latest' } }));
  return { empty, jobs: engine.jobs.length };
}

async function otherKeyGroups(): Promise<unknown> {
  const one = new Case();
  await canceled(one);
  await using engine = await one.engine({ maxParallelism: 32 });
  return await failureOf(one.submit(engine, { restore: { from: 'latest' } }));
}

async function intervalWithoutDirectory(): Promise<unknown> {
  const config = { jobs: { recoverable: { checkpoint: { interval: '1s' } } } } as const;
  return await failureOf(Engine.start({ config }));
}

await runCases({
  throws: () => recovers('throw'),
  exits: () => recovers('exit'),
  'file throws': () => file('throw'),
  'file exits': () => file('exit'),
  retained,
  'goes on at 2': () => goesOn(2),
  'goes on at 1': () => goesOn(1),
  'goes on at 4': () => goesOn(4),
  damaged,
  allDamaged,
  savepoint,
  suspended,
  nothingThere,
  otherKeyGroups,
  intervalWithoutDirectory,
});
rmSync(folder, { recursive: true });
