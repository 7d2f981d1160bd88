/**
 * One query on Apache Flink beside ours: the same events, the same parallelism, the answers compared before anything is timed, then
 * neighbouring runs A B B A.
 *
 * Both sum up the checksum of all columns in their sinks, in the timed runs as well, so that neither leaves out making them. Flink runs
 * with what serves it best: of its settings (mini-batches, distinct counts in two phases) those that were the
 * fastest once its JVM was warm.
 */

import { expectAnswer, pairs, parameter, spread } from '../harness.ts';
import type { BenchOptions } from '../harness.ts';
import { answerText } from '../nexmark/check-query.ts';
import type { QueryResult } from '../nexmark/run-query.ts';
import { timedRun } from '../nexmark/timed-run.ts';
import type { TimedQuery } from '../nexmark/timed-run.ts';
import { startFlink } from './flink.ts';
import type { FlinkCommand, FlinkPeer } from './flink.ts';
import type { PeerResult, PeerResults } from './peer-result.ts';

const pairCount = parameter('pairs with Flink', 1, 7);
const warmRounds = parameter('warm-up runs of Flink', 1, 3);

/** Heap of the JVM: a fixed part, and what an event made before takes with room for its collector. */
const HEAP_MB = 2048;
const HEAP_BYTES_PER_EVENT = 700;

/** Queries whose answer has counts of distinct values. */
const DISTINCT: ReadonlySet<string> = new Set(['q15', 'q16']);

type Settings = Pick<FlinkCommand, 'miniBatch' | 'splitDistinct'>;

/** @throws WrongAnswer Flink's answer differs */
export async function besideFlink(
  timed: TimedQuery,
  ours: QueryResult,
  workers: number,
  options: BenchOptions,
): Promise<PeerResults> {
  const heapMb = HEAP_MB + Math.ceil((timed.events * HEAP_BYTES_PER_EVENT) / 1e6);
  const flink = await startFlink({ heapMb });
  if (flink.kind === 'missing') return { found: {}, missing: { flink: flink.reason } };
  try {
    return { found: { flink: await measure(flink, timed, ours, workers, options) }, missing: {} };
  } finally {
    await flink.close();
  }
}

async function measure(
  flink: FlinkPeer,
  timed: TimedQuery,
  ours: QueryResult,
  workers: number,
  options: BenchOptions,
): Promise<PeerResult> {
  const { query, events, rows } = timed;
  const command: FlinkCommand = { query, events, parallelism: workers };
  const cpuNsPerEvent: number[] = [];
  const run = async (settings: Settings): Promise<number> => {
    const answer = await flink.run({ ...command, ...settings });
    // The answer of a query on the machine's time is no function of the events.
    if (rows !== undefined)
      expectAnswer(answerText(ours), answerText(answer), `answer of Flink's ${query}`);
    cpuNsPerEvent.push((answer.cpuSeconds * 1e9) / events);
    return answer.eventsPerSecond;
  };
  const choices: Settings[] = [{ miniBatch: false }, { miniBatch: true }];
  if (DISTINCT.has(query)) choices.push({ miniBatch: true, splitDistinct: true });
  const settings = await fastest(choices, run, warmRounds(options));
  cpuNsPerEvent.length = 0;
  const runOurs = async (): Promise<number> =>
    (await timedRun(timed, workers, { checked: true })).eventsPerSecond;
  const {
    a,
    b,
    ratio,
    pairs: count,
  } = await pairs(runOurs, () => run(settings), pairCount(options));
  const withGenerator = await flink.run({ ...command, ...settings, withGenerator: true });
  return {
    value: b.median,
    ours: a.median,
    unit: 'events/s',
    ratio,
    pairs: count,
    withGenerator: withGenerator.eventsPerSecond,
    cpuNsPerEvent: spread(cpuNsPerEvent).median,
    settings: { ...settings, heapMb: HEAP_MB + Math.ceil((events * HEAP_BYTES_PER_EVENT) / 1e6) },
  };
}

/** Runs all choices in turn, and gives the one whose last run was the fastest. */
async function fastest(
  choices: readonly Settings[],
  run: (settings: Settings) => Promise<number>,
  rounds: number,
): Promise<Settings> {
  const last = choices.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    for (const [i, choice] of choices.entries()) last[i] = await run(choice);
  }
  return choices[last.indexOf(Math.max(...last))]!;
}
