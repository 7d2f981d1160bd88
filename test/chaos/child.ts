/**
 * The process that is killed: runs the job of job.ts from the latest checkpoint of its folder, or from the beginning, and says on its
 * standard output what happens, a line each.
 */

import { writeSync } from 'node:fs';

import { Engine } from '../../src/index.ts';
import type { ChaosParameters } from './job.ts';

/** What it is told, as JSON in its only argument. */
export interface ChildOrder {
  readonly parameters: ChaosParameters;
  readonly parallelism: number;
  /** Folder of the checkpoints. */
  readonly directory: string;
  readonly intervalMs: number;
}

/** What it says. `through`: all rows are in files that have their names. */
export type ChildEvent =
  | { readonly event: 'running' }
  | { readonly event: 'checkpoint'; readonly checkpoint: number }
  | { readonly event: 'warning'; readonly text: string }
  | { readonly event: 'failed'; readonly text: string }
  | { readonly event: 'through' };

function say(event: ChildEvent): void {
  writeSync(1, `${JSON.stringify(event)}\n`);
}

async function main({
  parameters,
  parallelism,
  directory,
  intervalMs,
}: ChildOrder): Promise<number> {
  const engine = await Engine.start({
    config: {
      pool: { threads: 2 },
      jobs: { chaos: { checkpoint: { interval: intervalMs, directory, retained: 2 } } },
    },
    set: ['jobs.chaos.restart.strategy=none'],
    log: ({ level, message, fields }) => {
      if (level !== 'info') say({ event: 'warning', text: `${message} ${JSON.stringify(fields)}` });
    },
  });
  try {
    const run = await engine.submit(new URL('./job.ts', import.meta.url), {
      parameters,
      parallelism,
      restore: { from: 'latest-or-new' },
      onCheckpoint: ({ checkpoint }) => say({ event: 'checkpoint', checkpoint }),
      onState: (state) => {
        if (state === 'running') say({ event: 'running' });
        // Before it removes its checkpoints: who is killed after that has nothing left to do.
        if (state === 'finishing') say({ event: 'through' });
      },
    });
    await run.done;
    return 0;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say({ event: 'failed', text });
    return 1;
  } finally {
    await engine.close();
  }
}

process.exitCode = await main(JSON.parse(process.argv[2]!) as ChildOrder);
