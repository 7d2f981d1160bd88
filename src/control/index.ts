/** What runs on the main thread: engine, jobs, workers. */

export type { CheckpointInfo, RestoreOptions } from './job-checkpoints.ts';
export { Engine, planJob } from './engine.ts';
export type { EngineOptions, JobPlan, SubmitOptions } from './engine.ts';
export type { JobFailure, JobObserver, JobResult, PrintedLine } from './job-observer.ts';
export type { JobRun } from './job-run.ts';
export type { JobEvent, JobState } from './job-states.ts';
export type { WorkerStatus } from './worker-host.ts';
