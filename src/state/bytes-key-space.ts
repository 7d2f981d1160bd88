/** A key space of typed rows that are keyed by fields: keys lie off-heap as words. Laws: see key-space.ts. */

import { readBetween } from '../record/index.ts';
import type { KeyValue, Memory } from '../record/index.ts';
import type { ByteWriter } from './byte-stream.ts';
import { IntColumns } from './id-columns.ts';
import { KeyChanges } from './key-changes.ts';
import { KeyIndex, SPREAD } from './key-index.ts';
import { KEY_AT, KEY_HASH, KEY_HOLDERS } from './key-layout.ts';
import { compileResolver } from './key-reader.ts';
import type { BytesInput, ResolverEnds, WordSpace } from './key-reader.ts';
import { isVector, KeyEncoder, scalarOf } from './key-shape.ts';
import type { KeyPart, KeyShape } from './key-shape.ts';
import { NO_KEY } from './key-space.ts';
import type { KeyResolver, KeySpace } from './key-space.ts';
import type { MemoryAccount } from './memory-account.ts';
import { RowArena } from './row-arena.ts';
import { REF_PAGE_SHIFT, REF_UNIT_MASK, ROW_WORD0 } from './row-layout.ts';

/** What a space of bytes is made of. */
export interface BytesKeySpaceOptions {
  readonly operatorName: string;
  readonly account: MemoryAccount;
  /** Of every input; shapes of inputs have the same signature. */
  readonly shape: KeyShape;
  /** Undefined for an input without a key, whose rows have no id. */
  readonly inputs: readonly (BytesInput | undefined)[];
  /** Appends hash and key, for snapshots of what changed; missing where no snapshots are taken of the space. */
  readonly writeKey?: (keys: KeySpace, id: number, out: ByteWriter) => void;
}

/** Keys as words. Owner: the subtask's worker. */
export class BytesKeySpace implements KeySpace, WordSpace {
  readonly shape: KeyShape;
  readonly index: KeyIndex;
  readonly columns: IntColumns;
  readonly texts: RowArena;
  readonly probe: Int32Array;
  readonly changes: KeyChanges;
  readonly #operatorName: string;
  readonly #inputs: BytesKeySpaceOptions['inputs'];
  readonly #encoder: KeyEncoder;
  /** Words of the vectors that are being added. */
  readonly #vectors: readonly number[];
  /** Of `wordsOf`. */
  readonly #words: Int32Array;
  #limit = 0;
  #size = 0;
  #free: number = NO_KEY;

  constructor(options: BytesKeySpaceOptions) {
    const { account, shape } = options;
    this.shape = shape;
    this.index = new KeyIndex(account);
    this.columns = new IntColumns(account, KEY_AT + shape.words);
    this.texts = new RowArena(account, -ROW_WORD0, 0);
    this.probe = new Int32Array(shape.words);
    this.#words = new Int32Array(shape.words);
    this.changes = new KeyChanges((id, out) => options.writeKey?.(this, id, out));
    this.#operatorName = options.operatorName;
    this.#inputs = options.inputs;
    this.#encoder = new KeyEncoder(shape, options.operatorName);
    this.#vectors = shape.parts.filter(({ kind }) => isVector(kind)).map(({ word }) => word);
  }

  get size(): number {
    return this.#size;
  }

  get limit(): number {
    return this.#limit;
  }

  get bytes(): number {
    return this.index.bytes + this.columns.bytes + this.texts.bytes;
  }

  resolver(input: 0 | 1): KeyResolver {
    const from = this.#input(input);
    return compileResolver(this, from, this.endsOf(from, true));
  }

  finder(input: 0 | 1): KeyResolver {
    const from = this.#input(input);
    return compileResolver(this, from, this.endsOf(from, false));
  }

  /** What a resolver does beyond the look-up by bytes. */
  endsOf({ valueOf }: BytesInput, add: boolean): ResolverEnds {
    if (!add)
      return { foreign: (row, hash) => this.find(valueOf(row), hash), missing: () => NO_KEY };
    return {
      foreign: (row, hash) => this.intern(valueOf(row), hash),
      missing: (hash, memory) => this.addWords(hash, this.probe, memory),
    };
  }

