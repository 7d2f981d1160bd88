/** What runs on the main thread: engine, jobs, workers. */

export type { CheckpointInfo, RestoreOptions } from './checkpoint-types.ts';
export { Engine } from './engine.ts';
export type { EngineOptions, SubmitOptions } from './engine.ts';
export { planJob } from './job-planning.ts';
export { checkUpgrade } from './upgrade-check.ts';
export type { UpgradeOptions } from './upgrade-check.ts';
export type {
  OperatorUpgrade,
  StateUpgrade,
  UpgradeProblem,
  UpgradeReport,
} from './upgrade-report.ts';
export type { JobPlan, PlanOptions } from './job-planning.ts';
export type {
  JobAttempt,
  JobFailure,
  JobObserver,
  JobRecovery,
  JobResult,
  PrintedLine,
} from './job-observer.ts';
export type { JobRun } from './job-run.ts';
export type { JobEvent, JobState } from './job-states.ts';
export type { StuckStep, WorkPlace } from './stuck-step.ts';
export type { WorkerStatus } from './worker-host.ts';
