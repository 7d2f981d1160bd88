/** Runs one query on an engine of its own and says how fast it was, by the steady part of the run. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Engine, JobMetrics } from 'millrace';
import { beside } from '../beside.ts';
import { startEngine } from '../engine.ts';
import { TableChecksum } from './checksum.ts';
import type { ResultPart } from './result-sink.ts';

/** What to run. */
export interface QueryRun {
  readonly query: string;
  readonly events: number;
  /** Worker threads. */
  readonly workers: number;
  readonly parallelism: number;
  /** Whether the events lie in memory before the clock starts. */
  readonly pregenerated: boolean;
  /** Whether the result's checksum is computed, at the cost of the sink. */
  readonly checked: boolean;
  readonly outOfOrderGroupSize?: number;
  /** Events per second of event time; default 10,000. */
  readonly rate?: number;
  /** Events of one split; default 65,536. */
  readonly splitEvents?: number;
  /** Share of the events that only warm up, 0 .. 1; default 0.25. */
  readonly warmUp?: number;
  /** Time from one checkpoint to the next in ms, to files in a temporary folder; default none. Not with a shared engine. */
  readonly checkpointMs?: number | undefined;
}

/** What came out. */
export interface QueryResult {
  /** Events per second after the warm-up. */
  readonly eventsPerSecond: number;
  /** CPU time of the whole process in ns, by event, over the same time. */
  readonly cpuNsPerEvent: number;
  /** Rows of the final table. */
  readonly rows: number;
  /** Rows that came to the sink, changes included. */
  readonly changes: number;
  /** Of the final table, when `checked`. */
  readonly checksum: string;
  /** Most bytes of keyed state that were seen. */
  readonly stateBytes: number;
  /** Checkpoints that were completed, and bytes written for them. */
  readonly checkpoints: number;
  readonly checkpointBytes: number;
}

/** Where the clock may start. */
interface Mark {
  readonly events: number;
  readonly atMs: number;
  readonly cpu: NodeJS.CpuUsage;
}

/** The clock starts before this share of the events. */
const BEGIN_MAX = 0.6;

/**
 * Runs the query to its end.
 *
 * @param shared an engine to run on, of as many workers; default one of its own, whose threads have seen no other job
 *
 * @throws what the job throws
 */
export async function runQuery(run: QueryRun, shared?: Engine): Promise<QueryResult> {
  const { workers, parallelism, checkpointMs } = run;
  if (shared !== undefined) return runOn(shared, run);
  const directory =
    checkpointMs === undefined ? undefined : mkdtempSync(join(tmpdir(), 'nexmark-'));
  try {
    const checkpoint =
      directory === undefined ? undefined : { interval: `${checkpointMs}ms`, directory };
    await using engine = await startQueryEngine(workers, parallelism, checkpoint);
    return await runOn(engine, run);
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  }
}

/** An engine for queries. */
export function startQueryEngine(
  workers: number,
  parallelism: number,
  checkpoint?: { readonly interval: string; readonly directory: string },
): Promise<Engine> {
  const nexmark = { parallelism, ...(checkpoint === undefined ? {} : { checkpoint }) };
  return startEngine({ pool: { threads: workers }, jobs: { nexmark } });
}

async function runOn(engine: Engine, run: QueryRun): Promise<QueryResult> {
  const { query, events, warmUp = 0.25 } = run;
  const { pregenerated, checked, outOfOrderGroupSize, rate, splitEvents } = run;
  const chosen = { outOfOrderGroupSize, rate, splitEvents };
  let checkpoints = 0;
  let checkpointBytes = 0;
  const submitted = await engine.submit(beside('nexmark-job', import.meta.url), {
    onCheckpoint: ({ bytes }) => {
      checkpoints++;
      checkpointBytes += bytes;
    },
    parameters: {
      query,
      events,
      pregenerated,
      checked,
      ...Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)),
    },
  });
  let stateBytes = 0;
  const read = (metrics: JobMetrics): number => {
    stateBytes = Math.max(stateBytes, metrics.totals.stateBytes);
    return metrics.subtasks.reduce(
      (sum, { recordsIn, chain }) => sum + (chain === 0 ? recordsIn : 0),
      0,
    );
  };
  const mark = (): Mark => ({
    events: read(submitted.metrics()),
    atMs: performance.now(),
    cpu: process.cpuUsage(),
  });
  // A failed job's promise is looked at below.
  const done = submitted.done.finally(() => undefined);
  done.catch(() => undefined);
  const running = (): boolean => submitted.state !== 'finished' && submitted.state !== 'failed';
  let begin = mark();
  while (begin.events < events * warmUp && running()) {
    await setTimeout(2);
    const next = mark();
    // Too little would be left to time: from where it was seen last.
    if (next.events > events * BEGIN_MAX) break;
    begin = next;
  }
  const watch = setInterval(() => read(submitted.metrics()), 20);
  try {
    await done;
  } finally {
    clearInterval(watch);
  }
  const seconds = (performance.now() - begin.atMs) / 1000;
  const cpu = process.cpuUsage(begin.cpu);
  read(submitted.metrics());
  const checksum = new TableChecksum();
  let changes = 0;
  for (const part of submitted.collected('result') as readonly ResultPart[]) {
    checksum.merge(part);
    changes += part.changes;
  }
  const timed = events - begin.events;
  return {
    eventsPerSecond: timed / seconds,
    cpuNsPerEvent: ((cpu.user + cpu.system) * 1000) / timed,
    rows: checksum.rows,
    changes,
    checksum: checksum.value,
    stateBytes,
    checkpoints,
    checkpointBytes,
  };
}
