/**
 * How fast one query is: with events from memory and with events made while the clock runs, on one worker, two, and as many as there
 * are CPUs; and beside the peers that were asked for.
 *
 * The answer is checked three times: on small input against the model, at full size against each peer, and in every timed run
 * by the number of rows.
 */

import { availableParallelism } from 'node:os';

import type { Engine } from 'millrace';

import { parameter, spread } from '../harness.ts';
import type { BenchOptions, BenchResult } from '../harness.ts';
import { besideFlink } from '../peers/beside-flink.ts';
import { besideNpm } from '../peers/beside-npm.ts';
import type { PeerResults } from '../peers/peer-result.ts';
import { checkQuery, PROCESSING_TIME_QUERY } from './check-query.ts';
import { runQuery, startQueryEngine } from './run-query.ts';
import type { QueryResult } from './run-query.ts';
import { timedRun } from './timed-run.ts';
import type { TimedQuery } from './timed-run.ts';

/** Queries that keep nothing: so fast that they need more events for a run that can be timed. */
const STATELESS: ReadonlySet<string> = new Set([
  'q0',
  'q1',
  'q2',
  'q10',
  'q13',
  'q14',
  'q21',
  'q22',
]);
/** Workers of the run that is compared with peers, where the machine has as many CPUs. */
const WORKERS = 2;

/** Time between the checkpoints of the run that takes them. */
const CHECKPOINT_MS = 1000;

const modelEvents = parameter('events against the model', 2000, 50_000);
const statelessEvents = parameter('events per run', 5000, 6_000_000);
const statefulEvents = parameter('events per run', 5000, 2_000_000);
const runCount = parameter('runs', 1, 3);

/** One number of workers. */
export interface WorkersResult {
  readonly workers: number;
  /** Events per second: median, least and greatest of the runs. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Events per second of a run that makes its events. */
  readonly withGenerator: number;
  /** Events per second with checkpoints to files, how many were completed, and their bytes; one run. Not in smoke runs. */
  readonly withCheckpoints?: number;
  readonly checkpoints?: number;
  readonly checkpointBytes?: number;
  /** CPU time of the whole process; median. */
  readonly cpuNsPerEvent: number;
  /** Most bytes of keyed state that were seen. */
  readonly stateBytes: number;
}

/** One for all queries of a smoke run; ends with the process. */
let smokeEngine: Promise<Engine> | undefined;

/** The results named `nexmark-…` of one query; the first is that of two workers. */
export async function measureQuery(query: string, options: BenchOptions): Promise<BenchResult[]> {
  const events = (STATELESS.has(query) ? statelessEvents : statefulEvents)(options);
  const cpus = availableParallelism();
  const workers = Math.min(WORKERS, cpus);
  // Starting engines takes longer than all that a smoke run does.
  const shared = options.smoke
    ? await (smokeEngine ??= startQueryEngine(workers, workers))
    : undefined;
  await checkQuery(query, modelEvents(options), workers, shared);
  const run = { query, events, workers, parallelism: workers, pregenerated: true, checked: true };
  const full = await runQuery(run, shared);
  const rows = query === PROCESSING_TIME_QUERY ? undefined : full.rows;
  const timed: TimedQuery = { query, events, rows };
  const main = await measureWorkers(timed, workers, options, shared);
  const peers = await measurePeers(timed, full, workers, options);
  const others: BenchResult[] = [];
  // What a smoke run proves is proven by then.
  const counts = options.smoke ? [] : [1, cpus].filter((count) => count !== workers);
  for (const count of new Set(counts)) {
    others.push(
      resultOf(`nexmark-${query}, workers: ${count}`, await measureWorkers(timed, count, options)),
    );
  }
  const flink = peers.found['flink'];
  const { rows: tableRows, changes } = full;
  return [
    {
      ...resultOf(`nexmark-${query}`, main),
      ceiling: flink?.value ?? null,
      ratio: flink?.ratio.median ?? null,
      events,
      rows: tableRows,
      changes,
      ...(Object.keys(peers.found).length > 0 ? { peers: peers.found } : {}),
      ...(Object.keys(peers.missing).length > 0 ? { peersMissing: peers.missing } : {}),
    },
    ...others,
  ];
}

async function measureWorkers(
  timed: TimedQuery,
  workers: number,
  options: BenchOptions,
  shared?: Engine,
): Promise<WorkersResult> {
  const runs: QueryResult[] = [];
  for (let i = 0; i < runCount(options); i++) runs.push(await timedRun(timed, workers, { shared }));
  const { eventsPerSecond: withGenerator } = await timedRun(timed, workers, {
    pregenerated: false,
    shared,
  });
  const checkpointed = options.smoke
    ? undefined
    : await timedRun(timed, workers, { checkpointMs: CHECKPOINT_MS });
  const { median, min, max } = spread(runs.map(({ eventsPerSecond }) => eventsPerSecond));
  return {
    workers,
    value: median,
    min,
    max,
    withGenerator,
    ...(checkpointed && {
      withCheckpoints: checkpointed.eventsPerSecond,
      checkpoints: checkpointed.checkpoints,
      checkpointBytes: checkpointed.checkpointBytes,
    }),
    cpuNsPerEvent: spread(runs.map(({ cpuNsPerEvent }) => cpuNsPerEvent)).median,
    stateBytes: Math.max(...runs.map(({ stateBytes }) => stateBytes)),
  };
}

function resultOf(name: string, { value, ...rest }: WorkersResult): BenchResult {
  return { name, unit: 'events/s', value, ceiling: null, ratio: null, ...rest };
}

async function measurePeers(
  timed: TimedQuery,
  full: QueryResult,
  workers: number,
  options: BenchOptions,
): Promise<PeerResults> {
  const { peers = [] } = options;
  const flink = peers.includes('flink')
    ? await besideFlink(timed, full, workers, options)
    : { found: {}, missing: {} };
  const npm = await besideNpm(timed, peers, options);
  const both = {
    found: { ...flink.found, ...npm.found },
    missing: { ...flink.missing, ...npm.missing },
  };
  for (const [name, reason] of Object.entries(both.missing)) {
    process.stderr.write(`${timed.query}: no ${name}, ${reason}\n`);
  }
  return both;
}
