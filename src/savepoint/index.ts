/** The public face `millrace/state`: savepoints and checkpoints read, exported and changed without a job. */

export type { Json } from '../checkpoint/index.ts';
export type { SavepointElements, SavepointOperator, SavepointState } from './operators.ts';
export { openSavepoint, Savepoint } from './savepoint.ts';
export type { KeyedEntry } from './savepoint.ts';
export { checkpointsIn, openStore } from './savepoint-folder.ts';
export type { FoundCheckpoint } from './savepoint-folder.ts';
export { SnapshotReader } from './snapshot-reader.ts';
export type { KeyStates } from './snapshot-reader.ts';
export { SavepointTransform } from './transform.ts';
export type { ChangeState, WrittenSavepoint } from './transform.ts';
export { writeSavepoint } from './write-savepoint.ts';
export type { NewOperator, NewSavepoint, NewState } from './write-savepoint.ts';
