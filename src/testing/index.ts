/** The public face `millrace/testing`: jobs and operators in one thread, step by step, the same every time. */

export { Recording } from './recording.ts';
export type { Change, EmittedRow, StreamEvent } from './recording.ts';
export { runJob } from './run-job.ts';
export type { RunResult } from './run-job.ts';
export type { TestRunOptions } from './run-options.ts';
export { TestRun } from './test-run.ts';
export { testSink } from './test-sink.ts';
export { testSource } from './test-source.ts';
export type { TestFeed, TestSourceOptions } from './test-source.ts';
