/**
 * Folds the rows of a continuous aggregate before they are spread by key: what goes over the exchange is one partial result
 * for many rows of a key, as Flink's local aggregation.
 *
 * A table of fixed size, each place for one key at a time: a row whose place is taken by another key sends that one on its
 * way. Partial results go out when their place is needed, when they hold many distinct values, in the time given, before a
 * barrier and at the end; watermarks wait for them. Each has the largest timestamp of its rows.
 *
 * Adaptive: when most rows find their place taken, rows are passed on alone for a while.
 *
 * Law (test/operators/continuous-local.property.test.ts): merged again, the results are those of the rows themselves.
 * Owner: the subtask's worker.
 */

import { END_OF_TIME } from '../record/index.ts';
import { wordsAt } from './aggregate/index.ts';
import type { Accumulators } from './aggregate/index.ts';
import { failChangelog } from './changelog.ts';
import type { ProcessRow } from './continuous-kernel.ts';
import { countMiss, countPassed, OWN, PASSING, PLACES, ROWS } from './fold-places.ts';
import { generate } from './generated.ts';
import { HeldWatermark } from './held-watermark.ts';
import { HASH_OF, hashOther, keyPlaceText } from './key-place.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { Operator, OperatorContext } from './operator.ts';
import { RowBytes } from './row-bytes.ts';
import { VALUES_FIELD, wordField } from './window/partial-rows.ts';

/** Distinct values of one of them at most, about: 16 bytes each in a row. */
const VALUES_MAX = 512;
/** Bytes of the sets of a place, about. */
const SETS_BYTES = 512;

/** Places taken: index into the numbers that process and its slow paths share, behind those of fold-places.ts. */
const HELD = OWN;

/** What is folded. */
export interface ContinuousLocalOptions {
  readonly keyFields: readonly string[];
  readonly accumulators: Accumulators;
  /** Longest time that a row waits, milliseconds. */
  readonly latencyMs: number;
}

/** One instance. */
export class ContinuousLocal implements Operator {
  readonly ownWatermarks = true;
  readonly process: ProcessRow;
  readonly #context: OperatorContext;
  readonly #accumulators: Accumulators;
  readonly #keyFields: readonly string[];
  readonly #latencyMs: number;
  readonly #numbers: Float64Array = new Float64Array(HELD + 1);
  /** By place: words, largest timestamp, sets, and the key's fields. A place whose word 0 is 0 is free. */
  readonly #words: Float64Array;
  readonly #times: Float64Array = new Float64Array(PLACES);
  readonly #heaps: (unknown[] | undefined)[] = Array.from({ length: PLACES }, () => undefined);
  readonly #keys: readonly unknown[][];
  readonly #row: Record<string, unknown> = {};
  readonly #values: Float64Array;
  /** Moves key and words of a place into `#row`. */
  readonly #take: (place: number) => void;
  readonly #bytes: number;
  readonly #watermark: HeldWatermark;
  #dueMs = Infinity;
  /** The place at which the next call goes on. */
  #place = 0;

