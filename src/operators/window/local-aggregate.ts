/**
 * Folds the rows of a whole stream by a user's aggregate function where they are produced: what goes to the one subtask that
 * owns the windows is an accumulator for many rows of a slice.
 *
 * Accumulators leave as the partial results of pre-aggregate.ts do: when the watermark reaches the end of a window that they
 * belong to, before a barrier, and when the input is idle. One that has grown beyond `PART_BYTES_MAX` leaves at once, so
 * that none is too large for a ring. A row that is late here already is passed on alone.
 *
 * Hot path: one call of the user's `add`; size and slice are looked at seldom.
 * Law (test/operators/window/local-aggregate.property.test.ts): merged in the order of their slices, the windows are those
 * of the rows themselves; rows of one slice stay in their order.
 */

import { EngineError } from '../../base/index.ts';
import { NO_TIMESTAMP } from '../../record/index.ts';
import { estimateBytes } from '../../state/index.ts';
import type { AggregateFunction } from '../aggregate-function.ts';
import { failChangelog } from '../changelog.ts';
import { generate } from '../generated.ts';
import { keptRow } from '../kept-row.ts';
import { FINISH_ROWS_MAX } from '../operator.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { accumulatorBytes } from './accumulator-rows.ts';
import type { AccumulatorRow } from './accumulator-rows.ts';
import type { ProcessRow } from './slice-kernel.ts';
import { slicingOf } from './slicing.ts';
import type { SliceableAssigner, Slicing } from './slicing.ts';

/** An accumulator of about so many bytes leaves at once. */
export const PART_BYTES_MAX: number = 16 << 10;

/** Indexes into the bounds of the slice at hand. */
const START = 0;
const END = 1;
/** End of the first window that the slice belongs to. */
const FIRST_END = 2;

/** What one slice has come to. */
class Part {
  readonly start: number;
  readonly end: number;
  readonly firstEnd: number;
  value: unknown = undefined;
  rows = 0;
  /** At so many rows its size is looked at: whenever they have doubled. */
  lookAt = 1;
  bytes = 0;

  constructor(start: number, end: number, firstEnd: number, value: unknown) {
    this.start = start;
    this.end = end;
    this.firstEnd = firstEnd;
    this.value = value;
  }
}

/** One instance. Owner: the subtask's worker. */
export class LocalAggregateOperator implements Operator {
  readonly process: ProcessRow;
  readonly #context: OperatorContext;
  readonly #aggregate: AggregateFunction;
  readonly #slicing: Slicing;
  /** By start. */
  readonly #parts: Part[] = [];
  /** The part of the row that came last; only within the bounds. */
  readonly #hand: { part: Part } = { part: new Part(0, 0, 0, undefined) };
  /** Start and end of that part, an empty range when there is none, and the end of its first window. */
  readonly #bounds: Float64Array = new Float64Array(3);
  readonly #row: AccumulatorRow = { accumulator: new Uint8Array(0) };
  #bytes = 0;

