/**
 * Folds rows before they are spread by key: what goes over the exchange is one partial result for many rows of a key and
 * slice.
 *
 * A table of fixed size, each place for one key and slice at a time: a row whose place is taken by another sends that one on
 * its way. Partial results go out when their place is needed, when the watermark reaches the end of a window that they belong
 * to, before a barrier, and when the input is idle: so none comes later than the rows themselves would have come for the
 * decision whether it is late. A row that is late here already is passed on alone.
 *
 * Adaptive: when most rows find their place taken, rows are passed on alone for a while.
 *
 * Law (test/operators/window/declared-window.property.test.ts): merged again, the windows are those of the rows themselves.
 */

import { EngineError } from '../../base/index.ts';
import { NO_TIMESTAMP } from '../../record/index.ts';
import type { RecordType } from '../../record/index.ts';
import { wordsAt } from '../aggregate/index.ts';
import type { Accumulators } from '../aggregate/index.ts';
import { failChangelog } from '../changelog.ts';
import { countMiss, countPassed, OWN, PASSING, PLACES, ROWS } from '../fold-places.ts';
import { generate } from '../generated.ts';
import { HASH_OF, hashOther, keyPlaceText } from '../key-place.ts';
import { FINISH_ROWS_MAX } from '../operator.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { RowBytes } from '../row-bytes.ts';
import { wordField } from './partial-rows.ts';
import type { ProcessRow } from './slice-kernel.ts';
import { slicingOf } from './slicing.ts';
import type { SliceableAssigner, Slicing } from './slicing.ts';

/** Indexes into the numbers that process and its slow paths share, behind those of fold-places.ts. */
const START = OWN;
const END: number = OWN + 1;
/** End of the first window that the slice belongs to. */
const FIRST_END: number = OWN + 2;
/** Changes the place of a key from slice to slice. */
const SALT: number = OWN + 3;
const NUMBERS: number = OWN + 4;

/** What is folded. */
export interface PreAggregateOptions {
  readonly assigner: SliceableAssigner;
  readonly keyFields: readonly string[];
  readonly accumulators: Accumulators;
}

/** Whether keys with these fields can be told apart by `===`. */
export function canPreAggregate(type: RecordType, keyFields: readonly string[]): boolean {
  return keyFields.every((key) => {
    const kind = type.descriptor.fields.find(({ name }) => name === key)?.type.kind;
    return kind !== undefined && kind !== 'bytes' && kind !== 'list' && kind !== 'record';
  });
}

/** One instance. Owner: the subtask's worker. */
export class PreAggregateOperator implements Operator {
  readonly process: ProcessRow;
  readonly #context: OperatorContext;
  readonly #accumulators: Accumulators;
  readonly #keyFields: readonly string[];
  readonly #slicing: Slicing;
  readonly #numbers: Float64Array = new Float64Array(NUMBERS);
  /** By place: words, start of the slice, and the key's fields. A place whose word 0 is 0 is free. */
  readonly #words: Float64Array;
  readonly #starts: Float64Array = new Float64Array(PLACES);
  readonly #keys: readonly unknown[][];
  readonly #row: Record<string, unknown> = {};
  /** No window that a partial result belongs to ends before. */
  #due = Infinity;
  /** The place at which the next call goes on. */
  #place = 0;
  #dueNext = Infinity;

