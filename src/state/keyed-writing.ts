/**
 * A snapshot of keyed state that is written after its barrier, piece by piece. What it holds is fixed when it is made: a key that
 * is about to change is written first (key-changes.ts).
 *
 * It is whole unless `since` was called: then key groups that have a base hold only what changed since another snapshot.
 *
 * Laws: see key-changes.ts.
 */

import { assert } from '../base/index.ts';
import { ByteWriter } from './byte-stream.ts';
import type { ChangeListener, ChangesSince, KeyChanges } from './key-changes.ts';
import type {
  KeyDescriptor,
  KeyedGroup,
  KeyedPart,
  KeyedSnapshot,
  PartDescriptor,
  SnapshotProgress,
} from './keyed-backend.ts';
import { eachGone } from './snapshot-groups.ts';
import type { SnapshotKeys } from './snapshot-groups.ts';
import type { KeyCodec } from './snapshot-keys.ts';

/** What snapshots are written of. */
export interface WrittenState {
  readonly keys: SnapshotKeys;
  readonly codec: KeyCodec;
  readonly parts: readonly KeyedPart[];
  readonly maxParallelism: number;
  readonly changes: KeyChanges;
}

/** Keys that {@link KeyedWriting.finish} looks at in one go. */
const AT_ONCE = 65_536;

/** What is written of one key group. */
class GroupOutput {
  readonly delta: boolean;
  /** Keys that went, and how many; of deltas. */
  gone: ByteWriter | undefined = undefined;
  goneCount = 0;
  readonly kept: ByteWriter;
  count = 0;
  #piece: Uint8Array | undefined = undefined;

  /** @param capacity bytes that are expected */
  constructor(delta: boolean, capacity: number) {
    this.delta = delta;
    this.kept = new ByteWriter(capacity);
    this.kept.putI32(0);
  }

  /** What was written; nothing is written any more. */
  piece(): Uint8Array {
    return (this.#piece ??= this.#close());
  }

  #close(): Uint8Array {
    this.kept.patchI32(0, this.count);
    const kept = this.kept.view();
    if (!this.delta) return kept;
    const gone = this.gone?.view() ?? new Uint8Array(0);
    const bytes = new Uint8Array(4 + gone.length + kept.length);
    new DataView(bytes.buffer).setInt32(0, this.goneCount, true);
    bytes.set(gone, 4);
    bytes.set(kept, 4 + gone.length);
    return bytes;
  }
}

/** Owner: the subtask's worker. */
export class KeyedWriting implements SnapshotProgress, ChangeListener {
  /** What is handed out: plain data, once somebody looks at it. */
  readonly snapshot: KeyedSnapshot;
  readonly #state: WrittenState;
  readonly #seq: number;
  /** Keys that are held and were not looked at yet. */
  readonly #pending: Int32Array;
  /** Of deltas: what changed, and the key groups that have a base. */
  #since: ChangesSince | undefined = undefined;
  #deltas: Uint8Array = new Uint8Array(0);
  #all = false;
  #started = false;
  #done = false;
  #error: { readonly thrown: unknown } | undefined = undefined;
  /** Where the walk over `#pending` is. */
  #word = 0;
  readonly #outputs: (GroupOutput | undefined)[] = [];
  #keysWritten = 0;

  /** At a barrier. */
  constructor(state: WrittenState) {
    const { changes, codec, parts } = state;
    this.#state = state;
    for (const part of parts) part.beginSnapshot?.();
    this.snapshot = this.#handle(codec.descriptor, parts.map(describe));
    this.#seq = changes.freeze();
    this.#pending = changes.heldNow();
    changes.listen(this);
  }

  get seq(): number {
    return this.#seq;
  }

  get keysWritten(): number {
    return this.#keysWritten;
  }

