/** The public face `millrace/testing`: jobs and operators in one thread, step by step, the same every time. */

export type { JobSnapshot, SubtaskState } from './job-snapshot.ts';
export { foldTable } from './fold-table.ts';
export { matchers } from './matchers.ts';
export type { Emitting, MatcherContext, MatcherResult, StreamMatchers } from './matchers.ts';
export { inEveryMode } from './modes.ts';
export type { EveryModeOptions, ModeName } from './modes.ts';
export { OperatorTest } from './operator-test.ts';
export type { OperatorTestSettings } from './operator-test.ts';
export { Recording } from './recording.ts';
export type { Change, EmittedRow, StreamEvent } from './recording.ts';
export { runJob } from './run-job.ts';
export type { RunResult } from './run-job.ts';
export type { TestRunOptions } from './run-options.ts';
export { Script, ScriptInput } from './script.ts';
export { stateOf } from './state-reader.ts';
export type { KeyState } from './state-reader.ts';
export { TestInput } from './test-input.ts';
export { testOperator, testOperator2 } from './test-operator.ts';
export type { OperatorTestOptions, OperatorTestOptions2 } from './test-operator.ts';
export { TestRun } from './test-run.ts';
export { testSink } from './test-sink.ts';
export type { TestFeed } from './test-channel.ts';
export { testSource } from './test-source.ts';
export type { TestSourceOptions } from './test-source.ts';