  /** @param codegen false for the plain way: every row alone */
  constructor(context: OperatorContext, options: ContinuousLocalOptions, codegen = true) {
    const { accumulators, keyFields, latencyMs } = options;
    const sets = accumulators.heapCount > 0;
    this.#context = context;
    this.#watermark = new HeldWatermark(context.output);
    this.#accumulators = accumulators;
    this.#keyFields = keyFields;
    this.#latencyMs = latencyMs;
    this.#words = new Float64Array(PLACES * accumulators.stride);
    this.#keys = keyFields.map(() => Array.from<unknown>({ length: PLACES }).fill(0));
    // A row more may hold a value in each set, and one of them NaN.
    this.#values = new Float64Array(sets ? 2 * (VALUES_MAX + 2 * accumulators.heapCount) : 0);
    for (const name of keyFields) this.#row[name] = undefined;
    for (let k = 0; k < accumulators.stride; k++) this.#row[wordField(k)] = 0;
    if (sets) this.#row[VALUES_FIELD] = undefined;
    this.#bytes =
      this.#words.byteLength +
      this.#times.byteLength +
      PLACES * (8 * keyFields.length + (sets ? SETS_BYTES : 0));
    context.memory.reserve(this.#bytes);
    this.#take = (codegen ? this.#compileTake() : undefined) ?? ((place) => this.#plainTake(place));
    this.process = (codegen ? this.#compile() : undefined) ?? this.#plain();
  }

  onWatermark(watermark: number): boolean {
    if (watermark === END_OF_TIME) {
      this.#watermark.drop();
      return this.#send();
    }
    this.#watermark.onWatermark(watermark, this.#numbers[HELD]! > 0);
    return true;
  }

  /** Idleness follows the partial results and the watermark. */
  onStatus(idle: boolean): void {
    if (this.#watermark.onStatus(idle, this.#numbers[HELD]! > 0)) this.#dueMs = 0;
  }

  processingTimeDue(): number {
    return this.#dueMs;
  }

  onProcessingTime(): boolean {
    if (this.#numbers[HELD]! > 0 || this.#watermark.waits) return this.#send();
    this.#dueMs = Infinity;
    this.#watermark.sayIdle();
    return true;
  }

  prepareSnapshot(): boolean {
    return this.#send();
  }

  finish(): boolean {
    return this.#send();
  }

  close(): void {
    this.#context.memory.reserve(-this.#bytes);
  }

  #compile(): ProcessRow | undefined {
    const { stride, bindings, heapCount, valuesText } = this.#accumulators;
    const sets = heapCount > 0;
    const key = keyPlaceText(this.#keyFields, '0', PLACES);
    const fold = this.#accumulators.addText(wordsAt('words', 'o'), 'properties', sets);
    const text = `${HASH_OF}
return function process(row, timestamp) {
  if (current.rowKind !== 0) refuse();
  ${key.find}
  const o = place * ${stride};
  numbers[${ROWS}]++;
  let rows = words[o];
  if (rows === 0 || !(${key.same})) {
    if (rows !== 0) miss(place);
    rows = 0;
    ${key.take}
    times[place] = timestamp;
    held(place);
  } else if (timestamp > times[place]) times[place] = timestamp;
  ${sets ? 'const heap = heaps[place]; let grown = 0;' : ''}
  ${fold}
  words[o] = rows + 1;
  if (numbers[${PASSING}] > 0${sets ? ` || ${valuesText} >= ${VALUES_MAX}` : ''}) pass(place);
};`;
    const { current } = this.#context;
    return generate<ProcessRow>('local aggregate', text, {
      ...bindings,
      current,
      failProperty: (row: unknown) => this.#failProperty(row),
      hashOther,
      heaps: this.#heaps,
      held: (place: number) => this.#hold(place),
      keys: this.#keys,
      miss: (place: number) => this.#miss(place),
      numbers: this.#numbers,
      pass: (place: number) => this.#pass(place),
      refuse: () => failChangelog(this.#context),
      times: this.#times,
      words: this.#words,
    });
  }

  /** Without generated code: every row alone. */
  #plain(): ProcessRow {
    const { codec } = this.#context.inputs[0]!;
    const input = new RowBytes(codec!);
    return (row, timestamp) => {
      if (this.#context.current.rowKind !== 0) failChangelog(this.#context);
      // Checks what the row holds.
      input.take(row);
      this.#hold(0);
      this.#accumulators.add(this.#words, 0, row, timestamp);
      const heap = this.#heaps[0];
      if (heap !== undefined) this.#accumulators.addHeap(heap, row, timestamp);
      this.#times[0] = timestamp;
      this.#keyFields.forEach((name, i) => {
        this.#keys[i]![0] = (row as Record<string, unknown>)[name];
      });
      this.#emit(0);
    };
  }

  /** A free place is taken. */
  #hold(place: number): void {
    if (this.#accumulators.heapCount > 0) this.#heaps[place] = this.#accumulators.createHeap();
    if (this.#numbers[HELD]!++ === 0) this.#dueMs = this.#context.nowMs() + this.#latencyMs;
  }

  /** A row found its place taken. */
  #miss(place: number): void {
    this.#emit(place);
    countMiss(this.#numbers);
  }

  #pass(place: number): void {
    countPassed(this.#numbers);
    this.#emit(place);
  }

  /** Sends all partial results, then the watermark that waited for them; false while there are more. */
  #send(): boolean {
    const { stride } = this.#accumulators;
    let left = FINISH_ROWS_MAX;
    for (; this.#place < PLACES && this.#numbers[HELD]! > 0; this.#place++) {
      if (this.#words[this.#place * stride] === 0) continue;
      if (left-- === 0) return false;
      this.#emit(this.#place);
    }
    this.#place = 0;
    this.#dueMs = this.#watermark.goesIdle ? 0 : Infinity;
    this.#watermark.release();
    return true;
  }

  #compileTake(): ((place: number) => void) | undefined {
    const { stride } = this.#accumulators;
    const word = wordsAt('words', 'o');
    const lines = this.#keyFields.map(
      (name, i) => `row[${JSON.stringify(name)}] = keys[${i}][place];`,
    );
    for (let k = 0; k < stride; k++) {
      lines.push(`row.${wordField(k)} = ${word(k)}; ${word(k)} = 0;`);
    }
    const text = `return function take(place) {
  const o = place * ${stride};
  ${lines.join('\n  ')}
};`;
    const bindings = { keys: this.#keys, row: this.#row, words: this.#words };
    return generate<(place: number) => void>('local aggregate take', text, bindings);
  }

  #plainTake(place: number): void {
    const { stride } = this.#accumulators;
    this.#keyFields.forEach((name, i) => {
      this.#row[name] = this.#keys[i]![place];
    });
    for (let k = 0; k < stride; k++) {
      this.#row[wordField(k)] = this.#words[place * stride + k];
      this.#words[place * stride + k] = 0;
    }
  }

  #emit(place: number): void {
    const row = this.#row;
    this.#take(place);
    const heap = this.#heaps[place];
    if (heap !== undefined) {
      const count = this.#accumulators.encodeValues(heap, this.#values);
      // Of its own, since whoever takes the row may keep it.
      row[VALUES_FIELD] = new Uint8Array(this.#values.slice(0, count).buffer);
      this.#heaps[place] = undefined;
    }
    this.#numbers[HELD]!--;
    this.#context.output.emit(row, this.#times[place]!);
  }

  /** A value that no codec takes: encoding the row says which. */
  #failProperty(row: unknown): void {
    new RowBytes(this.#context.inputs[0]!.codec!).encode(row);
  }
}
