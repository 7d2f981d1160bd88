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
  /** Of a part whose keys share a clock: where it stood. Stands above what keys say that were written earlier. */
  readonly clock?: number;
}

/** One state of an operator, by key id. */
export interface KeyedPart {
  readonly descriptor: PartDescriptor;
  /** Whether the key has anything in this part. */
  has(id: number): boolean;
  /** A barrier: keys may be written later, and then as of now. What belongs to no key has to be noted. */
  beginSnapshot?(): void;
  /** Where the clock stands that all keys share; see {@link PartDescriptor.clock}. */
  clock?(): number | undefined;
  /** Before the first key is written, and before any of them changes: what is not kept by key is put aside. */
  capture?(wanted: (id: number) => boolean): void;
  /** Drops what of the key was expired at the barrier. */
  clean?(id: number): void;
  /** All is written that will be. */
  endSnapshot?(): void;
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

/** Bytes of one key group; snapshot-groups.ts has the layout. */
export interface KeyedGroup {
  readonly keyGroup: number;
  readonly bytes: Uint8Array;
}

/** All keyed state of one operator instance, at one point of its input. Plain data once `groups` was asked for. */
export interface KeyedSnapshot {
  /** 1: all of a key group. 2: what changed of it since the snapshot before. */
  readonly version: 1 | 2;
  readonly key: KeyDescriptor;
  readonly parts: readonly PartDescriptor[];
  /** By key group; groups without keys are missing. Of a snapshot under way: writes what is left. */
  readonly groups: readonly KeyedGroup[];
  /** Of a snapshot that may be written piece by piece. */
  readonly progress?: SnapshotProgress;
}

/** A snapshot that is being written. Owner: the subtask's worker. */
export interface SnapshotProgress {
  /** Its number within the backend, ascending. */
  readonly seq: number;
  /** Keys written so far. */
  readonly keysWritten: number;
  /**
   * Lets these key groups hold only what changed since snapshot `base`; in the step of the barrier. False when that is not
   * known: then the snapshot is whole.
   *
   * @param all whether snapshot `base` has no other key groups: then keys that did not change are not looked at
   */
  since(base: number, keyGroups: readonly number[], all?: boolean): boolean;
  /** Looks at so many keys at most; true when all are written. @throws what a part threw */
  advance(keysMax: number): boolean;
  /** Key groups that hold changes, as pieces of version 2. */
  readonly changes: readonly KeyedGroup[];
  /** It may be the base of later ones. */
  complete(): void;
  /** Nobody looks at what was written any more. */
  release(): void;
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
  /** What is held now; written when it is looked at, or by and by. The snapshot before is written at once. */
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
