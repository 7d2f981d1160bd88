/** What runs inside a worker thread; the faces that control needs. */

export { WorkerWord } from './protocol.ts';
export type { DeployMessage, FromWorker, ToWorker, WorkerStart } from './protocol.ts';
export type { RuntimeSettings } from './settings.ts';
export { workerEntry } from './worker-entry.ts';
