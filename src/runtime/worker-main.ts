/** **Thread entry** of a worker: the task that Piscina runs, for as long as the pool lives. */

import { enableCompileCache } from 'node:module';
import type { WorkerTask } from './worker.ts';

// Before anything else is imported: a thread that finds the compiled modules on disk starts three times as fast.
enableCompileCache();
const worker = import('./worker.ts');

export default async function workerMain(task: WorkerTask): Promise<void> {
  const { runWorker } = await worker;
  await runWorker(task);
}