  constructor(
    context: OperatorContext,
    assigner: SliceableAssigner,
    aggregate: AggregateFunction,
    compile: boolean = true,
  ) {
    this.#context = context;
    this.#aggregate = aggregate;
    this.#slicing = slicingOf(assigner);
    this.process = (compile ? this.#compile() : undefined) ?? this.#plain();
  }

  onWatermark(watermark: number): boolean {
    return this.#send(watermark);
  }

  prepareSnapshot(): boolean {
    return this.#send(Infinity);
  }

  /** The input is idle: what waits would only be late. */
  flush(): void {
    while (!this.#send(Infinity));
  }

  close(): void {
    this.#reserve(-this.#bytes);
  }

  #compile(): ProcessRow | undefined {
    const text = `return function process(row, timestamp) {
  if (current.rowKind !== 0) refuse();
  if (!(timestamp >= bounds[${START}] && timestamp < bounds[${END}])) locate(timestamp);
  const part = hand.part;
  const before = part.value;
  const value = aggregate.add(before, row);
  if (value !== before) part.value = kept(value);
  if (++part.rows === part.lookAt) look(part);
  if (bounds[${FIRST_END}] - 1 <= current.watermark) alone(part);
};`;
    return generate<ProcessRow>('local-aggregate', text, {
      aggregate: this.#aggregate,
      alone: (part: Part) => this.#alone(part),
      bounds: this.#bounds,
      current: this.#context.current,
      hand: this.#hand,
      kept: keptRow,
      locate: (timestamp: number) => this.#locate(timestamp),
      look: (part: Part) => this.#look(part),
      refuse: () => failChangelog(this.#context),
    });
  }

  /** The same without generated code. */
  #plain(): ProcessRow {
    const bounds = this.#bounds;
    const { current } = this.#context;
    return (row, timestamp) => {
      if (current.rowKind !== 0) failChangelog(this.#context);
      if (!(timestamp >= bounds[START]! && timestamp < bounds[END]!)) this.#locate(timestamp);
      const { part } = this.#hand;
      part.value = keptRow(this.#aggregate.add(part.value, row));
      if (++part.rows === part.lookAt) this.#look(part);
      if (bounds[FIRST_END]! - 1 <= current.watermark) this.#alone(part);
    };
  }

  /** Makes the part of this timestamp the one at hand. */
  #locate(timestamp: number): void {
    if (timestamp === NO_TIMESTAMP) this.#failTimestamp();
    const parts = this.#parts;
    let place = parts.length;
    while (place > 0 && parts[place - 1]!.start > timestamp) place--;
    let part = place > 0 ? parts[place - 1]! : undefined;
    if (part === undefined || timestamp >= part.end) {
      const start = this.#slicing.startOf(timestamp);
      const firstEnd = this.#slicing.nextEnd(start, start);
      part = new Part(start, this.#slicing.endOf(start), firstEnd, this.#aggregate.create());
      parts.splice(place, 0, part);
    }
    this.#hand.part = part;
    this.#bounds[START] = part.start;
    this.#bounds[END] = part.end;
    this.#bounds[FIRST_END] = part.firstEnd;
  }

  /** Looks how large an accumulator is. @throws ERR_STATE_QUOTA */
  #look(part: Part): void {
    part.lookAt *= 2;
    const bytes = estimateBytes(part.value);
    this.#reserve(bytes - part.bytes);
    part.bytes = bytes;
    if (bytes > PART_BYTES_MAX) this.#alone(part);
  }

  /** Sends one part ahead of the others. */
  #alone(part: Part): void {
    // It may have been too large and gone already.
    const place = this.#parts.indexOf(part);
    if (place < 0) return;
    this.#parts.splice(place, 1);
    this.#emit(part);
  }

  /** Sends the parts of windows that end by the watermark; false while there are more. */
  #send(watermark: number): boolean {
    const parts = this.#parts;
    let sent = 0;
    // Slices that begin later have windows that end no sooner.
    while (sent < parts.length && sent < FINISH_ROWS_MAX && parts[sent]!.firstEnd - 1 <= watermark)
      this.#emit(parts[sent++]!);
    parts.splice(0, sent);
    const [next] = parts;
    return next === undefined || next.firstEnd - 1 > watermark;
  }

  #emit(part: Part): void {
    this.#bounds.fill(0, START, FIRST_END);
    this.#reserve(-part.bytes);
    this.#row.accumulator = accumulatorBytes(part.value, this.#context);
    this.#context.output.emit(this.#row, part.start);
  }

  #reserve(bytes: number): void {
    this.#context.memory.reserve(bytes);
    this.#bytes += bytes;
  }

  #failTimestamp(): never {
    const { operatorName: operator } = this.#context;
    throw new EngineError('ERR_OPERATORS_NO_TIMESTAMP', { operator }, { place: { operator } });
  }
}
