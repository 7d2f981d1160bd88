/** A savepoint, or a checkpoint, opened to be looked at without a job. */

import { didYouMean, EngineError } from '../base/index.ts';
import { readElementState, readOperatorState, verifyState } from '../checkpoint/index.ts';
import type { CheckpointStore, KeyGroups, Manifest, OperatorHandles } from '../checkpoint/index.ts';
import type { KeyValue } from '../record/index.ts';
import { ByteReader, foldChanges } from '../state/index.ts';
import type { KeyedSnapshot } from '../state/index.ts';
import { holdersOf, operatorsOf } from './operators.ts';
import type { SavepointOperator, SavepointState } from './operators.ts';
import { HEAP_VALUE } from './row-values.ts';
import { manifestIn, openStore } from './savepoint-folder.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import type { KeyStates } from './snapshot-reader.ts';
import { SavepointTransform } from './transform.ts';

/** About so much keyed state is read at a time. */
const READ_BYTES = 8 << 20;

/** What one key has in one state. */
export interface KeyedEntry<V = unknown> {
  /** The key as user code sees it: one value, or a list for keys of several fields. */
  readonly key: KeyValue;
  /** Key group that the key belongs to, 0 .. maxParallelism - 1. */
  readonly keyGroup: number;
  /**
   * A value or row; for a list an array of them, for a map an array of `[key, value]`, for timers an array of
   * `{ namespace, time }`; for declared aggregates the words they are folded in; bytes for structures that only their operator
   * can read.
   */
  readonly value: V;
}

/** See {@link openSavepoint}. Any thread. */
export class Savepoint {
  /** Absolute path. */
  readonly folder: string;
  /** Name of the job that it is of. */
  readonly job: string;
  readonly checkpoint: number;
  readonly kind: 'checkpoint' | 'savepoint';
  /** ms since the epoch. */
  readonly triggeredAtMs: number;
  readonly completedAtMs: number;
  readonly #store: CheckpointStore;
  readonly #manifest: Manifest;
  readonly #operators: readonly SavepointOperator[];

  constructor(store: CheckpointStore, manifest: Manifest) {
    this.#store = store;
    this.#manifest = manifest;
    this.folder = store.place;
    this.job = manifest.job;
    this.checkpoint = manifest.checkpoint;
    this.kind = manifest.kind;
    this.triggeredAtMs = manifest.triggeredAtMs;
    this.completedAtMs = manifest.completedAtMs;
    this.#operators = operatorsOf(manifest);
  }

  /** All operators of the job, those without state included. */
  operators(): readonly SavepointOperator[] {
    return this.#operators;
  }

  /**
   * The operator with this uid.
   *
   * @throws ERR_SAVEPOINT_STATE there is none; names the nearest
   */
  operator(uid: string): SavepointOperator {
    const found = this.#operators.find((operator) => operator.uid === uid);
    if (found !== undefined) return found;
    const known = this.#operators.map((operator) => operator.uid);
    throw new EngineError('ERR_SAVEPOINT_STATE', {
      expected: `the uid of an operator (${known.join(', ')})`,
      got: uid,
      suggestion: `\`millrace inspect\` shows them.${didYouMean(uid, known)}`,
    });
  }

  /** A keyed state of an operator. @throws ERR_SAVEPOINT_STATE there is no such operator or state; names the nearest */
  state(uid: string, name: string): SavepointState {
    const { states } = this.operator(uid);
    const found = states.find((state) => state.name === name);
    if (found !== undefined) return found;
    return failState(
      uid,
      name,
      states.map((state) => state.name),
    );
  }

  /**
   * One keyed state, key by key; a few MiB of it are in memory at a time.
   *
   * @param name of the state, as in `operator(uid).states`
   * @throws ERR_SAVEPOINT_STATE there is no such operator or state
   * @throws ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_DAMAGED, ERR_CHECKPOINT_IO, ERR_STATE_SNAPSHOT
   * @example
   * for await (const { key, value } of savepoint.keyedState<number>('count', 'total')) console.log(key, value);
   */
  async *keyedState<V = unknown>(
    uid: string,
    name: string,
  ): AsyncGenerator<KeyedEntry<V>, void, undefined> {
    this.state(uid, name);
    for await (const { key, keyGroup, values } of this.#keys(uid, [name])) {
      if (name in values) yield { key, keyGroup, value: values[name] as V };
    }
  }

