/** A changed copy of a savepoint. */

import { EngineError } from '../base/index.ts';
import { CheckpointFolder, readOperatorState, writeSubtaskState } from '../checkpoint/index.ts';
import type {
  CheckpointStore,
  Manifest,
  OperatorState,
  SubtaskHandles,
} from '../checkpoint/index.ts';
import type { KeyValue } from '../record/index.ts';
import { ByteWriter, foldChanges } from '../state/index.ts';
import type { KeyedSnapshot } from '../state/index.ts';
import { groupOf, keysOfGroup } from './key-groups.ts';
import type { HeldKey, HeldPart } from './key-groups.ts';
import { mergeSnapshots } from './merge-snapshots.ts';
import { partForm } from './part-values.ts';
import { keyForm, readKey } from './row-values.ts';
import { openStore } from './savepoint-folder.ts';

/** What becomes of what one key has: the value that it returns is kept, undefined removes it. */
export type ChangeState<V> = (entry: {
  readonly key: KeyValue;
  readonly value: V;
}) => V | undefined;

/** What was written. */
export interface WrittenSavepoint {
  /** Absolute path; `millrace run --from` takes it. */
  readonly folder: string;
  readonly checkpoint: number;
  readonly bytes: number;
}

/**
 * Collects changes, then writes a savepoint with them. The original stays as it is.
 *
 * @example
 * const { folder } = await savepoint
 *   .transform()
 *   .rename('count', 'visits')
 *   .change<number>('count', 'total', ({ value }) => (value > 0 ? value : undefined))
 *   .removeState('count', 'debug')
 *   .write('/backups/repaired');
 */
export class SavepointTransform {
  readonly #store: CheckpointStore;
  readonly #manifest: Manifest;
  /** @throws when there is no such operator or state */
  readonly #require: (uid: string, name?: string) => void;
  readonly #names: Map<string, string> = new Map();
  readonly #removed: Set<string> = new Set();
  readonly #removedStates: Map<string, Set<string>> = new Map();
  readonly #changes: Map<string, Map<string, ChangeState<unknown>>> = new Map();
  readonly #keys: Map<string, (key: KeyValue) => boolean> = new Map();

  constructor(
    store: CheckpointStore,
    manifest: Manifest,
    require: (uid: string, name?: string) => void,
  ) {
    this.#store = store;
    this.#manifest = manifest;
    this.#require = require;
  }

  /** Gives an operator another uid; other calls go on naming it by the old one. @throws ERR_SAVEPOINT_STATE */
  rename(uid: string, to: string): this {
    this.#require(uid);
    this.#names.set(uid, to);
    return this;
  }

  /** Drops all state of an operator. @throws ERR_SAVEPOINT_STATE */
  remove(uid: string): this {
    this.#require(uid);
    this.#removed.add(uid);
    return this;
  }

