/** Cases: checkpoints of a job whose rings are full, and what goes on from them. Prints one JSON line. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckpointInfo, ConfigInput, JobRun } from 'millrace';
import { Engine } from 'millrace';
import { failureOf, runCases, waitFor } from '../../support/cases.ts';
import { wrongKeys } from '../../support/key-sums.ts';

const ROWS = 20_000;
const KEYS = 50;
const folder = mkdtempSync(join(tmpdir(), 'millrace-overtaking-'));
const job = new URL('../jobs/overtaken.ts', import.meta.url);
type CheckpointSettings = NonNullable<NonNullable<ConfigInput['jobs']>[string]['checkpoint']>;

let cases = 0;
class Case {
  readonly directory = join(folder, `case-${cases++}`);
  readonly fast = `${this.directory}.fast`;
  readonly fails = `${this.directory}.fails`;
  readonly taken: CheckpointInfo[] = [];
  /** Bytes of rows on their way in the newest checkpoint. */
  inFlightBytes = 0;

  async engine(checkpoint: CheckpointSettings): Promise<Engine> {
    return Engine.start({
      config: {
        pool: { threads: 2 },
        jobs: {
          overtaken: {
            maxParallelism: 16,
            checkpoint: { interval: 100, directory: this.directory, ...checkpoint },
            restart: { strategy: 'fixed-delay', delay: 1, attempts: 5 },
          },
        },
      },
    });
  }

  submit(engine: Engine, options: Parameters<Engine['submit']>[1] = {}): Promise<JobRun> {
    return engine.submit(job, {
      parallelism: 2,
      parameters: { rows: ROWS, fast: this.fast, fails: this.fails },
      onCheckpoint: (info) => {
        this.taken.push(info);
        this.inFlightBytes = Math.max(this.inFlightBytes, inFlightIn(info.folder));
      },
      ...options,
    });
  }
}

interface Handles {
  readonly inFlight: readonly { readonly section: { readonly bytes: number } }[];
}

/** Of the newest manifest in a folder. */
function inFlightIn(path: string): number {
  const newest = readdirSync(path)
    .filter((name) => name.endsWith('.manifest'))
    .toSorted()
    .at(-1)!;
  const [line] = readFileSync(join(path, newest), 'utf8').split('\n');
  const { subtasks } = JSON.parse(line!) as { subtasks: readonly Handles[] };
  return subtasks
    .flatMap(({ inFlight }) => inFlight)
    .reduce((sum, { section }) => sum + section.bytes, 0);
}

/** Fails behind a checkpoint that was taken while all rings were full. */
async function crashes(checkpoint: CheckpointSettings): Promise<unknown> {
  const one = new Case();
  await using engine = await one.engine(checkpoint);
  const run = await one.submit(engine);
  await waitFor(() => one.inFlightBytes > 0 && one.taken.length > 1, 'rows were overtaken');
  writeFileSync(one.fails, '');
  await waitFor(() => run.failures.length > 0, 'it failed');
  writeFileSync(one.fast, '');
  const { restarts } = await run.done;
  return { restarts, collected: run.collected().length, wrong: wrongKeys(run, ROWS, KEYS) };
}

/** Goes on from such a checkpoint with other numbers of subtasks. */
async function goesOn(...parallelisms: readonly number[]): Promise<unknown> {
  const first = new Case();
  {
    await using engine = await first.engine({ mode: 'unaligned' });
    const run = await first.submit(engine);
    await waitFor(() => first.inFlightBytes > 0 && first.taken.length > 1, 'rows were overtaken');
    await run.cancel();
  }
  const from = join(first.directory, 'overtaken');
  const overtaken = inFlightIn(from) > 0;
  const ends: unknown[] = [];
  for (const parallelism of parallelisms) {
    const one = new Case();
    writeFileSync(one.fast, '');
    await using engine = await one.engine({ mode: 'unaligned' });
    const run = await one.submit(engine, { parallelism, restore: { from } });
    await run.done;
    ends.push({ wrong: wrongKeys(run, ROWS, KEYS), skipped: run.collected().length < ROWS });
  }
  return { overtaken, ends };
}

/** A timeout where no barrier overtakes. */
async function refused(): Promise<unknown> {
  const one = new Case();
  await using engine = await one.engine({ alignedTimeout: 50 });
  return await failureOf(one.submit(engine));
}

await runCases({
  crashes: () => crashes({ mode: 'unaligned' }),
  'crashes timed': () => crashes({ mode: 'unaligned', alignedTimeout: 50 }),
  'goes on': () => goesOn(1, 4),
  timeout: refused,
});
rmSync(folder, { recursive: true, force: true });
