/** Cases: jobs that are rescaled, moved, suspended and drained while they run. Prints one JSON line. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckpointInfo, JobRun } from 'millrace';
import { Engine } from 'millrace';
import { failureOf, runCases, waitFor } from '../../support/cases.ts';

const ROWS = 3000;
const KEYS = 7;
const WINDOW_MS = 500;
const folder = mkdtempSync(join(tmpdir(), 'millrace-rescale-'));
const job = new URL('../jobs/rescaled.ts', import.meta.url);

let cases = 0;
class Case {
  readonly #folder = join(folder, `case-${cases++}`);
  readonly files = mkdtempSync(join(folder, 'files-'));
  readonly states: string[] = [];
  readonly taken: CheckpointInfo[] = [];

  engine(checkpoints = true): Promise<Engine> {
    const rescaled = {
      maxParallelism: 16,
      restart: { strategy: 'fixed-delay', delay: 1, attempts: 3 },
      ...(checkpoints ? { checkpoint: { interval: 200, directory: this.#folder } } : {}),
    } as const;
    return Engine.start({ config: { pool: { threads: 2 }, jobs: { rescaled } } });
  }

  submit(
    engine: Engine,
    options: Parameters<Engine['submit']>[1] = {},
    failAt = 0,
  ): Promise<JobRun> {
    const file = join(this.files, 'sums.jsonl');
    return engine.submit(job, {
      parallelism: 1,
      parameters: { rows: ROWS, keys: KEYS, rowsPerSecond: ROWS, file, failAt },
      onState: (state) => void this.states.push(state),
      onCheckpoint: (info) => void this.taken.push(info),
      ...options,
    });
  }
}

/** Until another so many rows are there. */
function more(run: JobRun, rows = ROWS / 12): Promise<void> {
  const most = Math.min(ROWS, run.collected('rows').length + rows);
  return waitFor(() => run.collected('rows').length >= most, `${most} rows`, 20_000);
}

