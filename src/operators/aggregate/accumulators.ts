/**
 * The accumulators of several aggregates side by side: one run of float64 words, and values on the heap where a fold needs
 * them.
 *
 *     word 0    rows folded; 0 says that the accumulator is empty (all words are 0 then)
 *     then for each word fold, in the order declared:
 *               [ values that took part ]     only where that can be fewer than the rows: nullable field, function, where
 *               [ words of the fold ]
 *
 * Heap values stand in an array of their own, one element for each heap fold, then one for each set of distinct values.
 *
 * Law (test/operators/aggregate/folds.property.test.ts): the generated texts and the plain methods leave the same
 * words. Owner: the subtask's worker.
 */

import type { Plain } from '../operator.ts';
import { AccumulatorTexts } from './accumulator-texts.ts';
import type { HeapMember, WordMember } from './accumulator-texts.ts';
import type {
  AggregateInput,
  AggregateSpec,
  BoundAggregate,
  RowAccess,
  WordText,
} from './aggregate.ts';
import { failValue, NUMBER } from './value-reader.ts';
import { ValueSets } from './value-sets.ts';

export class Accumulators {
  /** Words of one accumulator, at least 1. */
  readonly stride: number;
  /** Heap values of one accumulator. */
  readonly heapCount: number;
  /** Whether merging can be undone exactly. */
  readonly invertible: boolean;
  /** The aggregates by name, in the order declared. */
  readonly bound: readonly (readonly [string, BoundAggregate])[];
  /** What is folded, and how: equal signatures have equal accumulators. Plain data. */
  readonly signature: Plain;
  /** What the texts call, by name. */
  readonly bindings: Readonly<Record<string, unknown>>;
  readonly #operator: string;
  readonly #words: readonly WordMember[];
  readonly #heaps: readonly HeapMember[];
  readonly #sets: ValueSets = new ValueSets();
  readonly #texts: AccumulatorTexts;