  intern(key: KeyValue, hash: number): number {
    const id = this.find(key, hash);
    if (id === NO_KEY) return this.addWords(hash, this.#encoder.words, this.#encoder.memory);
    this.changes.touch(id);
    return id;
  }

  find(key: KeyValue, hash: number): number {
    this.#encoder.encode(key);
    return this.findWords(hash, this.#encoder.words, this.#encoder.memory.i32);
  }

  findWords(hash: number, words: Int32Array, i32: Int32Array): number {
    const spread = Math.imul(hash, SPREAD);
    const entries = this.index.directory[(spread >>> 1) >>> this.index.shift]!;
    const mask = entries.length - 2;
    for (let i = ((spread ^ (spread >>> 15)) << 1) & mask; ; i = (i + 2) & mask) {
      const entry = entries[i + 1]!;
      if (entry === 0) return NO_KEY;
      if (entries[i] === hash && this.#same(entry - 1, words, i32)) return entry - 1;
    }
  }

  keyOf(id: number): KeyValue {
    const { parts } = this.shape;
    if (parts.length === 1) return this.#valueOf(id, parts[0]!);
    return parts.map((part) => this.#valueOf(id, part));
  }

  readonly wordsOf = (id: number): Int32Array => {
    const { words } = this.shape;
    for (let word = 0; word < words; word++) {
      this.#words[word] = this.columns.get(id, KEY_AT + word);
    }
    return this.#words;
  };

  hashOf(id: number): number {
    return this.columns.get(id, KEY_HASH);
  }

  retain(id: number): void {
    this.columns.set(id, KEY_HOLDERS, this.columns.get(id, KEY_HOLDERS) + 1);
  }

  release(id: number): void {
    this.columns.set(id, KEY_HOLDERS, this.columns.get(id, KEY_HOLDERS) - 1);
  }

  settle(id: number): void {
    if (this.columns.get(id, KEY_HOLDERS) !== 0) return;
    this.changes.leave(id);
    this.index.remove(this.columns.get(id, KEY_HASH), id + 1);
    for (const word of this.#vectors) {
      const ref = this.columns.get(id, KEY_AT + word);
      this.texts.free(ref, slotBytes(this.#vectorLength(ref)));
    }
    this.columns.set(id, KEY_HOLDERS, ~(this.#free + 1));
    this.#free = id;
    this.#size--;
  }

  *ids(): IterableIterator<number> {
    for (let id = 0; id < this.#limit; id++) {
      if (this.columns.get(id, KEY_HOLDERS) >= 0) yield id;
    }
  }

  project(id: number, target: Record<string, unknown>, fields: readonly string[]): void {
    const { parts } = this.shape;
    for (let i = 0; i < parts.length; i++) target[fields[i]!] = this.#valueOf(id, parts[i]!);
  }

  dispose(): void {
    this.index.dispose();
    this.columns.dispose();
    this.texts.dispose();
    this.changes.clear();
    this.#limit = 0;
    this.#size = 0;
    this.#free = NO_KEY;
  }

  #input(input: 0 | 1): BytesInput {
    const found = this.#inputs[input];
    if (found === undefined) throw new RangeError(`input ${input} has no key`);
    return found;
  }

  /** A new id for the key with these words, which is not here. @throws ERR_STATE_QUOTA before anything changed */
  addWords(hash: number, words: Int32Array, memory: Memory): number {
    const { columns } = this;
    this.index.prepare(hash);
    const id = this.#free === NO_KEY ? this.#limit : this.#free;
    columns.ensure(id);
    const next = this.#free === NO_KEY ? NO_KEY : ~columns.get(id, KEY_HOLDERS) - 1;
    for (let word = 0; word < words.length; word++) columns.set(id, KEY_AT + word, words[word]!);
    this.#keepVectors(id, words, memory);
    columns.set(id, KEY_HASH, hash);
    columns.set(id, KEY_HOLDERS, 0);
    this.index.insert(hash, id + 1);
    if (this.#free === NO_KEY) this.#limit++;
    else this.#free = next;
    this.#size++;
    this.changes.add(id);
    return id;
  }

  #keepVectors(id: number, words: Int32Array, memory: Memory): void {
    for (let i = 0; i < this.#vectors.length; i++) {
      try {
        const word = this.#vectors[i]!;
        this.columns.set(id, KEY_AT + word, this.#keepVector(memory.i32, words[word]!));
      } catch (error) {
        for (const word of this.#vectors.slice(0, i)) {
          const ref = this.columns.get(id, KEY_AT + word);
          this.texts.free(ref, slotBytes(this.#vectorLength(ref)));
        }
        throw error;
      }
    }
  }

  #keepVector(from: Int32Array, at: number): number {
    const length = from[at]!;
    const ref = this.texts.allocate(slotBytes(length));
    const to = this.texts.pages[ref >>> REF_PAGE_SHIFT]!.i32;
    const word = (ref & REF_UNIT_MASK) << 1;
    to[word + (ROW_WORD0 >> 2)] = length;
    const words = (length + 3) >> 2;
    for (let i = 0; i < words; i++) to[word + i] = from[at + 1 + i]!;
    return ref;
  }

  #same(id: number, words: Int32Array, i32: Int32Array): boolean {
    for (const { kind, word } of this.shape.parts) {
      const mine = this.columns.get(id, KEY_AT + word);
      if (isVector(kind)) {
        if (!this.#sameVector(mine, i32, words[word]!)) return false;
      } else if (mine !== words[word]) return false;
      else if (kind === 'i64' || kind === 'u64' || kind === 'f64') {
        if (this.columns.get(id, KEY_AT + word + 1) !== words[word + 1]) return false;
      }
    }
    return true;
  }

  #sameVector(ref: number, i32: Int32Array, at: number): boolean {
    const length = this.#vectorLength(ref);
    if (length !== i32[at]) return false;
    const mine = this.texts.pages[ref >>> REF_PAGE_SHIFT]!.i32;
    const word = (ref & REF_UNIT_MASK) << 1;
    const words = (length + 3) >> 2;
    for (let i = 0; i < words; i++) if (mine[word + i] !== i32[at + 1 + i]) return false;
    return true;
  }

  #vectorLength(ref: number): number {
    const word = (ref & REF_UNIT_MASK) << 1;
    return this.texts.pages[ref >>> REF_PAGE_SHIFT]!.i32[word + (ROW_WORD0 >> 2)]!;
  }

  #valueOf(id: number, part: KeyPart): KeyValue {
    const low = this.columns.get(id, KEY_AT + part.word);
    if (!isVector(part.kind)) {
      const wide = part.kind === 'i64' || part.kind === 'u64' || part.kind === 'f64';
      const high = wide ? this.columns.get(id, KEY_AT + part.word + 1) : 0;
      return scalarOf(part, low, high, this.#operatorName);
    }
    const memory = this.texts.pages[low >>> REF_PAGE_SHIFT]!;
    const at = (low & REF_UNIT_MASK) << 3;
    const end = at + this.#vectorLength(low);
    return part.kind === 'bytes' ? memory.u8.slice(at, end) : readBetween(memory, at, end);
  }
}

/** Bytes of the slot of a vector of `length` bytes. */
function slotBytes(length: number): number {
  return Math.max(8, (length + 7) & ~7);
}
