/** The public face `millrace/state`: savepoints and checkpoints read, exported and changed without a job. */

export type { Json } from '../checkpoint/index.ts';
export type { SavepointElements, SavepointOperator, SavepointState } from './operators.ts';
export { operatorsOf } from './operators.ts';
export { partForm } from './part-values.ts';
export type { PartForm } from './part-values.ts';
export { HEAP_VALUE, keyForm, readKey, rowForm } from './row-values.ts';
export type { ValueForm } from './row-values.ts';
export { openSavepoint, Savepoint } from './savepoint.ts';
export type { KeyedEntry, KeyStates } from './savepoint.ts';
export { checkpointsIn, manifestIn, openStore } from './savepoint-folder.ts';
export type { FoundCheckpoint } from './savepoint-folder.ts';
export { SavepointTransform } from './transform.ts';
export type { ChangeState, WrittenSavepoint } from './transform.ts';