  /**
   * All keyed state of an operator, key by key; as {@link keyedState} for each state.
   *
   * @throws ERR_SAVEPOINT_STATE, ERR_CHECKPOINT_…, ERR_STATE_SNAPSHOT
   */
  async *keys(uid: string): AsyncGenerator<KeyStates, void, undefined> {
    yield* this.#keys(
      uid,
      this.operator(uid).states.map((state) => state.name),
    );
  }

  /**
   * The elements of one state that belongs to no key, of all subtasks: values where structured clone made them, else bytes.
   *
   * @throws ERR_SAVEPOINT_STATE there is no such operator or state
   * @throws ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_DAMAGED, ERR_CHECKPOINT_IO
   */
  async *operatorState<V = unknown>(uid: string, name: string): AsyncGenerator<V, void, undefined> {
    const known = this.operator(uid).operatorStates.map((state) => state.name);
    if (!known.includes(name)) failState(uid, name, known);
    for (const { operator } of holdersOf(this.#manifest, uid)) {
      for (const handle of operator.filter((one) => one.name === name)) {
        const { elements } = await readElementState(this.#store, handle);
        for (const element of elements) yield elementValue(element) as V;
      }
    }
  }

  /**
   * Number of keys of an operator, by key group. Reads all its keyed state.
   *
   * @throws ERR_SAVEPOINT_STATE, ERR_CHECKPOINT_…
   */
  async keyCounts(uid: string): Promise<ReadonlyMap<number, number>> {
    this.operator(uid);
    const counts = new Map<number, number>();
    for (const handles of holdersOf(this.#manifest, uid)) {
      for await (const { keyGroup, bytes } of groupsOf(this.#store, handles)) {
        counts.set(keyGroup, (counts.get(keyGroup) ?? 0) + new ByteReader(bytes).i32());
      }
    }
    return counts;
  }

  /** Compares all bytes with their checksums. @throws ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_DAMAGED, ERR_CHECKPOINT_IO */
  verify(): Promise<void> {
    return verifyState(this.#store, this.#manifest);
  }

  /** Begins a changed copy: nothing is read or written before `write`. */
  transform(): SavepointTransform {
    return new SavepointTransform(this.#store, this.#manifest, (uid, name) => {
      if (name === undefined) this.operator(uid);
      else this.state(uid, name);
    });
  }

  async *#keys(uid: string, names: readonly string[]): AsyncGenerator<KeyStates, void, undefined> {
    for (const handles of holdersOf(this.#manifest, uid)) {
      let layout: ReadGroup['snapshot'] | undefined;
      let reader: SnapshotReader | undefined;
      for await (const { snapshot, keyGroup, bytes } of groupsOf(this.#store, handles)) {
        if (layout !== snapshot) reader = new SnapshotReader(snapshot, names);
        layout = snapshot;
        yield* reader!.read(keyGroup, bytes);
      }
    }
  }
}

/**
 * Opens a savepoint, or one of the checkpoints in a folder, to read its state or to write a changed copy.
 *
 * @param folder of the savepoint, or of the checkpoints of a job
 * @param options `checkpoint`: number of one; default: the newest that is intact
 * @throws ERR_SAVEPOINT_FOLDER it holds no such checkpoint
 * @throws ERR_CHECKPOINT_MANIFEST, ERR_CHECKPOINT_VERSION, ERR_CHECKPOINT_DAMAGED, ERR_CHECKPOINT_MISSING
 * @example
 * const savepoint = await openSavepoint('/backups/savepoint-words-12');
 * for (const { uid, states } of savepoint.operators()) console.log(uid, states);
 */
export async function openSavepoint(
  folder: string,
  options: { readonly checkpoint?: number } = {},
): Promise<Savepoint> {
  const store = openStore(folder);
  return new Savepoint(store, await manifestIn(store, options.checkpoint));
}

/** One key group of what a subtask held. */
interface ReadGroup {
  readonly snapshot: Pick<KeyedSnapshot, 'key' | 'parts'>;
  readonly keyGroup: number;
  readonly bytes: Uint8Array;
}

async function* groupsOf(
  store: CheckpointStore,
  handles: OperatorHandles,
): AsyncGenerator<ReadGroup, void, undefined> {
  const bytes = handles.keyed.reduce((total, { section }) => total + section.bytes, 0);
  const ranges = handles.keyed.flatMap(({ keyGroups }) => keyGroups);
  const first = Math.min(...ranges.map(([from]) => from));
  const end = Math.max(...ranges.map(([, to]) => to));
  const width = Math.max(1, Math.ceil((end - first) / Math.ceil(bytes / READ_BYTES)));
  for (let from = first; from < end; from += width) {
    const wanted: KeyGroups = [from, Math.min(end, from + width)];
    const { keyed } = await readOperatorState(store, { ...handles, operator: [] }, wanted);
    for (const snapshot of foldChanges(keyed)) {
      for (const group of snapshot.groups) yield { snapshot, ...group };
    }
  }
}

/** States of functions are values; sinks and the like write bytes of their own. */
function elementValue(element: Uint8Array): unknown {
  const source = new ByteReader(element);
  try {
    const value = HEAP_VALUE.read(source);
    if (source.left === 0) return value;
  } catch {
    // Not a value.
  }
  return element;
}

function failState(uid: string, got: string, known: readonly string[]): never {
  throw new EngineError('ERR_SAVEPOINT_STATE', {
    expected: known.length === 0 ? `no state of ${uid}` : `a state of ${uid} (${known.join(', ')})`,
    got,
    suggestion: `\`millrace inspect\` shows them.${didYouMean(got, known)}`,
  });
}
