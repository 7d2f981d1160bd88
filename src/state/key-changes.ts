/**
 * Which keys of one keyed state changed since which snapshot, as bits by key id (or by reference, in a table of rows).
 *
 * Every path to a key's state says `touch` before it changes anything, which costs a bit; so that a snapshot can be written
 * piece by piece after its barrier (a key that is about to change is written first), and a later one can leave out the keys
 * that nobody touched since.
 *
 * Laws (test/state/keyed-writing.property.test.ts):
 *  1. A snapshot that is written late is the one that would have been written at once.
 *  2. A whole snapshot, and those of changes since, restore what the last of them would restore if it were whole; also when
 *     some of them were never complete.
 *
 * Bits are not accounted: four a key at most.
 */

import { ByteWriter } from './byte-stream.ts';

/** What is written of keys that went, before the next snapshot has to be whole instead. */
const GONE_BYTES_MAX: number = 16 << 20;
/** Snapshots that are neither complete nor followed by one that is; beyond, two are looked at as one. */
const SETS_MAX = 8;

/** What a snapshot under way is told. */
export interface ChangeListener {
  /** The key is about to change. */
  before(id: number): void;
}

/** What happened between two snapshots. */
interface ChangeSet {
  /** The snapshot that ends it. */
  seq: number;
  readonly marks: Int32Array;
  /** Keys that went: as `KeyChanges` was given to write them. */
  readonly gone: readonly Uint8Array[];
  /** Whether keys that went are missing: there were too many. */
  readonly lost: boolean;
}

/** What is to be written of keys that changed. */
export interface ChangesSince {
  readonly marks: Int32Array;
  /** Keys that went, in order; some may be there again. */
  readonly gone: readonly Uint8Array[];
}

/** Owner: the subtask's worker. */
export class KeyChanges {
  /** Set while the key is held. */
  #held: Int32Array = new Int32Array(2);
  /** Set when it may have changed since the last snapshot. */
  #marks: Int32Array = new Int32Array(2);
  /** Set when a snapshot has it. */
  #known: Int32Array = new Int32Array(2);
  /** Whether a snapshot was taken: before, everything is new. */
  #tracking = false;
  #listener: ChangeListener | undefined = undefined;
  #gone: ByteWriter = new ByteWriter();
  #lost = false;
  #seq = 0;
  /** Ascending. */
  #sets: ChangeSet[] = [];
  #wholeBytes = 256;
  #deltaBytes = 256;
  readonly #writeKey: (id: number, out: ByteWriter) => void;

  /** @param writeKey appends hash and key, for keys that go */
  constructor(writeKey: (id: number, out: ByteWriter) => void) {
    this.#writeKey = writeKey;
  }