  /** @throws ERR_OPERATORS_FIELD */
  constructor(spec: AggregateSpec, input: AggregateInput) {
    this.bound = Object.entries(spec).map(([name, aggregate]) => [name, aggregate.bind(input)]);
    this.signature = Object.entries(spec).map(([name, { aggregate, params }], i) => {
      const { fold } = this.bound[i]![1];
      return { name, aggregate, params, words: fold.form === 'words' ? fold.words : null };
    });
    const words: WordMember[] = [];
    const heaps: HeapMember[] = [];
    const bindings: Record<string, unknown> = {};
    let next = 1;
    for (const [name, bound] of this.bound) {
      const { fold, value, where } = bound;
      if (fold.form === 'heap') {
        heaps.push({ name, bound, fold });
        continue;
      }
      if (fold.form === 'set') {
        this.#sets.add(name, bound);
        continue;
      }
      const counted = where !== undefined || value?.optional === true;
      const index = words.length;
      words.push({ name, bound, fold, n: counted ? next++ : 0, at: next });
      next += fold.words;
      for (const [key, binding] of Object.entries(fold.bindings)) {
        bindings[`${key}${index}`] = binding;
      }
      bindings[`result${index}`] = (page: Float64Array, o: number, n: number): unknown =>
        fold.resultOf(page, o, n);
      bindings[`empty${index}`] = fold.empty;
      bindings[`read${index}`] = (row: unknown) => numberOf(bound, input.operator, row);
    }
    const all = this.bound.map(([, bound]) => bound);
    this.#texts = new AccumulatorTexts(words, heaps, this.#sets, all, next);
    Object.assign(bindings, this.#texts.filters, this.#sets.bindings);
    bindings['foldHeaps'] = (heap: unknown[], row: unknown, timestamp: number): number =>
      this.#foldHeaps(heap, row, timestamp);
    heaps.forEach(({ fold }, i) => {
      bindings[`heapResult${i}`] = (acc: unknown): unknown => fold.resultOf(acc);
    });
    this.#operator = input.operator;
    this.stride = next;
    this.heapCount = heaps.length + this.#sets.count;
    this.invertible =
      this.heapCount === 0 && words.every(({ fold }) => fold.subtract !== undefined);
    this.#words = words;
    this.#heaps = heaps;
    this.bindings = bindings;
  }

  /**
   * Statements that fold a row into the words `w`, but for word 0, which the caller counts up afterwards: reads `row`,
   * `memory`, `at`, `timestamp`, and `rows`, the value of word 0.
   *
   * @param heap whether heap values are folded, too: into `heap`, and adds to `grown` by how many bytes they grew
   */
  addText(w: WordText, access: RowAccess, heap = false): string {
    return this.#texts.addText(w, access, heap);
  }

  /** Statements that merge the words `b` into `a`; `b` is not empty. */
  mergeText(a: WordText, b: WordText): string {
    return this.#texts.mergeText(a, b);
  }

  /** Statements that take the words `b` out of `a`, of which they are a part; only where `invertible`. */
  subtractText(a: WordText, b: WordText): string {
    return this.#texts.subtractText(a, b);
  }

  /** {@link addText} without generated code, word 0 included. */
  add(words: Float64Array, o: number, row: unknown, timestamp: number): void {
    const rows = words[o]!;
    for (const { bound, fold, n, at } of this.#words) {
      if (bound.where !== undefined && !bound.where(row)) continue;
      let value: number | null = 0;
      if (bound.value !== undefined) {
        value = numberOf(bound, this.#operator, row);
        if (value === null) continue;
      }
      fold.add(words, o + at, value, timestamp, n === 0 ? rows : words[o + n]!);
      if (n !== 0) words[o + n]!++;
    }
    words[o] = rows + 1;
  }

  /** {@link mergeText} without generated code. */
  merge(a: Float64Array, oa: number, b: Float64Array, ob: number): void {
    if (a[oa] === 0) {
      for (let k = 0; k < this.stride; k++) a[oa + k] = b[ob + k]!;
      return;
    }
    for (const { fold, n, at } of this.#words) {
      const na = a[oa + n]!;
      const nb = b[ob + n]!;
      if (nb === 0) continue;
      if (na === 0) for (let k = 0; k < fold.words; k++) a[oa + at + k] = b[ob + at + k]!;
      else fold.merge(a, oa + at, b, ob + at, na, nb);
      if (n !== 0) a[oa + n] = na + nb;
    }
    a[oa]! += b[ob]!;
  }

  /** {@link subtractText} without generated code. */
  subtract(a: Float64Array, oa: number, b: Float64Array, ob: number): void {
    if (a[oa] === b[ob]) {
      for (let k = 0; k < this.stride; k++) a[oa + k] = 0;
      return;
    }
    for (const { fold, n, at } of this.#words) {
      fold.subtract?.(a, oa + at, b, ob + at);
      if (n !== 0) a[oa + n]! -= b[ob + n]!;
    }
    a[oa]! -= b[ob]!;
  }

  /** Whether rows can be taken out again. */
  get retractable(): boolean {
    return (
      this.#sets.count === 0 &&
      this.#words.every(({ fold }) => fold.retract !== undefined) &&
      this.#heaps.every(({ fold }) => fold.retract !== undefined)
    );
  }

  /** Takes a row out again; only where `retractable`. */
  retract(words: Float64Array, o: number, heap: unknown[], row: unknown, timestamp: number): void {
    const rows = words[o]!;
    for (const { bound, fold, n, at } of this.#words) {
      if (bound.where !== undefined && !bound.where(row)) continue;
      const value = bound.value === undefined ? 0 : numberOf(bound, this.#operator, row);
      if (value === null) continue;
      fold.retract?.(words, o + at, value, n === 0 ? rows : words[o + n]!);
      if (n !== 0) words[o + n]!--;
    }
    for (let i = 0; i < this.#heaps.length; i++) {
      const { bound, fold } = this.#heaps[i]!;
      if (bound.where !== undefined && !bound.where(row)) continue;
      const value = bound.value?.read(row) ?? null;
      if (value !== null) heap[i] = fold.retract?.(heap[i], value, timestamp);
    }
    words[o] = rows - 1;
  }

  /** Empty heap values. */
  createHeap(): unknown[] {
    return [...this.#heaps.map(({ fold }) => fold.create()), ...this.#sets.create()];
  }

  /** Folds a row into heap values; returns by how many bytes they grew. */
  addHeap(heap: unknown[], row: unknown, timestamp: number): number {
    return this.#foldHeaps(heap, row, timestamp) + this.#sets.fold(heap, this.#heaps.length, row);
  }

  #foldHeaps(heap: unknown[], row: unknown, timestamp: number): number {
    let grown = 0;
    for (let i = 0; i < this.#heaps.length; i++) {
      const { bound, fold } = this.#heaps[i]!;
      if (bound.where !== undefined && !bound.where(row)) continue;
      const value = fold.addRow === undefined ? (bound.value?.read(row) ?? null) : row;
      if (value === null) continue;
      const before = heap[i];
      // What is no object stays as it is while another is made of it; extremes are mostly what they were.
      const changes = typeof before === 'object';
      const bytes = changes ? fold.bytesOf(before) : 0;
      const after =
        fold.addRow === undefined ? fold.add(before, value, timestamp) : fold.addRow(before, row);
      if (!changes && after === before) continue;
      heap[i] = after;
      grown += fold.bytesOf(after) - (changes ? bytes : fold.bytesOf(before));
    }
    return grown;
  }

  /** Whether accumulators can be told as numbers: their words, and the values of their sets. */
  get numeric(): boolean {
    return this.#heaps.length === 0 && this.#sets.numeric;
  }

  /** Writes the values of the sets, see {@link ValueSets.encode}; only where `numeric`. */
  encodeValues(heap: readonly unknown[], into: Float64Array): number {
    return this.#sets.encode(heap, this.#heaps.length, into);
  }

  /** Takes in what {@link encodeValues} wrote; returns by how many bytes the sets grew. */
  decodeValues(heap: readonly unknown[], from: Float64Array, count: number): number {
    return this.#sets.decode(heap, this.#heaps.length, from, count);
  }

  /** Number of values of the sets of `heap`, about, as an expression. */
  get valuesText(): string {
    return this.#sets.sizeText(this.#heaps.length);
  }

  /** Merges heap values; those of `from` stay as they are. */
  mergeHeap(heap: unknown[], from: readonly unknown[]): void {
    for (let i = 0; i < this.#heaps.length; i++) {
      heap[i] = this.#heaps[i]!.fold.merge(heap[i], from[i]);
    }
    this.#sets.merge(heap, from, this.#heaps.length);
  }

  /** Bytes of heap values, an estimate. */
  heapBytes(heap: readonly unknown[]): number {
    let bytes = HEAP_BYTES;
    for (let i = 0; i < this.#heaps.length; i++) bytes += this.#heaps[i]!.fold.bytesOf(heap[i]);
    return bytes + this.#sets.bytes(heap, this.#heaps.length);
  }

  /** {@link resultsInto} as statements over the words at `o` of `page`, and `heap`. */
  resultsText(target: string, page: string, o: string): string {
    return this.#texts.resultsText(target, page, o);
  }

  /** Writes the results into `target` under their names. */
  resultsInto(
    target: Record<string, unknown>,
    words: Float64Array,
    o: number,
    heap: readonly unknown[] | undefined,
  ): void {
    for (let i = 0; i < this.#words.length; i++) {
      const { name, fold, n, at } = this.#words[i]!;
      const values = words[o + n]!;
      target[name] = values === 0 ? fold.empty : fold.resultOf(words, o + at, values);
    }
    for (let i = 0; i < this.#heaps.length; i++) {
      const { name, fold } = this.#heaps[i]!;
      target[name] = fold.resultOf(heap![i]);
    }
    if (this.#sets.count > 0) this.#sets.resultsInto(target, heap!, this.#heaps.length);
  }
}

/** Array of heap values, and its place in a list of keys. */
const HEAP_BYTES = 64;

/** The value of a word fold: a number, or null when there is none. @throws ERR_OPERATORS_FIELD */
function numberOf({ value, fold }: BoundAggregate, operator: string, row: unknown): number | null {
  const read = value!.read(row);
  if (typeof read === 'number' || read === null) return read;
  // What is only counted may be of any kind.
  if (fold.form === 'words' && fold.words === 0) return 1;
  if (typeof read === 'boolean') return read ? 1 : 0;
  if (typeof read === 'bigint') return Number(read);
  return failValue(operator, value!.label, NUMBER.expected, read);
}
