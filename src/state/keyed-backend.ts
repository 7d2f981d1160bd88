/**
 * The contract of keyed state: what one keyed operator holds, as parts that are indexed by key id, with one snapshot over
 * all of them.
 *
 * Laws (test/state/keyed-backend.property.test.ts):
 *  1. `restore(snapshot())` into fresh parts gives every key the same values, in every part; also when several snapshots
 *     are restored into one backend, and when a backend takes only the key groups it owns.
 *  2. A snapshot is independent of what happens afterwards.
 *  3. Restored state of a part that was not declared is an error that names it, unless its loss was allowed.
 */

import type { ByteReader, ByteWriter } from './byte-stream.ts';
import type { KeySpace } from './key-space.ts';

/** How the values of a part are described in a snapshot: plain data. */
export interface PartDescriptor {
  /** Unique within the operator: the name of the user's state, or of a structure of the operator. */
  readonly name: string;
  /** `value`, `list`, `map`, `reducing`, `aggregating`, `timers`, `windows`, … */
  readonly kind: string;
  /** Record types of what is kept, by role, as descriptors; absent for values of the heap. */
  readonly types: Readonly<Record<string, unknown>>;
}

/** One state of an operator, by key id. */
export interface KeyedPart {
  readonly descriptor: PartDescriptor;
  /** Whether the key has anything in this part. */
  has(id: number): boolean;
  /** Called before the first `write` of a snapshot. */
  beginSnapshot?(): void;
  /** Appends what the key has. Only called where `has` said true. */
  write(id: number, out: ByteWriter): void;
  /** Takes what `write` wrote, for a key that has nothing yet; `from` describes the part that wrote it. */
  read(id: number, source: ByteReader, from: PartDescriptor): void;
  /** Drops everything and gives back all bytes; the key space is disposed of by the backend. */
  dispose(): void;
}

/** All keyed state of one operator instance, at one point of its input. Plain data: it can be posted and stored. */
export interface KeyedSnapshot {
  readonly version: 1;
  readonly parts: readonly PartDescriptor[];
  /** Bytes by key group; groups without keys are missing. */
  readonly groups: readonly { readonly keyGroup: number; readonly bytes: Uint8Array }[];
}

/** How elements of operator state are dealt out when the parallelism changes. */
export type Redistribution =
  /** Every instance gets a share of the elements. */
  | 'split'
  /** Every instance gets all elements. */
  | 'union'
  /** Every instance has the same elements: one instance's are kept. */
  | 'broadcast';

/** State that belongs to the instance and not to a key. */
export interface OperatorStateSnapshot {
  readonly name: string;
  readonly redistribution: Redistribution;
  readonly elements: readonly Uint8Array[];
}

/** Everything an operator instance gives at a barrier, and takes when it is restored. */
export interface OperatorSnapshot {
  readonly keyed: KeyedSnapshot | undefined;
  readonly operator: readonly OperatorStateSnapshot[];
}

/** Keyed state of one operator. Owner: the subtask's worker. */
export interface KeyedBackend {
  readonly keys: KeySpace;
  /** Adds a part, before rows come. @throws ERR_STATE_NAME the name is taken */
  register(part: KeyedPart): void;
  snapshot(): KeyedSnapshot;
  /**
   * Puts back what snapshots hold of key groups `first` to `last` (inclusive), before rows come.
   *
   * @throws ERR_STATE_SNAPSHOT damaged, or of another version
   * @throws ERR_STATE_UNKNOWN_PART a part that is not registered here
   */
  restore(snapshots: readonly KeyedSnapshot[], first: number, last: number): void;
  dispose(): void;
}