  /** Drops one keyed state of an operator. @throws ERR_SAVEPOINT_STATE */
  removeState(uid: string, name: string): this {
    this.#require(uid, name);
    entryOf(this.#removedStates, uid, () => new Set()).add(name);
    return this;
  }

  /** Drops everything of the keys for which `keep` says no. @throws ERR_SAVEPOINT_STATE */
  keepKeys(uid: string, keep: (key: KeyValue) => boolean): this {
    this.#require(uid);
    this.#keys.set(uid, keep);
    return this;
  }

  /**
   * Changes one keyed state, key by key. Values are as `Savepoint.keyedState` gives them; new ones must be of the record type
   * that the state has, and a time to live goes on as it was.
   *
   * @throws ERR_SAVEPOINT_STATE
   */
  change<V = unknown>(uid: string, name: string, change: ChangeState<V>): this {
    this.#require(uid, name);
    entryOf(this.#changes, uid, () => new Map()).set(name, change as ChangeState<unknown>);
    return this;
  }

  /**
   * Writes the changed savepoint; the state of one subtask is in memory at a time.
   *
   * @param folder of its own, made if need be
   * @throws ERR_SAVEPOINT_EXISTS there is a checkpoint in the folder already
   * @throws ERR_SAVEPOINT_IN_FLIGHT it is an unaligned checkpoint, with rows in flight
   * @throws ERR_SAVEPOINT_KIND a state of this kind cannot be changed, only removed
   * @throws ERR_SAVEPOINT_STATE two operators would have the same uid, or pieces of a checkpoint do not fit each other
   * @throws ERR_CHECKPOINT_…, ERR_RECORD_VALUE
   */
  async write(folder: string): Promise<WrittenSavepoint> {
    const from = this.#manifest;
    if (from.subtasks.some(({ inFlight }) => inFlight.length > 0)) {
      const { checkpoint } = from;
      throw new EngineError('ERR_SAVEPOINT_IN_FLIGHT', { checkpoint, folder: this.#store.place });
    }
    this.#checkNames();
    const store = openStore(folder);
    const [found] = await store.list();
    if (found !== undefined) {
      throw new EngineError('ERR_SAVEPOINT_EXISTS', { folder: store.place, found });
    }
    const subtasks: SubtaskHandles[] = [];
    let bytes = 0;
    for (const handles of from.subtasks) {
      const { index, parallelism, finished } = handles;
      const head = this.#headOf(handles);
      // Nothing is left of it.
      if (head === undefined) continue;
      const subtask = subtasks.length;
      const written = await writeSubtaskState(
        store,
        { checkpoint: from.checkpoint, subtask, head, index, parallelism },
        {
          operators: await this.#statesOf(handles),
          splits: this.#removed.has(handles.head) ? undefined : handles.splits,
          finished,
        },
      );
      bytes += written.bytes;
      subtasks.push(written.handles);
    }
    const operators = from.operators
      .filter(({ uid }) => !this.#removed.has(uid))
      .map((operator) => ({ ...operator, uid: this.#nameOf(operator.uid) }));
    const manifest: Manifest = { ...from, kind: 'savepoint', operators, subtasks };
    await new CheckpointFolder(store, []).publish(manifest);
    return { folder: store.place, checkpoint: from.checkpoint, bytes };
  }

  /** Uid of the first operator of a subtask that stays; undefined when none does. */
  #headOf({ head, operators }: SubtaskHandles): string | undefined {
    const uid = [head, ...Object.keys(operators)].find((one) => !this.#removed.has(one));
    return uid === undefined ? undefined : this.#nameOf(uid);
  }

  async #statesOf({ operators }: SubtaskHandles): Promise<Record<string, OperatorState>> {
    const states: Record<string, OperatorState> = {};
    for (const [uid, handles] of Object.entries(operators)) {
      if (this.#removed.has(uid)) continue;
      const { maxParallelism } = this.#manifest.operators.find((one) => one.uid === uid)!;
      const { keyed, operator } = await readOperatorState(this.#store, handles, [
        0,
        maxParallelism,
      ]);
      const all = mergeSnapshots(uid, foldChanges(keyed));
      states[this.#nameOf(uid)] = { keyed: all && this.#changed(uid, all), operator };
    }
    return states;
  }

  #changed(uid: string, snapshot: KeyedSnapshot): KeyedSnapshot {
    const removed = this.#removedStates.get(uid) ?? new Set<string>();
    const changes = this.#changes.get(uid) ?? new Map<string, ChangeState<unknown>>();
    const keep = this.#keys.get(uid);
    if (removed.size === 0 && changes.size === 0 && keep === undefined) return snapshot;
    const keys = keyForm(snapshot.key);
    const kept = snapshot.parts.filter(({ name }) => !removed.has(name));
    const newIndex = snapshot.parts.map((part) => kept.indexOf(part));
    const changers = snapshot.parts.map((part) => {
      const change = changes.get(part.name);
      return change && partChanger(uid, part, change);
    });
    // Tables keep a row and its time together: without the row the time means nothing.
    const isTable = kept.length === 2 && kept[0]!.name === 'row' && kept[1]!.name === 'time';
    const changeKey = (held: HeldKey): HeldKey[] => {
      const key = readKey(keys, held.key);
      if (keep !== undefined && !keep(key)) return [];
      const parts = held.parts.flatMap(({ index, bytes }): HeldPart[] => {
        if (newIndex[index]! < 0) return [];
        const changer = changers[index];
        const after = changer === undefined ? bytes : changer(key, bytes);
        return after === undefined ? [] : [{ index: newIndex[index]!, bytes: after }];
      });
      const gone = parts.length === 0 || (isTable && parts[0]!.index !== 0);
      return gone ? [] : [{ ...held, parts }];
    };
    const groups = snapshot.groups.flatMap(({ keyGroup, bytes }) => {
      const left = [...keysOfGroup(bytes, snapshot)].flatMap(changeKey);
      return left.length === 0 ? [] : [{ keyGroup, bytes: groupOf(left) }];
    });
    return { version: 1, key: snapshot.key, parts: kept, groups };
  }

  #nameOf(uid: string): string {
    return this.#names.get(uid) ?? uid;
  }

  #checkNames(): void {
    const seen = new Set<string>();
    for (const { uid } of this.#manifest.operators) {
      if (this.#removed.has(uid)) continue;
      const name = this.#nameOf(uid);
      if (seen.has(name)) {
        throw new EngineError('ERR_SAVEPOINT_STATE', {
          expected: 'operators with different uids',
          got: `${name} twice`,
          suggestion: 'Rename or remove one of them.',
        });
      }
      seen.add(name);
    }
  }
}

function partChanger(
  uid: string,
  part: KeyedSnapshot['parts'][number],
  change: ChangeState<unknown>,
): (key: KeyValue, bytes: Uint8Array) => Uint8Array | undefined {
  const form = partForm(part);
  const out = new ByteWriter();
  return (key, bytes) => {
    const value = form.read(bytes);
    const after = change({ key, value });
    if (after === undefined) return undefined;
    if (form.write === undefined) {
      if (after === value) return bytes;
      throw new EngineError('ERR_SAVEPOINT_KIND', { uid, name: part.name, kind: part.kind });
    }
    out.clear();
    form.write(after, bytes, out);
    return out.toBytes();
  };
}

function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
