/**
 * Loads job modules with Node's own type stripping, on the main thread and in a worker, and prints what came of each as
 * JSON lines. Arguments: URLs of modules.
 */

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { EngineError } from '../../../src/base/index.ts';
import { buildGraph, loadJob } from '../../../src/graph/index.ts';

async function load(url: string): Promise<Record<string, unknown>> {
  try {
    const { fingerprint, nodes } = buildGraph(await loadJob(url));
    return { fingerprint, locations: nodes.map((node) => node.location) };
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown;
    const { code, message, hint, place, cause } = thrown;
    return { code, message, hint, place, cause: cause instanceof Error ? cause.name : null };
  }
}

const urls: string[] = isMainThread ? process.argv.slice(2) : (workerData as string[]);
const outcomes: Record<string, unknown>[] = [];
for (const url of urls) outcomes.push(await load(url));
if (parentPort) {
  parentPort.postMessage(outcomes);
} else {
  const worker = new Worker(new URL(import.meta.url), { workerData: urls });
  worker.once('message', (fromWorker: unknown) => {
    console.log(JSON.stringify({ main: outcomes, worker: fromWorker }));
  });
}
