/**
 * Aggregates that are always up to date: a changelog of one result per key.
 *
 * Streaming: the first row of a key inserts its result, each further row updates it (-U with the old result, +U with the
 * new), and when the last row was taken out the result is deleted. A result that does not change is not emitted. With
 * mini-batches rows are folded at once, and what changed is emitted later: after some time, when enough keys changed,
 * when the input is idle, and always before a watermark or a barrier passes. Batch: one insert per key at the end.
 *
 * A result carries the timestamp of the row that changed it; in mini-batches and batch mode the largest of its rows. It has
 * the fields of the key (`key` when that is a function) and the aggregates by name. Rows that are taken out (-U, -D) are
 * looked for in the key's accumulator; for a key without any they are passed over.
 */

import { END_OF_TIME, RowKind } from '../record/index.ts';
import { IntColumns } from '../state/index.ts';
import type { KeyedBackend, KeyResolver, OperatorSnapshot } from '../state/index.ts';
import { AccumulatorPart } from './accumulator-part.ts';
import { Accumulators, retractable } from './aggregate/index.ts';
import type { AggregateSpec } from './aggregate/index.ts';
import { aggregateFunctions, describeAggregates } from './aggregate/describe.ts';
import { failChangelog } from './changelog.ts';
import { compileContinuous } from './continuous-kernel.ts';
import { sameValue } from './join/same-value.ts';
import { keyedBackend } from './keyed-backend.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { Operator, OperatorContext, RestoredState, Transformation } from './operator.ts';
import { RowBytes } from './row-bytes.ts';
import { ttlOptions } from './row-ttl.ts';
import type { RowTtl } from './row-ttl.ts';

/** How results are emitted; plain data for the plan. */
export interface ContinuousSettings {
  /** Whether rows may be taken out: the input is a changelog. */
  readonly retract: boolean;
  /** Whether updates are preceded by the old result (-U); without it they are upserts by key. */
  readonly updateBefore: boolean;
  readonly miniBatch: {
    /** Most keys that changed and were not emitted, ≥ 1. */
    readonly keysMax: number;
    /** Longest time that a change waits, milliseconds; null: until the input is idle. */
    readonly latencyMs: number | null;
  } | null;
  /** Forgets keys without rows for so long, by the clock or the watermark, without a change in the results. */
  readonly ttl: RowTtl | null;
}

/** A result row, used again for every result. */
type Result = Record<string, unknown>;

/** Name of the part in snapshots. */
const PART = 'aggregates';

/**
 * Continuous aggregates by key; of the whole stream when it is not keyed.
 *
 * @throws ERR_OPERATORS_RETRACT when an instance is made: rows may be taken out, and an aggregate cannot
 * @throws ERR_OPERATORS_CHANGELOG at run time, for a row that is no insert without `retract`
 * @example
 * continuousAggregateTransformation(
 *   { bids: count() },
 *   { retract: false, updateBefore: true, miniBatch: null, ttl: null },
 * );
 */
export function continuousAggregateTransformation(
  spec: AggregateSpec,
  settings: ContinuousSettings,
): Transformation {
  const aggregates = describeAggregates(spec);
  return {
    kind: 'aggregate',
    params: { aggregates, ...settings, ttl: settings.ttl && { ...settings.ttl } },
    functions: aggregateFunctions(spec),
    keyed: false,
    stateful: true,
    changelog: 'makes',
    create: (context) => new ContinuousAggregate(context, spec, settings),
  };
}

export class ContinuousAggregate implements Operator {
  /** @throws ERR_OPERATORS_CHANGELOG, ERR_STATE_QUOTA, and what aggregates throw */
  readonly process: (row: unknown, timestamp: number) => void;
  readonly #context: OperatorContext;
  readonly #settings: ContinuousSettings;
  readonly #backend: KeyedBackend;
  readonly #part: AccumulatorPart;
  readonly #resolve: KeyResolver;
  readonly #keyed: boolean;
  /** Fields of the key in results; undefined for a key function. */
  readonly #keyFields: readonly string[] | undefined;
  readonly #names: readonly string[];
  /** Nothing is emitted before the end. */
  readonly #batch: boolean;
  readonly #before: Result = {};
  readonly #after: Result = {};
  /**
   * Keys that changed since the last emission, the results they had (null: none), the largest timestamps of the rows since;
   * and by key its place in these lists, + 1.
   */
  #dirty: number[] = [];
  #old: (Result | null)[] = [];
  #times: number[] = [];
  readonly #places: IntColumns;
  #emitted = 0;
  #dueMs = Infinity;
  #ids: Iterator<number> | undefined = undefined;

