/** One run of a latency job on an engine of its own. */

import { setTimeout } from 'node:timers/promises';
import type { Plain } from 'millrace';
import { startEngine } from '../engine.ts';

/** Source and sink on one worker, what is between them on the other: two hops. */
const WORKER_OF = { source: 0, sink: 0 } as const;

/** What to run. */
export interface LatencyRun {
  readonly module: URL;
  readonly job: string;
  /** Name of the operator in the middle. */
  readonly middle: string;
  readonly parameters: { readonly rows: number; readonly [key: string]: Plain };
}

/** What the job collected, and the rows per second of its source after its first quarter. */
export async function runLatency<T>(
  options: LatencyRun,
): Promise<{ readonly answer: T; readonly rowsPerSecond: number }> {
  const { module, job, middle, parameters } = options;
  const workers = { ...WORKER_OF, [middle]: 1 };
  const operators = Object.fromEntries(
    Object.entries(workers).map(([operator, worker]) => [operator, { worker }]),
  );
  // An engine of its own for every run: a thread that ran the job before has seen closures of the runs before.
  await using engine = await startEngine({ pool: { threads: 2 }, jobs: { [job]: { operators } } });
  const run = await engine.submit(module, { parameters });
  const sourceRows = (): number => run.metrics().totals.sourceRows;
  while (sourceRows() < parameters.rows / 4 && run.state !== 'finished') await setTimeout(20);
  const warmRows = sourceRows();
  const startMs = performance.now();
  await run.done;
  const seconds = (performance.now() - startMs) / 1000;
  const [answer] = run.collected() as T[];
  return { answer: answer!, rowsPerSecond: (parameters.rows - warmRows) / seconds };
}
