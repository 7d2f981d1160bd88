/**
 * One query on peers from npm beside ours: the same events as plain objects in memory, the answer compared before anything is timed,
 * then neighbouring runs A B B A, ours on as many workers as the peer has threads.
 *
 * A peer runs in a thread of its own. Its events are fewer than ours, since objects take more memory than rows; both figures are rates.
 */

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { beside } from '../beside.ts';
import { expectAnswer, pairs, parameter, warmUp } from '../harness.ts';
import type { BenchOptions } from '../harness.ts';
import { answerText } from '../nexmark/check-query.ts';
import { TableChecksum } from '../nexmark/checksum.ts';
import type { ChecksumState } from '../nexmark/checksum.ts';
import { runQuery } from '../nexmark/run-query.ts';
import { timedRun } from '../nexmark/timed-run.ts';
import type { TimedQuery } from '../nexmark/timed-run.ts';
import type { PeerJob, PeerMessage } from './npm/peer-main.ts';
import { PEERS } from './npm/peers.ts';
import type { PeerResult, PeerResults } from './peer-result.ts';

const peerEvents = parameter('events of peers on npm', 5000, 500_000);
const pairCount = parameter('pairs with a peer on npm', 1, 7);
const warmRounds = parameter('warm-up runs of a peer on npm', 1, 10);

/** @param names of peers; `npm` for all of them, others than these are passed over */
export async function besideNpm(
  timed: TimedQuery,
  names: readonly string[],
  options: BenchOptions,
): Promise<PeerResults> {
  const found: Record<string, PeerResult> = {};
  const missing: Record<string, string> = {};
  const { query } = timed;
  const chosen = Object.entries(PEERS).filter(
    ([name, { queries }]) =>
      (names.includes('npm') || names.includes(name)) && queries.includes(query),
  );
  if (chosen.length === 0) return { found, missing };
  const events = peerEvents(options);
  const run = { query, events, workers: 1, parallelism: 1, pregenerated: false, checked: true };
  const expected = answerText(await runQuery(run));
  for (const [name, { threads }] of chosen) {
    if (threads > availableParallelism()) {
      missing[name] = `it needs ${threads} CPUs`;
      continue;
    }
    const peer = await startPeer({ peer: name, query, events });
    if (typeof peer === 'string') {
      missing[name] = peer;
      continue;
    }
    try {
      const { result } = await peer.run(true);
      const table = new TableChecksum();
      table.merge(result);
      expectAnswer(
        expected,
        answerText({ rows: table.rows, checksum: table.value }),
        `answer of ${name}`,
      );
      const runPeer = async (): Promise<number> => {
        const ran = await peer.run(false);
        expectAnswer(table.rows, ran.result.rows, `number of rows of ${name}`);
        return events / ran.seconds;
      };
      await warmUp(runPeer, warmRounds(options));
      const runOurs = async (): Promise<number> => (await timedRun(timed, threads)).eventsPerSecond;
      const { a, b, ratio, pairs: count } = await pairs(runOurs, runPeer, pairCount(options));
      found[name] = {
        value: b.median,
        ours: a.median,
        unit: 'events/s',
        ratio,
        pairs: count,
        threads,
      };
    } finally {
      await peer.close();
    }
  }
  return { found, missing };
}

interface StartedPeer {
  run(checked: boolean): Promise<{ readonly result: ChecksumState; readonly seconds: number }>;
  close(): Promise<unknown>;
}

/** The peer once its events are in memory; or why it is missing. */
async function startPeer(job: PeerJob): Promise<StartedPeer | string> {
  const worker = new Worker(beside('npm/peer-main', import.meta.url), { workerData: job });
  const next = async (): Promise<PeerMessage> =>
    ((await once(worker, 'message')) as [PeerMessage])[0];
  const first = await next();
  if (first.kind === 'missing') {
    await worker.terminate();
    return first.reason;
  }
  return {
    run: async (checked) => {
      const answer = next();
      worker.postMessage(checked);
      const message = await answer;
      if (message.kind !== 'ran')
        throw new Error(`expected a run of ${job.peer}, got ${message.kind}`);
      return message;
    },
    close: () => worker.terminate(),
  };
}
