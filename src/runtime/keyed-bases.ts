/**
 * What the next checkpoint of each keyed state can go on from: the newest complete one, and which key groups are due to be
 * written whole again. Owner: the worker.
 *
 * A key group is due when its changes have more bytes than what they change, or lie in many files; those that are due most go
 * first, so that it costs little at a time. At a restore at most some three times the state is read.
 *
 * Law (test/runtime/keyed-bases.property.test.ts): handles refer to each key group whole once, and behind it to all that changed since.
 */

import { rangesOf } from '../checkpoint/index.ts';
import type { KeyedHandle, KeyGroups } from '../checkpoint/index.ts';
import type {
  KeyedGroup,
  KeyedSnapshot,
  OperatorSnapshot,
  SnapshotProgress,
} from '../state/index.ts';

/** Changes of a key group lie in so many files at most; up to twice as many, so that not all groups are due at once. */
const FILES_MAX = 32;
/** This part of the key groups, if they are due, is written whole at a time. */
const SHARE = 8;
/** Of so many snapshots one has a turn, since all keys have to be looked at for it. */
const TURN = 4;
/** Bytes of changes by bytes of what they change, beyond which a group does not wait for its turn. */
const RATIO_MAX = 1.5;

/** Bytes of a key group, of its changes, and in how many files those are. */
export interface GroupSize {
  readonly whole: number;
  readonly changes: number;
  readonly files: number;
}

type GroupSizes = ReadonlyMap<number, GroupSize>;
type Operators = Readonly<Record<string, OperatorSnapshot>>;

/** A complete checkpoint of one keyed state, or one that may be. */
interface Base {
  readonly seq: number;
  /** What must be the same for changes to make sense. */
  readonly layout: string;
  readonly handles: readonly KeyedHandle[];
  readonly sizes: GroupSizes;
}

interface Candidate {
  readonly base: Base;
  readonly progress: SnapshotProgress;
}

/** What a snapshot goes on from: handles of earlier checkpoints that still count, and the groups that they hold. */
export interface Continued {
  readonly handles: readonly KeyedHandle[];
  readonly sizes: GroupSizes;
}

/** See the file header. */
export class KeyedBases {
  /** By subtask and uid. */
  readonly #bases = new Map<string, Base>();
  /** By checkpoint, then as above. */
  readonly #candidates = new Map<number, Map<string, Candidate>>();

  /** Decides what a snapshot holds, in the step of the barrier. By uid; missing: it is whole. */
  begin(subtask: number, operators: Operators): ReadonlyMap<string, Continued> {
    const continued = new Map<string, Continued>();
    for (const [uid, { keyed }] of Object.entries(operators)) {
      const base = this.#bases.get(`${subtask} ${uid}`);
      if (keyed?.progress === undefined || base?.layout !== layoutOf(keyed)) continue;
      const { progress } = keyed;
      const groups = new Set(groupsToChange(base.sizes, progress.seq % TURN === 0));
      if (!progress.since(base.seq, [...groups], groups.size === base.sizes.size)) continue;
      const sizes = new Map([...base.sizes].filter(([group]) => groups.has(group)));
      continued.set(uid, { handles: handlesOf(base.handles, groups, keyed), sizes });
    }
    return continued;
  }

  /** What was written of a snapshot: it becomes the base when the checkpoint is complete. */
  written(
    checkpoint: number,
    subtask: number,
    operators: Operators,
    continued: ReadonlyMap<string, Continued>,
    handles: Readonly<Record<string, { readonly keyed: readonly KeyedHandle[] }>>,
  ): void {
    let candidates = this.#candidates.get(checkpoint);
    if (candidates === undefined) this.#candidates.set(checkpoint, (candidates = new Map()));
    for (const [uid, { keyed }] of Object.entries(operators)) {
      if (keyed?.progress === undefined) continue;
      const { groups, progress } = keyed;
      const sizes = continued.get(uid)?.sizes;
      const base = {
        seq: progress.seq,
        layout: layoutOf(keyed),
        handles: handles[uid]?.keyed ?? [],
        sizes: sizesOf(sizes ?? new Map(), groups, progress.changes),
      };
      candidates.set(`${subtask} ${uid}`, { base, progress });
    }
  }

  /** A checkpoint has an outcome. */
  end(checkpoint: number, complete: boolean): void {
    const found = this.#candidates.get(checkpoint);
    this.#candidates.delete(checkpoint);
    if (!complete) return;
    for (const older of this.#candidates.keys()) {
      if (older < checkpoint) this.#candidates.delete(older);
    }
    for (const [key, { base, progress }] of found ?? []) {
      this.#bases.set(key, base);
      progress.complete();
    }
  }
}

/** Parts and keys, without where clocks stand. */
function layoutOf({ key, parts }: KeyedSnapshot): string {
  return JSON.stringify([key, parts.map((part) => ({ ...part, clock: 0 }))]);
}

/**
 * The key groups that go on by what changed.
 *
 * @param due whether it is the turn of those that are due; others wait for none
 */
export function groupsToChange(sizes: GroupSizes, due: boolean): number[] {
  const found = [...sizes]
    .map(([group, { whole, changes, files }]) => {
      const ratio = changes / Math.max(1, whole);
      return { group, due: Math.max(ratio, files / (FILES_MAX + (group % FILES_MAX))) };
    })
    .filter((one) => one.due >= 1)
    .toSorted((a, b) => b.due - a.due);
  const turn = due ? Math.ceil(sizes.size / SHARE) : 0;
  const whole = found.filter((one, i) => i < turn || one.due >= RATIO_MAX);
  const groups = new Set(whole.map(({ group }) => group));
  return [...sizes.keys()].filter((group) => !groups.has(group));
}

/** Those that hold any of these groups, with the clocks of now. */
function handlesOf(
  handles: readonly KeyedHandle[],
  groups: ReadonlySet<number>,
  { key, parts }: KeyedSnapshot,
): KeyedHandle[] {
  return handles.flatMap(({ layout, keyGroups, section }) => {
    const kept = rangesWithin(keyGroups, groups);
    if (kept.length === 0) return [];
    return [{ layout: { version: layout.version, key, parts }, keyGroups: kept, section }];
  });
}

function rangesWithin(ranges: readonly KeyGroups[], groups: ReadonlySet<number>): KeyGroups[] {
  const kept: number[] = [];
  for (const [first, end] of ranges) {
    for (let group = first; group < end; group++) if (groups.has(group)) kept.push(group);
  }
  return rangesOf(kept);
}

function sizesOf(
  before: GroupSizes,
  whole: readonly KeyedGroup[],
  changed: readonly KeyedGroup[],
): GroupSizes {
  const sizes = new Map(before);
  for (const { keyGroup, bytes } of whole) {
    sizes.set(keyGroup, { whole: bytes.length, changes: 0, files: 0 });
  }
  for (const { keyGroup, bytes } of changed) {
    const size = sizes.get(keyGroup)!;
    sizes.set(keyGroup, {
      whole: size.whole,
      changes: size.changes + bytes.length,
      files: size.files + 1,
    });
  }
  return sizes;
}
