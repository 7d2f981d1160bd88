/** Cases: the same job under many settings, and real threads under strain. Prints one JSON line. */

import { Engine } from 'millrace';
import type { ConfigInput } from '../../../src/placement/index.ts';
import type { Plain } from '../../../src/operators/index.ts';
import { runCases } from '../../support/cases.ts';

/** One way to run the job. */
export interface Setting {
  readonly parallelism: number;
  readonly chaining: boolean;
  readonly codegen: boolean;
  readonly typed: boolean;
}

/** The digest of a run: rows of the order-free sinks sorted, last row per key of the others. */
export interface Digest {
  readonly bags: Readonly<Record<string, readonly string[]>>;
  readonly finals: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly counts: Readonly<Record<string, number>>;
}

const ROWS = 120;
const BAGS = ['union', 'bare', 'noted', 'connected', 'counted', 'doubled', 'lines'];

const plain = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

function job(name: string): URL {
  return new URL(`../jobs/${name}.ts`, import.meta.url);
}

function start(codegen = true, config: ConfigInput = {}): Promise<Engine> {
  return Engine.start({ config: { pool: { threads: 2 }, ...config }, codegen });
}

function digest(collected: (name: string) => readonly unknown[]): Digest {
  const counts: Record<string, number> = {};
  const bags: Record<string, string[]> = {};
  for (const name of BAGS) {
    bags[name] = collected(name)
      .map((row) =>
        JSON.stringify(
          Object.entries(row as object).toSorted(([a], [b]) => (a < b ? -1 : 1)),
          plain,
        ),
      )
      .toSorted();
  }
  const finals: Record<string, Record<string, unknown>> = {};
  type Folded = { customer: string; id: number; amount: bigint; price: number; gift: boolean };
  for (const name of ['sum', 'min', 'max', 'minBy', 'reduced']) {
    const rows = collected(name) as Folded[];
    counts[name] = rows.length;
    const last: Record<string, unknown> = {};
    for (const { customer, id, amount, price, gift } of rows) {
      if (name === 'reduced') {
        last[String(id % 7)] = { customer, amount: String(amount), price, gift };
      } else last[customer] = name === 'sum' ? String(amount) : price;
    }
    finals[name] = last;
  }
  return { bags, finals, counts };
}

/** Both at parallelism 2; elsewhere one of the two, so that a run costs no more than it shows. */
function typings(chaining: boolean, parallelism: number): readonly boolean[] {
  return parallelism === 2 ? [true, false] : [chaining === (parallelism === 1)];
}

async function everything(codegen: boolean): Promise<{ setting: Setting; digest: Digest }[]> {
  await using own = await start(codegen, { jobs: { unchained: { chaining: false } } });
  const found: { setting: Setting; digest: Digest }[] = [];
  for (const chaining of [true, false]) {
    for (const parallelism of [1, 2, 4]) {
      for (const typed of typings(chaining, parallelism)) {
        const run = await own.submit(job(`everything-${chaining ? 'chained' : 'unchained'}`), {
          parallelism,
          parameters: { rows: ROWS, typed },
        });
        await run.done;
        const setting = { parallelism, chaining, codegen, typed };
        found.push({ setting, digest: digest((name) => run.collected(name)) });
      }
    }
  }
  return found;
}

async function strain(
  shape: string,
  parameters: Record<string, Plain> = {},
  config?: ConfigInput,
): Promise<unknown> {
  await using own = config === undefined ? undefined : await start(true, config);
  const used = own ?? engine;
  const run = await used.submit(job('strain'), { parameters: { shape, ...parameters } });
  const { state } = await run.done;
  return { state, subtasks: run.plan.subtasks.length, rows: run.collected() };
}

/** Jobs beside and after one another on one engine. */
async function manyJobs(): Promise<unknown> {
  const jobsBefore = engine.jobs.length;
  const submit = (rows: number): ReturnType<Engine['submit']> =>
    engine.submit(job('strain'), { parameters: { shape: 'hourglass', rows } });
  const beside = await Promise.all([300, 400, 500].map(submit));
  const running = engine.jobs.length;
  await Promise.all(beside.map((run) => run.done));
  const after: number[] = [];
  for (let i = 0; i < 30; i++) {
    const run = await submit(50);
    await run.done;
    after.push(run.collected().length);
  }
  return {
    running: running - jobsBefore,
    beside: beside.map((run) => run.collected().length),
    after,
    jobsLeft: engine.jobs.length,
    ids: new Set(beside.map((run) => run.id)).size,
  };
}

async function slowReader(): Promise<unknown> {
  const run = await engine.submit(job('strain'), {
    parameters: { shape: 'numbers', rows: 200_000 },
  });
  const reader = run.rows();
  const first: unknown[] = [];
  for (let i = 0; i < 3; i++) first.push((await reader.next()).value);
  // Long enough for a job that nothing holds back to end many times over.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const made = run.metrics().totals.sourceRows;
  let last = -1;
  let count = first.length;
  let inOrder = true;
  for await (const row of reader) {
    const { value } = row as { value: number };
    if (count > first.length && value !== last + 1) inOrder = false;
    last = value;
    count++;
  }
  await run.done;
  return { first, made, count, inOrder, last };
}

async function readerThatLeaves(): Promise<unknown> {
  const run = await engine.submit(job('strain'), {
    parameters: { shape: 'numbers', rows: 50_000 },
  });
  let taken = 0;
  for await (const row of run.rows()) {
    if ((row as { value: number }).value === 1500) break;
    taken++;
  }
  const { state } = await run.done;
  const rest = run.collected() as { value: number }[];
  return { taken, state, rest: rest.length, next: rest[0]!.value };
}

async function twoReaders(): Promise<unknown> {
  const run = await engine.submit(job('strain'), {
    parameters: { shape: 'numbers', rows: 20_000 },
  });
  const count = async (): Promise<number> => {
    let rows = 0;
    for await (const _ of run.rows()) rows++;
    return rows;
  };
  const counts = await Promise.all([count(), count()]);
  return counts[0]! + counts[1]!;
}

async function prints(): Promise<unknown> {
  const lines: string[] = [];
  const run = await engine.submit(job('strain'), {
    parameters: { shape: 'printed', rows: 3000 },
    onPrint: ({ operator, stream, text }) => lines.push(`${operator}|${stream}|${text}`),
  });
  await run.done;
  return { count: lines.length, first: lines[0], last: lines.at(-1) };
}

const engine = await start();

await runCases({
  generated: () => everything(true),
  interpreted: () => everything(false),
  wide: () => strain('wide', { rows: 4000 }),
  burst: () => strain('burst'),
  diamond: () => strain('diamond', { rows: 5000 }),
  hourglass: () => strain('hourglass', { rows: 5000 }),
  tinyRings: () =>
    strain('diamond', { rows: 3000 }, { exchange: { ring: '4KiB', segment: '256B' } }),
  manyJobs,
  slowReader,
  readerThatLeaves,
  twoReaders,
  prints,
  close: () => engine.close(),
});