  constructor(context: OperatorContext, options: PreAggregateOptions) {
    const { accumulators, keyFields } = options;
    this.#context = context;
    this.#accumulators = accumulators;
    this.#keyFields = keyFields;
    this.#slicing = slicingOf(options.assigner);
    this.#words = new Float64Array(PLACES * accumulators.stride);
    this.#keys = keyFields.map(() => Array.from<unknown>({ length: PLACES }).fill(0));
    for (const name of keyFields) this.#row[name] = undefined;
    for (let k = 0; k < accumulators.stride; k++) this.#row[wordField(k)] = 0;
    context.memory.reserve(this.#bytes);
    this.process = this.#compile() ?? this.#plain();
  }

  onWatermark(watermark: number): boolean {
    if (this.#due - 1 > watermark) return true;
    return this.#send(watermark, FINISH_ROWS_MAX);
  }

  prepareSnapshot(): boolean {
    return this.#send(Infinity, FINISH_ROWS_MAX);
  }

  /** The input is idle: what waits would only be late. */
  flush(): void {
    this.#send(Infinity, PLACES);
  }

  close(): void {
    this.#context.memory.reserve(-this.#bytes);
  }

  get #bytes(): number {
    return this.#words.byteLength + this.#starts.byteLength + PLACES * 8 * this.#keys.length;
  }

  #compile(): ProcessRow | undefined {
    const { stride, bindings } = this.#accumulators;
    const fields = this.#keyFields;
    const key = keyPlaceText(fields, `numbers[${SALT}]`, PLACES);
    const text = `${HASH_OF}
return function process(row, timestamp) {
  if (current.rowKind !== 0) refuse();
  if (!(timestamp >= numbers[${START}] && timestamp < numbers[${END}])) locate(timestamp);
  ${key.find}
  const o = place * ${stride};
  numbers[${ROWS}]++;
  const alone = numbers[${PASSING}] > 0 || numbers[${FIRST_END}] - 1 <= current.watermark;
  const rows = words[o];
  if (rows === 0 || starts[place] !== numbers[${START}] || !(${key.same})) {
    if (rows !== 0) miss(place);
    starts[place] = numbers[${START}];
    ${key.take}
    { const rows = 0; ${this.#accumulators.addText(wordsAt('words', 'o'), 'properties')} }
    words[o] = 1;
    held();
  } else {
    ${this.#accumulators.addText(wordsAt('words', 'o'), 'properties')}
    words[o] = rows + 1;
  }
  if (alone) pass(place);
};`;
    const { current } = this.#context;
    return generate<ProcessRow>('pre-aggregate', text, {
      ...bindings,
      current,
      failProperty: (row: unknown) => this.#failProperty(row),
      hashOther,
      held: () => this.#held(),
      keys: this.#keys,
      locate: (timestamp: number) => this.#locate(timestamp),
      miss: (place: number) => this.#miss(place),
      numbers: this.#numbers,
      pass: (place: number) => this.#pass(place),
      refuse: () => failChangelog(this.#context),
      starts: this.#starts,
      words: this.#words,
    });
  }

  /** Without generated code: every row alone. */
  #plain(): ProcessRow {
    const { codec } = this.#context.inputs[0]!;
    const input = new RowBytes(codec!);
    return (row, timestamp) => {
      if (this.#context.current.rowKind !== 0) failChangelog(this.#context);
      this.#locate(timestamp);
      // Checks what the row holds.
      input.take(row);
      this.#accumulators.add(this.#words, 0, row, timestamp);
      this.#starts[0] = this.#numbers[START]!;
      this.#keyFields.forEach((name, i) => {
        this.#keys[i]![0] = (row as Record<string, unknown>)[name];
      });
      this.#emit(0);
    };
  }

  #locate(timestamp: number): void {
    if (timestamp === NO_TIMESTAMP) this.#failTimestamp();
    const start = this.#slicing.startOf(timestamp);
    const numbers = this.#numbers;
    numbers[START] = start;
    numbers[END] = this.#slicing.endOf(start);
    numbers[FIRST_END] = this.#slicing.nextEnd(start, start);
    numbers[SALT] = Math.imul(numbers[END]! | 0, 0x85ebca6b);
  }

  /** A place was taken for the slice at hand. */
  #held(): void {
    const end = this.#numbers[FIRST_END]!;
    if (end < this.#due) this.#due = end;
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

  /** Sends partial results of windows that end by the watermark, `max` at most; false while there are more. */
  #send(watermark: number, max: number): boolean {
    const { stride } = this.#accumulators;
    let left = max;
    if (this.#place === 0) this.#dueNext = Infinity;
    for (let place = this.#place; place < PLACES; place++) {
      if (this.#words[place * stride] === 0) continue;
      const start = this.#starts[place]!;
      const end = this.#slicing.nextEnd(start, start);
      if (end - 1 > watermark) {
        if (end < this.#dueNext) this.#dueNext = end;
        continue;
      }
      if (left-- === 0) {
        this.#place = place;
        return false;
      }
      this.#emit(place);
    }
    this.#place = 0;
    this.#due = this.#dueNext;
    return true;
  }

  #emit(place: number): void {
    const { stride } = this.#accumulators;
    const row = this.#row;
    const words = this.#words;
    const o = place * stride;
    const fields = this.#keyFields;
    for (let i = 0; i < fields.length; i++) row[fields[i]!] = this.#keys[i]![place];
    for (let k = 0; k < stride; k++) {
      row[WORD_FIELDS[k] ?? wordField(k)] = words[o + k];
      words[o + k] = 0;
    }
    this.#context.output.emit(row, this.#starts[place]!);
  }

  #failTimestamp(): never {
    const { operatorName: operator } = this.#context;
    throw new EngineError('ERR_OPERATORS_NO_TIMESTAMP', { operator }, { place: { operator } });
  }

  /** A value that no codec takes: encoding the row says which. */
  #failProperty(row: unknown): void {
    new RowBytes(this.#context.inputs[0]!.codec!).encode(row);
  }
}

/** Names of the first words, made once. */
const WORD_FIELDS: readonly string[] = Array.from({ length: 32 }, (_, k) => wordField(k));
