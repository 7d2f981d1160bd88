/** A savepoint made of rows, for a job that begins with state that it did not build up itself. */

import { EngineError, murmur32 } from '../base/index.ts';
import {
  CheckpointFolder,
  MANIFEST_VERSION,
  manifestName,
  writeSubtaskState,
} from '../checkpoint/index.ts';
import type { SubtaskHandles } from '../checkpoint/index.ts';
import type { StateDescriptor } from '../operators/index.ts';
import { compileCodec, hashKeyValue } from '../record/index.ts';
import type { KeyValue, RecordType } from '../record/index.ts';
import {
  createKeyedBackend,
  HeapListPart,
  HeapMapPart,
  HeapValuePart,
  QuotaAccount,
  RowListPart,
  RowMapPart,
  RowValuePart,
} from '../state/index.ts';
import type { KeyedBackend, KeyedInput, KeyedPart, KeyedSnapshot } from '../state/index.ts';
import { openStore } from './savepoint-folder.ts';
import type { WrittenSavepoint } from './transform.ts';

/** What one state begins with. */
export interface NewState {
  /** As the job declares it: `valueState('total', { type: Total })`. */
  readonly state: StateDescriptor;
  /** By key, each key once: a value or row, for a list its values, for a map pairs of key and value. */
  readonly entries: Iterable<readonly [key: KeyValue, value: unknown]>;
}

/** What one operator begins with. */
export interface NewOperator {
  readonly uid: string;
  /** For those who look into the savepoint; default: the uid. */
  readonly name?: string;
  /** Type of its input, and the fields of `keyBy`; left out: keys are given by a function, or the input has no record type. */
  readonly input?: { readonly type: RecordType; readonly keyBy: readonly string[] };
  readonly states: readonly NewState[];
}

/** What a job begins with. */
export interface NewSavepoint {
  /** Name of the job. */
  readonly job: string;
  /** Number of key groups that the job has: its `maxParallelism`. */
  readonly maxParallelism: number;
  readonly operators: readonly NewOperator[];
}

/**
 * Writes a savepoint that a job can begin with. Sources begin at their beginning, and no timers are set.
 *
 * @param folder of its own, made if need be; the state of one operator is in memory at a time
 * @throws ERR_SAVEPOINT_EXISTS the folder holds something
 * @throws ERR_STATE_NAME two states of an operator have one name
 * @throws ERR_RECORD_VALUE, ERR_RECORD_KEY, ERR_RECORD_UNCLONEABLE, ERR_CHECKPOINT_IO
 * @example
 * await writeSavepoint('/backups/begin', {
 *   job: 'visits',
 *   maxParallelism: 128,
 *   operators: [
 *     {
 *       uid: 'totals',
 *       input: { type: Visit, keyBy: ['user'] },
 *       states: [{ state: valueState<number>('total'), entries: [['ann', 3]] }],
 *     },
 *   ],
 * });
 */
export async function writeSavepoint(
  folder: string,
  { job, maxParallelism, operators }: NewSavepoint,
): Promise<WrittenSavepoint> {
  const store = openStore(folder);
  const [found] = await store.list();
  if (found !== undefined) {
    throw new EngineError('ERR_SAVEPOINT_EXISTS', { folder: store.place, found });
  }
  const checkpoint = 1;
  const triggeredAtMs = Date.now();
  const subtasks: SubtaskHandles[] = [];
  let bytes = 0;
  for (const [subtask, operator] of operators.entries()) {
    const { uid } = operator;
    const keyed = snapshotOf(operator, maxParallelism);
    const written = await writeSubtaskState(
      store,
      { checkpoint, subtask, head: uid, index: 0, parallelism: 1 },
      { operators: { [uid]: { keyed, operator: [] } }, splits: undefined, finished: false },
    );
    subtasks.push(written.handles);
    bytes += written.bytes;
  }
  await new CheckpointFolder(store, []).publish({
    version: MANIFEST_VERSION,
    kind: 'savepoint',
    checkpoint,
    job,
    graphFingerprint: manifestName(checkpoint),
    triggeredAtMs,
    completedAtMs: Date.now(),
    operators: operators.map(({ uid, name }) => ({
      uid,
      name: name ?? uid,
      parallelism: 1,
      maxParallelism,
    })),
    subtasks,
  });
  return { folder: store.place, checkpoint, bytes };
}

function snapshotOf(operator: NewOperator, maxParallelism: number): KeyedSnapshot {
  const { uid, input, states } = operator;
  const keyed = inputOf(input);
  const backend = createKeyedBackend({
    operatorName: uid,
    account: new QuotaAccount(uid, Infinity),
    maxParallelism,
    inputs: [keyed],
  });
  const hashOf = (key: KeyValue): number => {
    if (input === undefined) return murmur32(hashKeyValue(key));
    const parts = input.keyBy.length === 1 ? [key] : (key as readonly unknown[]);
    const row = Object.fromEntries(input.keyBy.map((field, i) => [field, parts[i]]));
    return murmur32(keyed.key!.access!.hashRow(row));
  };
  for (const { state, entries } of states) {
    const part = newPart(backend, state);
    backend.register(part.part);
    for (const [key, value] of entries) {
      const id = backend.keys.intern(key, hashOf(key));
      part.put(id, value);
      backend.keys.settle(id);
    }
  }
  const { version, key, parts, groups } = backend.snapshot();
  const snapshot = { version, key, parts, groups: [...groups] };
  backend.dispose();
  return snapshot;
}

function inputOf(input: NewOperator['input']): KeyedInput {
  if (input === undefined) {
    const valueOf = (row: unknown): KeyValue => row as KeyValue;
    return { type: undefined, codec: undefined, key: { access: undefined, valueOf } };
  }
  const codec = compileCodec(input.type);
  const access = codec.key(input.keyBy);
  const key = { access, valueOf: (row: unknown) => access.valueOf(row as never) };
  return { type: input.type, codec, key };
}

interface NewPart {
  readonly part: KeyedPart;
  put(id: number, value: unknown): void;
}

function newPart(backend: KeyedBackend, state: StateDescriptor): NewPart {
  const { name, kind, type, ttl } = state;
  const options = {
    name,
    kind,
    ttl: ttl && {
      ttlMs: ttl.afterMs,
      update: 'onCreateAndWrite' as const,
      visibility: 'neverReturnExpired' as const,
      now: () => Date.now(),
    },
  };
  if (kind === 'list') {
    if (type === undefined) {
      const part = new HeapListPart(backend, options);
      return { part, put: (id, values) => part.update(id, values as readonly unknown[]) };
    }
    const part = new RowListPart(backend, { ...options, type });
    return {
      part,
      put: (id, rows) => {
        for (const row of rows as Iterable<object>) part.append(id, row, 0);
      },
    };
  }
  if (kind === 'map') {
    const { keyTypes } = state;
    const part =
      type === undefined || keyTypes === undefined
        ? new HeapMapPart<KeyValue, unknown>(backend, options)
        : new RowMapPart(backend, { ...options, type, keyTypes });
    return {
      part,
      put: (id, pairs) => {
        for (const [key, value] of pairs as Iterable<readonly [KeyValue, object]>) {
          part.put(id, key, value);
        }
      },
    };
  }
  const part =
    type === undefined
      ? new HeapValuePart<unknown>(backend, options)
      : new RowValuePart<unknown>(backend, { ...options, type });
  return { part, put: (id, value) => part.set(id, value as object) };
}
