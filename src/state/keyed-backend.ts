/**
 * The contract of keyed state: what one keyed operator holds, as parts that are indexed by key id, with one snapshot over
 * all of them.
 *
 * Laws (test/state/keyed-backend.test.ts):
 *  1. `restore(snapshot())` into fresh parts gives every key the same values, in every part; also when several snapshots
 *     are restored into one backend, and when a backend takes only the key groups it owns.
 *  2. A snapshot is independent of what happens afterwards.
 *  3. Restored state of a part that was not declared is an error that names it, unless its loss was allowed.
 */

import type { RecordDescriptor } from '../record/index.ts';
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import type { KeySpace } from './key-space.ts';
import type { MemoryAccount } from './memory-account.ts';

/** How the values of a part are described in a snapshot: plain data. */
export interface PartDescriptor {
  /** Unique within the operator: the name of the user's state, or of a structure of the operator. */
  readonly name: string;
  /** `value`, `list`, `map`, `reducing`, `aggregating`, `timers`, `windows`, … */
  readonly kind: string;
  /** Record types of what is kept, by role, as descriptors; absent for values of the heap. */
  readonly types: Readonly<Record<string, unknown>>;
  /** Whether every value has the time of its last use before it (see expiry.ts); missing means no. */
  readonly stamps?: boolean;
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

/** How the keys of a snapshot are written: plain data. */
export interface KeyDescriptor {
  /** The type of the rows that keys are: fields `k0`, `k1`, … for the parts of the key, or one of bytes if generic. */
  readonly type: RecordDescriptor;
  /** Whether the row holds any value, by structured clone. */
  readonly generic: boolean;
}

/** All keyed state of one operator instance, at one point of its input. Plain data: it can be posted and stored. */
export interface KeyedSnapshot {
  readonly version: 1;
  readonly key: KeyDescriptor;
  readonly parts: readonly PartDescriptor[];
  /** Bytes by key group (snapshot-groups.ts has the layout); groups without keys are missing. */
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

/** What becomes of a part in a snapshot that is not registered when the snapshot is restored. */
export type UnknownParts =
  /** An error names it. */
  | 'fail'
  /** It is left out. */
  | 'drop'
  /** Its bytes are kept, and go into the next snapshot, until a part of that name is registered and takes them. */
  | 'keep';

/** Keyed state of one operator. Owner: the subtask's worker. */
export interface KeyedBackend {
  readonly operatorName: string;
  readonly keys: KeySpace;
  /** An account for a part or structure of this name: draws on the operator's, and is named when the quota is exceeded. */
  account(owner: string): MemoryAccount;
  /** Adds a part. @throws ERR_STATE_NAME the name is taken */
  register(part: KeyedPart): void;
  snapshot(): KeyedSnapshot;
  /**
   * Puts back what snapshots hold of key groups `first` to `last` (inclusive), before rows come.
   *
   * @throws ERR_STATE_SNAPSHOT damaged, or of another version
   * @param unknown `fail` when missing
   * @throws ERR_STATE_UNKNOWN_PART a part that is not registered here
   * @throws ERR_STATE_PART_KIND a part of this name has another kind, or a record type that cannot be read as the present one
   * @throws ERR_STATE_KEY_TYPE the keys of the snapshot are of another kind
   */
  restore(
    snapshots: readonly KeyedSnapshot[],
    first: number,
    last: number,
    unknown?: UnknownParts,
  ): void;
  dispose(): void;
}
