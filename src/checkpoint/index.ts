/** Checkpoints: who must have said what before one is complete, how its state lies on a disk, and what is found there. */

export {
  asOvertaking,
  barrierOptions,
  endsJob,
  mayBeIncremental,
  overtakesAfterMs,
  packOptions,
  unpackOptions,
} from './barrier-options.ts';
export type { BarrierOptions, CheckpointKind } from './barrier-options.ts';
export { CheckpointNumbers } from './checkpoint-numbers.ts';
export { CheckpointFolder, orphansOf, removeOrphans } from './checkpoint-folder.ts';
export type { Orphans } from './checkpoint-folder.ts';
export type { Section } from './chunk-layout.ts';
export type { Disk, DiskFile } from './disk.ts';
export { FileReferences } from './file-references.ts';
export { fileStore } from './file-store.ts';
export { readInFlight, writeInFlight } from './in-flight-files.ts';
export type { InFlightChannel, InFlightFrames } from './in-flight-files.ts';
export { filesOf, MANIFEST_VERSION, sectionsOf } from './manifest.ts';
export type {
  ElementHandle,
  InFlightHandle,
  KeyedHandle,
  KeyGroups,
  Manifest,
  ManifestOperator,
  OperatorHandles,
  SubtaskHandles,
} from './manifest.ts';
export { manifestOf } from './manifest-of.ts';
export type { ManifestJob } from './manifest-of.ts';
export { manifestBytes, parseManifest } from './manifest-text.ts';
export { memoryStore } from './memory-store.ts';
export { manifestName, parseName, stateName } from './names.ts';
export type { CheckpointFile } from './names.ts';
export { nodeDisk } from './node-disk.ts';
export { advance, beginProtocol, isSettled, nextWakeMs } from './protocol.ts';
export type { ProtocolBeginning } from './protocol.ts';
export type {
  CheckpointPlace,
  CheckpointRequest,
  PendingCheckpoint,
  ProtocolCommand,
  ProtocolEvent,
  ProtocolPhase,
  ProtocolState,
  ProtocolStep,
  ProtocolSubtask,
} from './protocol-types.ts';
export { beginningOf, readCheckpoint, recover, requireChosen, verifyState } from './recovery.ts';
export type { Recovered, Rejected } from './recovery.ts';
export { forgetRun, runIdentity } from './run-identity.ts';
export type { SubtaskReport } from './report.ts';
export { checkRestore, holdingUids } from './restore-check.ts';
export type { DroppedState, RestoringJob } from './restore-check.ts';
export { ALIGNED_TIMEOUT_MS_MAX, CHECKPOINT_DEFAULTS, checkpointSettings } from './settings.ts';
export type { CheckpointMode, CheckpointSettings } from './settings.ts';
export {
  rangesOf,
  readElementState,
  readKeyedState,
  readOperatorState,
  writeSubtaskState,
} from './snapshot-files.ts';
export type { RestoredOperator, SubtaskIdentity, WrittenSubtask } from './snapshot-files.ts';
export { readPieces, verifySection } from './state-file-reader.ts';
export type { Piece } from './state-file-reader.ts';
export { StateFileWriter } from './state-file-writer.ts';
export type {
  ElementState,
  Json,
  KeyedLayout,
  KeyedState,
  OperatorState,
  Sharing,
  StateKey,
  StatePart,
  SubtaskState,
} from './state-shapes.ts';
export type { CheckpointStore, StoreWriter } from './store.ts';