  /** The key may be changed from now on, until the work on it is over. Hot: two tests and a bit. */
  touch(id: number): void {
    if (!this.#tracking) return;
    if (this.#listener !== undefined) this.#listener.before(id);
    this.#marks[id >>> 5]! |= 1 << id;
  }

  /** Bytes of a key group in the last snapshot, about: of one that was written whole, or of changes. */
  groupBytes(delta: boolean): number {
    return delta ? this.#deltaBytes : this.#wholeBytes;
  }

  /** What {@link groupBytes} says from now on. */
  learn(delta: boolean, bytes: number): void {
    if (delta) this.#deltaBytes = bytes;
    else this.#wholeBytes = bytes;
  }

  /** Whether a snapshot is being written: then a key is better left alone that need not change. */
  get busy(): boolean {
    return this.#listener !== undefined;
  }

  /** A key came; nothing is held of it yet. */
  add(id: number): void {
    const word = id >>> 5;
    if (word >= this.#held.length) this.#grow(word);
    this.#held[word]! |= 1 << id;
    if (this.#tracking) this.#marks[word]! |= 1 << id;
  }

  /** A key goes, while it can still be asked for. */
  leave(id: number): void {
    const word = id >>> 5;
    const bit = 1 << id;
    if (this.#tracking) {
      this.#listener?.before(id);
      if ((this.#known[word]! & bit) !== 0) this.#note(id);
    }
    this.#held[word]! &= ~bit;
    this.#known[word]! &= ~bit;
  }

  /** What is kept of a key lies elsewhere now, under another id. */
  move(from: number, to: number): void {
    this.touch(from);
    this.#held[from >>> 5]! &= ~(1 << from);
    const known = this.isKnown(from);
    this.#known[from >>> 5]! &= ~(1 << from);
    this.add(to);
    if (known) this.know(to);
  }

  /** A snapshot has the key. */
  know(id: number): void {
    this.#known[id >>> 5]! |= 1 << id;
  }

  isKnown(id: number): boolean {
    return (this.#known[id >>> 5]! & (1 << id)) !== 0;
  }

  /** A barrier: what comes belongs to the next snapshot. Returns the number of this one. */
  freeze(): number {
    const seq = ++this.#seq;
    if (this.#tracking) {
      const gone = this.#gone.length === 0 ? [] : [this.#gone.toBytes()];
      this.#sets.push({ seq, marks: this.#marks, gone, lost: this.#lost });
      this.#marks = new Int32Array(this.#held.length);
      this.#gone.clear();
      this.#lost = false;
      this.#merge();
    }
    this.#tracking = true;
    return seq;
  }

  /** A copy of the bits of the keys that are held. */
  heldNow(): Int32Array {
    return this.#held.slice();
  }

  /** Who is told of changes from now on. */
  listen(listener: ChangeListener): void {
    this.#listener = listener;
  }

  unlisten(listener: ChangeListener): void {
    if (this.#listener === listener) this.#listener = undefined;
  }

  /** What changed after snapshot `base` and up to the last one; undefined when that is not known. */
  since(base: number): ChangesSince | undefined {
    const sets = this.#sets.filter(({ seq }) => seq > base);
    const marks = new Int32Array(this.#held.length);
    for (const set of sets) {
      if (set.lost) return undefined;
      for (let i = 0; i < set.marks.length; i++) marks[i]! |= set.marks[i]!;
    }
    return { marks, gone: sets.flatMap(({ gone }) => gone) };
  }

  /** Snapshot `seq` is complete: what it holds need not be known any more. */
  complete(seq: number): void {
    this.#sets = this.#sets.filter((set) => set.seq > seq);
  }

  /** All keys went, and the state with them. */
  clear(): void {
    this.#held = new Int32Array(2);
    this.#marks = new Int32Array(2);
    this.#known = new Int32Array(2);
    this.#sets = [];
    this.#gone.clear();
    this.#lost = true;
  }

  #note(id: number): void {
    if (this.#lost) return;
    this.#writeKey(id, this.#gone);
    if (this.#gone.length <= GONE_BYTES_MAX) return;
    this.#gone = new ByteWriter();
    this.#lost = true;
  }

  /** Nobody may ever say that a snapshot is complete. */
  #merge(): void {
    if (this.#sets.length <= SETS_MAX) return;
    const [first, second] = this.#sets.splice(0, 2) as [ChangeSet, ChangeSet];
    const gone = [...first.gone, ...second.gone];
    const bytes = gone.reduce((sum, { length }) => sum + length, 0);
    const lost = first.lost || second.lost || bytes > GONE_BYTES_MAX;
    const { marks, seq } = second;
    for (let i = 0; i < first.marks.length; i++) marks[i]! |= first.marks[i]!;
    this.#sets.unshift({ seq, marks, gone: lost ? [] : gone, lost });
  }

  #grow(word: number): void {
    const words = Math.max(word + 1, 2 * this.#held.length);
    const grown = (from: Int32Array): Int32Array => {
      const to = new Int32Array(words);
      to.set(from);
      return to;
    };
    this.#held = grown(this.#held);
    this.#marks = grown(this.#marks);
    this.#known = grown(this.#known);
  }
}
