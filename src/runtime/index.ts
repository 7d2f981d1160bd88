/** What runs inside a worker thread: the faces that control needs, and subtasks for whoever steps them itself. */

export { createSubtask } from './create-subtask.ts';
export type { SubtaskHost, SubtaskResources } from './create-subtask.ts';
export { LatencyTrack } from './latency-markers.ts';
export { labelledStep, WorkerWord } from './protocol.ts';
export type {
  CheckpointMessage,
  DeployMessage,
  FromWorker,
  ToWorker,
  WorkerStart,
} from './protocol.ts';
export { inFlightParts, recoveredFrames } from './recovered-frames.ts';
export type { InFlightPart, RecoveredFrames } from './recovered-frames.ts';
export { beginningOf, restoredSubtask } from './restored-subtask.ts';
export type { SubtaskRestore } from './restored-subtask.ts';
export type { RuntimeSettings } from './settings.ts';
export { PROBE } from './step-place.ts';
export type { StepPlace } from './step-place.ts';
export { Progress } from './subtask-states.ts';
export type { Subtask } from './subtask.ts';
export type { SubtaskSnapshot, SubtaskState } from './subtask-states.ts';
export { userFrameOf } from './user-error.ts';
export { workerEntry } from './worker-entry.ts';