  since(base: number, keyGroups: readonly number[], all = false): boolean {
    assert(!this.#started, 'what a snapshot holds is decided before it is written');
    const since = this.#state.changes.since(base);
    if (since === undefined) return false;
    this.#since = since;
    this.#deltas = new Uint8Array(this.#state.maxParallelism);
    for (const group of keyGroups) this.#deltas[group] = 1;
    if (all) {
      // Keys of other groups are new, and so have changed.
      const pending = this.#pending;
      const { marks } = since;
      for (let i = 0; i < pending.length; i++) pending[i]! &= marks[i] ?? 0;
    }
    this.#all = all;
    return true;
  }

  advance(keysMax: number): boolean {
    if (this.#error !== undefined) throw this.#error.thrown;
    if (this.#done) return true;
    this.#start();
    const pending = this.#pending;
    let left = keysMax;
    for (; this.#word < pending.length; this.#word++) {
      for (let bits = pending[this.#word]!; bits !== 0; bits = pending[this.#word]!) {
        if (left-- === 0) return false;
        const id = (this.#word << 5) + 31 - Math.clz32(bits & -bits);
        // What was expired went.
        if (!this.#take(id)) this.#state.keys.settle(id);
        if (this.#error !== undefined) throw (this.#error as { thrown: unknown }).thrown;
      }
    }
    this.#end();
    return true;
  }

  /** A key that is held and is not part of it. */
  leaveOut(id: number): void {
    this.#pending[id >>> 5]! &= ~(1 << id);
  }

  /** Writes what is left. Never throws: an error is that of whoever looks at the groups. */
  finish(): void {
    try {
      while (!this.advance(AT_ONCE));
    } catch {
      // Kept.
    }
  }

  complete(): void {
    this.#state.changes.complete(this.#seq);
  }

  get changes(): readonly KeyedGroup[] {
    return this.#groups(true);
  }

  release(): void {
    // What was not written yet is not wanted: the checkpoint was given up.
    this.#pending.fill(0);
    if (!this.#done) this.#end();
    this.#outputs.length = 0;
  }

  before(id: number): void {
    const pending = this.#pending;
    if (id >>> 5 >= pending.length || (pending[id >>> 5]! & (1 << id)) === 0) return;
    this.#start();
    this.#take(id);
  }

  /** Its groups are an accessor of its own, so that a copy has them; its progress is in no copy. */
  #handle(key: KeyDescriptor, parts: readonly PartDescriptor[]): KeyedSnapshot {
    const groups = (): readonly KeyedGroup[] => this.#groups(false);
    const snapshot = {
      version: 1 as const,
      key,
      parts,
      get groups(): readonly KeyedGroup[] {
        return groups();
      },
    };
    return Object.defineProperty(snapshot, 'progress', { value: this, enumerable: false });
  }

  #groups(delta: boolean): readonly KeyedGroup[] {
    this.finish();
    if (this.#error !== undefined) throw this.#error.thrown;
    return this.#outputs.flatMap((output, keyGroup) =>
      output?.delta === delta ? [{ keyGroup, bytes: output.piece() }] : [],
    );
  }

  /** Before the first key: what parts keep by key is as at the barrier. */
  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const marks = this.#since?.marks;
    const { maxParallelism, parts } = this.#state;
    try {
      for (const part of parts) {
        part.capture?.((id) => marks === undefined || this.#isWanted(id));
      }
      for (const gone of this.#since?.gone ?? []) {
        eachGone(gone, (hash, bytes) => {
          const output = this.#output(hash % maxParallelism);
          if (!output.delta) return;
          output.goneCount++;
          (output.gone ??= new ByteWriter()).putRaw(bytes);
        });
      }
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #isWanted(id: number): boolean {
    const word = id >>> 5;
    if (word >= this.#pending.length) return false;
    const { marks } = this.#since!;
    if (word < marks.length && (marks[word]! & (1 << id)) !== 0) return true;
    if (this.#all) return false;
    const { keys, maxParallelism } = this.#state;
    return this.#deltas[keys.hashOf(id) % maxParallelism] === 0;
  }

  /** A key that is held, no more pending; false when nothing is kept of it. */
  #take(id: number): boolean {
    this.#pending[id >>> 5]! &= ~(1 << id);
    if (this.#since !== undefined && !this.#isWanted(id)) return true;
    try {
      return this.#write(id);
    } catch (thrown) {
      this.#fail(thrown);
      return true;
    }
  }

  /** Whether anything is kept of it. */
  #write(id: number): boolean {
    const { changes, codec, keys, maxParallelism, parts } = this.#state;
    for (let i = 0; i < parts.length; i++) parts[i]!.clean?.(id);
    const hash = keys.hashOf(id);
    let output = this.#outputs[hash % maxParallelism];
    let start = -1;
    let countAt = 0;
    let present = 0;
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index]!;
      if (!part.has(id)) continue;
      if (present === 0) {
        output ??= this.#output(hash % maxParallelism);
        const { kept } = output;
        start = kept.length;
        kept.putI32(hash);
        codec.putOf(kept, keys, id);
        countAt = kept.length;
        kept.putU8(0);
      }
      present++;
      const out = output!.kept;
      out.putU8(index);
      const at = out.length;
      out.putI32(0);
      part.write(id, out);
      out.patchI32(at, out.length - at - 4);
    }
    if (start >= 0) {
      output!.kept.patchU8(countAt, present);
      output!.count++;
      changes.know(id);
      this.#keysWritten++;
    } else if (this.#since !== undefined && changes.isKnown(id)) {
      output ??= this.#output(hash % maxParallelism);
      if (!output.delta) return false;
      const gone = (output.gone ??= new ByteWriter());
      gone.putI32(hash);
      codec.putOf(gone, keys, id);
      output.goneCount++;
    }
    return start >= 0;
  }

  #output(keyGroup: number): GroupOutput {
    const outputs = this.#outputs;
    while (outputs.length < keyGroup) outputs.push(undefined);
    return (outputs[keyGroup] ??= this.#newOutput(this.#deltas[keyGroup] === 1));
  }

  /** With room for what the last snapshot held: a buffer that grows is copied, and what it was before is garbage. */
  #newOutput(delta: boolean): GroupOutput {
    return new GroupOutput(delta, 64 + Math.ceil(1.25 * this.#state.changes.groupBytes(delta)));
  }

  #fail(thrown: unknown): void {
    this.#error ??= { thrown };
    this.#pending.fill(0);
    this.#end();
  }

  #end(): void {
    this.#done = true;
    const { changes } = this.#state;
    changes.unlisten(this);
    for (const delta of [false, true]) {
      const sizes = this.#outputs.flatMap((one) => (one?.delta === delta ? one.kept.length : []));
      if (sizes.length > 0) changes.learn(delta, sizes.reduce((a, b) => a + b) / sizes.length);
    }
    for (const part of this.#state.parts) part.endSnapshot?.();
  }
}

function describe(part: KeyedPart): PartDescriptor {
  const clock = part.clock?.();
  return clock === undefined ? part.descriptor : { ...part.descriptor, clock };
}