  /** @param codegen false for the plain way */
  constructor(
    context: OperatorContext,
    spec: AggregateSpec,
    settings: ContinuousSettings,
    codegen = true,
  ) {
    const { type, key } = context.inputs[0]!;
    const input = { operator: context.operatorName, type };
    this.#context = context;
    this.#settings = settings;
    this.#batch = context.executionMode === 'batch';
    this.#keyed = key !== undefined;
    this.#keyFields = key === undefined ? [] : key.fields;
    this.#names = Object.keys(spec);
    this.#backend = keyedBackend(context);
    this.#part = new AccumulatorPart(this.#backend, {
      name: PART,
      accumulators: new Accumulators(settings.retract ? retractable(spec, input) : spec, input),
      aggregates: [describeAggregates(spec), settings.retract],
      ttl: ttlOptions(context, settings.ttl),
    });
    this.#backend.register(this.#part);
    this.#resolve = this.#backend.keys.resolver(0);
    this.#places = new IntColumns(this.#backend.account(PART), 1);
    const slow = (row: unknown, timestamp: number): void => this.#plain(row, timestamp);
    this.process = (codegen ? this.#compile(slow) : undefined) ?? slow;
  }

  snapshot(): OperatorSnapshot {
    return { keyed: this.#backend.snapshot(), operator: [] };
  }

  restore({ keyed }: RestoredState): void {
    const { first, last } = this.#context.keyGroups;
    this.#backend.restore(keyed, first, last);
  }

  #plain(row: unknown, timestamp: number): void {
    const { current } = this.#context;
    const { rowKind } = current;
    if (rowKind !== RowKind.insert && !this.#settings.retract) failChangelog(this.#context);
    const adds = rowKind === RowKind.insert || rowKind === RowKind.updateAfter;
    const part = this.#part;
    const id = this.#resolve(row, this.#keyed ? current.keyHash : 0);
    part.touch(id);
    const page = part.page(id);
    const at = part.at(id);
    const rows = page[at]!;
    if (rows === 0 && !adds) {
      this.#backend.keys.settle(id);
      return;
    }
    const direct = !this.#batch && this.#settings.miniBatch === null;
    if (this.#batch) {
      if (rows === 0 || timestamp > page[at + part.stride]!) page[at + part.stride] = timestamp;
    } else if (!direct) this.#markDirty(id, rows, timestamp);
    else if (rows > 0) this.#fill(this.#before, id);
    if (adds) this.#add(id, page, at, row, timestamp);
    else this.#retract(id, page, at, row, timestamp);
    if (direct) {
      if (page[at] !== 0) this.#fill(this.#after, id);
      this.#emit(rows > 0 ? this.#before : null, page[at] !== 0, timestamp);
    }
    if (page[at] === 0) {
      part.clear(id, true);
      this.#backend.keys.settle(id);
    }
  }

  onWatermark(watermark: number): boolean {
    // What an event-time ttl kept back is decided by then.
    return watermark === END_OF_TIME && this.#batch ? true : this.#emitDirty();
  }

  processingTimeDue(): number {
    return this.#dueMs;
  }

  onProcessingTime(): boolean {
    return this.#emitDirty();
  }

  prepareSnapshot(): boolean {
    return this.#emitDirty();
  }

  /** The input is idle: without a latency what changed goes out with the next step. */
  flush(): void {
    if (this.#settings.miniBatch?.latencyMs === null && this.#dirty.length > 0) this.#dueMs = 0;
  }

  finish(): boolean {
    if (!this.#batch) return this.#emitDirty();
    const ids = (this.#ids ??= this.#backend.keys.ids());
    const part = this.#part;
    for (let n = 0; n < FINISH_ROWS_MAX; n++) {
      const { done, value: id } = ids.next();
      if (done === true) return true;
      if (!part.has(id)) continue;
      this.#fill(this.#after, id);
      this.#context.output.emit(this.#after, part.words.get(id, part.stride));
    }
    return false;
  }

  close(): void {
    this.#places.dispose();
    this.#backend.dispose();
  }

  #compile(
    slow: (row: unknown, timestamp: number) => void,
  ): ((row: unknown, timestamp: number) => void) | undefined {
    const { codec, type } = this.#context.inputs[0]!;
    const { updateBefore, miniBatch } = this.#settings;
    const { keys } = this.#backend;
    const bytes = type !== undefined && codec !== undefined && !codec.generic;
    const direct = updateBefore ? 'update' : 'upsert';
    return compileContinuous(this.#context, {
      part: this.#part,
      resolve: this.#resolve,
      keyed: this.#keyed,
      names: this.#names,
      input: bytes ? new RowBytes(codec) : undefined,
      before: this.#before,
      after: this.#after,
      mode: this.#batch ? 'batch' : miniBatch === null ? direct : 'miniBatch',
      retain: (id) => keys.retain(id),
      project: (id) => {
        this.#project(this.#after, id);
        if (updateBefore) this.#project(this.#before, id);
      },
      markDirty: (id, rows, timestamp) => this.#markDirty(id, rows, timestamp),
      slow,
    });
  }

  #add(id: number, page: Float64Array, at: number, row: unknown, timestamp: number): void {
    const part = this.#part;
    if (page[at] === 0) this.#backend.keys.retain(id);
    part.accumulators.add(page, at, row, timestamp);
    const heap = part.heapOf(id);
    if (heap !== undefined) part.grow(part.accumulators.addHeap(heap, row, timestamp));
  }

  #retract(id: number, page: Float64Array, at: number, row: unknown, timestamp: number): void {
    const { accumulators } = this.#part;
    const heap = this.#part.heapOf(id) ?? NOTHING;
    const before = accumulators.heapBytes(heap);
    accumulators.retract(page, at, heap, row, timestamp);
    this.#part.grow(accumulators.heapBytes(heap) - before);
  }

  /** Before the first change of a key since the last emission: keeps the result that was emitted. */
  #markDirty(id: number, rows: number, timestamp: number): void {
    this.#places.ensure(id);
    const place = this.#places.get(id, 0);
    if (place !== 0) {
      if (timestamp > this.#times[place - 1]!) this.#times[place - 1] = timestamp;
      return;
    }
    const { keysMax, latencyMs } = this.#settings.miniBatch!;
    const old: Result | null = rows === 0 ? null : {};
    if (old !== null) this.#fill(old, id);
    this.#dirty.push(id);
    this.#old.push(old);
    this.#times.push(timestamp);
    this.#places.set(id, 0, this.#dirty.length);
    this.#backend.keys.retain(id);
    if (this.#dirty.length >= keysMax) this.#dueMs = 0;
    else if (this.#dirty.length === 1 && latencyMs !== null) {
      this.#dueMs = this.#context.nowMs() + latencyMs;
    }
  }

  /** Emits what changed; false when there is more for another call. */
  #emitDirty(): boolean {
    const part = this.#part;
    const { keys } = this.#backend;
    // A change is two rows at most.
    const end = Math.min(this.#dirty.length, this.#emitted + FINISH_ROWS_MAX / 2);
    while (this.#emitted < end) {
      const id = this.#dirty[this.#emitted]!;
      const old = this.#old[this.#emitted]!;
      const timestamp = this.#times[this.#emitted++]!;
      const there = part.has(id);
      if (there) this.#fill(this.#after, id);
      this.#emit(old, there, timestamp);
      this.#places.set(id, 0, 0);
      keys.release(id);
      keys.settle(id);
    }
    if (this.#emitted < this.#dirty.length) return false;
    this.#dirty = [];
    this.#old = [];
    this.#times = [];
    this.#emitted = 0;
    this.#dueMs = Infinity;
    return true;
  }

  /** The change from `old` to what `#after` holds, if there is one. */
  #emit(old: Result | null, there: boolean, timestamp: number): void {
    const { output } = this.#context;
    const after = this.#after;
    if (!there) {
      if (old !== null) output.emitChange(RowKind.delete, old, timestamp);
      return;
    }
    if (old === null) {
      output.emit(after, timestamp);
      return;
    }
    if (this.#same(old, after)) return;
    if (this.#settings.updateBefore) output.emitChange(RowKind.updateBefore, old, timestamp);
    output.emitChange(RowKind.updateAfter, after, timestamp);
  }

  #same(a: Result, b: Result): boolean {
    const names = this.#names;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      if (!sameValue(a[name], b[name])) return false;
    }
    return true;
  }

  #project(target: Result, id: number): void {
    const { keys } = this.#backend;
    if (this.#keyFields === undefined) target['key'] = keys.keyOf(id);
    else if (this.#keyFields.length > 0) keys.project(id, target, this.#keyFields);
  }

  /** Key fields and results of a key that has rows. */
  #fill(target: Result, id: number): void {
    this.#project(target, id);
    const part = this.#part;
    part.accumulators.resultsInto(target, part.page(id), part.at(id), part.heapOf(id));
  }
}

/** Heap values of aggregates that have none. */
const NOTHING: unknown[] = [];
