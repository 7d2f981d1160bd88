/** Keyed state of a snapshot, key by key, as plain values. */

import type { KeyValue } from '../record/index.ts';
import type { KeyedSnapshot } from '../state/index.ts';
import { keysOfGroup } from './key-groups.ts';
import { partForm } from './part-values.ts';
import type { PartForm } from './part-values.ts';
import { keyForm, readKey } from './row-values.ts';
import type { ValueForm } from './row-values.ts';

/** What one key has in all states of an operator. */
export interface KeyStates {
  /** The key as user code sees it: one value, or a list for keys of several fields. */
  readonly key: KeyValue;
  /** Key group that the key belongs to, 0 .. maxParallelism - 1. */
  readonly keyGroup: number;
  /** By name of the state; those in which the key has nothing are missing. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Reads the key groups of snapshots with one layout. Any thread. */
export class SnapshotReader {
  readonly #parts: KeyedSnapshot['parts'];
  readonly #keys: ValueForm;
  readonly #forms: readonly (PartForm | undefined)[];

  /** @param wanted names of the states to read; undefined: all */
  constructor({ key, parts }: Pick<KeyedSnapshot, 'key' | 'parts'>, wanted?: readonly string[]) {
    this.#parts = parts;
    this.#keys = keyForm(key);
    this.#forms = parts.map((part) =>
      wanted === undefined || wanted.includes(part.name) ? partForm(part) : undefined,
    );
  }

  /** The keys of a group in their order. @throws ERR_STATE_SNAPSHOT */
  *read(keyGroup: number, bytes: Uint8Array): Generator<KeyStates, void, undefined> {
    for (const held of keysOfGroup(bytes, { parts: this.#parts })) {
      const values: Record<string, unknown> = {};
      for (const part of held.parts) {
        const form = this.#forms[part.index];
        if (form !== undefined) values[this.#parts[part.index]!.name] = form.read(part.bytes);
      }
      yield { key: readKey(this.#keys, held.key), keyGroup, values };
    }
  }
}
