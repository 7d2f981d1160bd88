/** One run of a job whose rows are counted: an engine of its own, warm-up by work, the answer checked. */

import { setTimeout } from 'node:timers/promises';
import type { Plain } from 'millrace';
import { startEngine } from '../engine.ts';
import { expectAnswer } from '../harness.ts';

/** What to run. */
export interface SteadyRun {
  /** URL of the job's module. */
  readonly module: URL;
  /** Name of the job in the configuration. */
  readonly job: string;
  readonly threads: number;
  /** Worker by operator name; missing: wherever the engine puts them. */
  readonly operators?: Readonly<Record<string, { readonly worker: number }>>;
  readonly parameters: { readonly rows: number } & { readonly [key: string]: Plain };
  readonly expected: unknown;
  /** The answer in what the subtasks of the sink collected; default: the one row. */
  readonly answerOf?: (collected: readonly unknown[]) => unknown;
}

/** Rows per second of one run, without its first quarter: threads that have just started compile. */
export async function runSteady(options: SteadyRun): Promise<number> {
  const { module, threads, operators, parameters, expected } = options;
  const { rows } = parameters;
  const jobs = operators === undefined ? {} : { [options.job]: { operators } };
  // An engine of its own for every run: a thread that ran the job before has seen closures of the runs before.
  await using engine = await startEngine({ pool: { threads }, jobs });
  const run = await engine.submit(module, { parameters });
  const sourceRows = (): number => run.metrics().totals.sourceRows;
  while (sourceRows() < rows / 4 && run.state !== 'finished') await setTimeout(5);
  const warmRows = sourceRows();
  const startMs = performance.now();
  await run.done;
  const seconds = (performance.now() - startMs) / 1000;
  const { answerOf } = options;
  const collected = run.collected();
  const what = `answer of ${options.job}`;
  if (answerOf === undefined) expectAnswer([expected], collected, what);
  else expectAnswer(expected, answerOf(collected), what);
  return (rows - warmRows) / seconds;
}