/** What is missing, there twice, or wrong: all zero. */
function wrongIn(run: JobRun, files: string, earlier: readonly JobRun[] = []): object {
  const all = (name: string): unknown[] => [...earlier, run].flatMap((one) => one.collected(name));
  const rows = all('rows') as number[];
  const names = readdirSync(files);
  const lines = names.flatMap((name) =>
    readFileSync(join(files, name), 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
  );
  const sums = Array.from({ length: KEYS }, () => 0);
  for (const line of lines) {
    const { key, n } = JSON.parse(line) as { key: number; n: number };
    sums[key] = Math.max(sums[key]!, n);
  }
  const fired = (
    all('windows') as { key: number; windowStart: number; rows: number; total: number }[]
  )
    .map(({ key, windowStart, rows: count, total }) =>
      [key, Number(windowStart), count, total].join(),
    )
    .toSorted();
  const expected = windows();
  return {
    rows: [rows.length, new Set(rows).size],
    lines: [lines.length, new Set(lines).size],
    unfinished: names.filter((name) => name.startsWith('.')),
    sums: sums.filter((total, key) => total !== sumOf(key)).length,
    windows: [
      fired.length === expected.length,
      fired.filter((one, i) => one !== expected[i]).slice(0, 3),
    ],
  };
}

function sumOf(key: number, first = 0, end: number = ROWS): number {
  let total = 0;
  for (let n = first; n < end; n++) if (n % KEYS === key) total += n;
  return total;
}

function windows(): string[] {
  const all: string[] = [];
  for (let start = 0; start < ROWS; start += WINDOW_MS) {
    for (let key = 0; key < KEYS; key++) {
      let count = 0;
      for (let n = start; n < start + WINDOW_MS; n++) if (n % KEYS === key) count++;
      all.push([key, start, count, sumOf(key, start, start + WINDOW_MS)].join());
    }
  }
  return all.toSorted();
}

async function rescales(checkpoints: boolean): Promise<unknown> {
  const one = new Case();
  await using engine = await one.engine(checkpoints);
  const run = await one.submit(engine);
  const widths: unknown[] = [];
  for (const to of [2, 4, 1]) {
    await more(run);
    await run.rescale(to);
    widths.push(run.plan.chains.map(({ parallelism }) => parallelism).toSorted((a, b) => a - b));
  }
  await more(run);
  const worker = 1 - run.placement.subtasks[0]!.worker;
  await run.move('sums', worker);
  const at = run.plan.chains.find(({ operators }) =>
    operators.some(({ name }) => name === 'sums'),
  )!;
  const moved = at.subtasks.every((id) => run.placement.subtasks[id]!.worker === worker);
  const { restarts } = await run.done;
  return {
    ...wrongIn(run, one.files),
    widths,
    moved,
    restarts,
    attempts: run.attempts.map(({ why }) => why),
    states: one.states.slice(0, 6),
  };
}

/** Through savepoints, in one engine after the other. */
async function savepoints(): Promise<unknown> {
  const one = new Case();
  const runs: JobRun[] = [];
  let from: string | undefined;
  for (const parallelism of [1, 4, 2]) {
    await using engine = await one.engine(false);
    const options = from === undefined ? {} : { restore: { from } };
    const run = await one.submit(engine, { parallelism, ...options });
    runs.push(run);
    await more(run);
    if (parallelism === 2) await run.done;
    else from = (await run.stopWithSavepoint(folder)).folder;
  }
  const last = runs.pop()!;
  return wrongIn(last, one.files, runs);
}

async function refusals(): Promise<unknown> {
  const one = new Case();
  await using engine = await one.engine(false);
  const run = await one.submit(engine);
  await more(run, 10);
  const refused = {
    tooMany: await failureOf(run.rescale(17)),
    unknown: await failureOf(run.rescale({ summs: 2 })),
    noWorker: await failureOf(run.move('sums', 2)),
    noChain: await failureOf(run.move('summs', 0)),
    noSubtask: await failureOf(run.move('sums', 0, 3)),
  };
  const [first, second] = await Promise.all([run.rescale(2), failureOf(run.rescale(3))]);
  await run.rescale({ sums: 3 });
  const named = Object.entries(run.attempts.at(-1)!.parallelism);
  const state = run.state;
  await run.cancel();
  const ended = await failureOf(run.rescale(1));
  const codes = Object.entries({ ...refused, second, ended }).map(([name, error]) => [
    name,
    error?.code,
  ]);
  return {
    first,
    state,
    named: Object.fromEntries(named.filter(([name]) => ['asked', 'sums', 'rows'].includes(name))),
    ...Object.fromEntries(codes),
  };
}

/** With two subtasks the job cannot be opened. */
async function undone(): Promise<unknown> {
  const one = new Case();
  await using engine = await one.engine(false);
  const run = await one.submit(engine, {}, 2);
  await more(run);
  const error = await failureOf(run.rescale(2));
  const { parallelism } = run.plan.chains[0]!;
  await run.done;
  return {
    ...wrongIn(run, one.files),
    code: error?.code,
    parallelism,
    attempts: run.attempts.map(({ why }) => why),
  };
}

/** Goes on from a savepoint: rows in windows that fire, beside those that are left. */
async function restAfter(one: Case, engine: Engine, from: string, rows: number): Promise<unknown> {
  const run = await one.submit(engine, { parallelism: 2, restore: { from } });
  await run.done;
  const windowed = run.collected('windows') as readonly { rows: number }[];
  const left = ROWS - rows;
  return [
    windowed.reduce((sum, window) => sum + window.rows, 0) - left,
    run.collected('rows').length - left,
  ];
}

/** With drain windows fire first, without it they stay open. */
async function stops(drain: boolean): Promise<unknown> {
  const one = new Case();
  await using engine = await one.engine(false);
  const run = await one.submit(engine, { parallelism: 2 });
  await more(run);
  const info = await run.stopWithSavepoint(folder, { drain });
  const { kind } = info;
  const { state } = await run.done;
  const rows = run.collected('rows').length;
  const windowed = run.collected('windows') as readonly { rows: number }[];
  const fired = windowed.reduce((sum, window) => sum + window.rows, 0);
  const hidden = readdirSync(one.files).filter((name) => name.startsWith('.'));
  return {
    kind,
    state,
    // All rows that were read are in windows that fired, or none is.
    fired: drain ? fired === rows && rows < ROWS : fired > 0,
    unfinished: hidden.length > 0,
    // Windows of the rows that are left hold none of those that fired before.
    rest: drain ? await restAfter(one, engine, info.folder, rows) : undefined,
  };
}

await runCases({
  'with checkpoints': () => rescales(true),
  'without checkpoints': () => rescales(false),
  savepoints,
  refusals,
  undone,
  drained: () => stops(true),
  suspended: () => stops(false),
});
rmSync(folder, { recursive: true });
