/**
 * Aggregates that are always up to date: a changelog of one result per key.
 *
 * Streaming: the first row of a key inserts its result, each further row updates it (-U with the old result, +U with the
 * new), and when the last row was taken out the result is deleted. A result that does not change is not emitted. With
 * mini-batches rows are folded at once, and what changed is emitted later: when enough keys changed, before a barrier
 * passes, and either when the input is idle and before a watermark passes, or, with a latency, after that time. Watermarks
 * wait for the mini-batch then, as for Flink's, since sources may send them with every few rows. Batch: one insert per key at
 * the end.
 *
 * A result carries the timestamp of the row that changed it; in mini-batches and batch mode the largest of its rows. It has
 * the fields of the key (`key` when that is a function) and the aggregates by name. Rows that are taken out (-U, -D) are
 * looked for in the key's accumulator; for a key without any they are passed over.
 */

import { RowKind } from '../record/index.ts';
import type { RecordType } from '../record/index.ts';
import type { KeyedBackend, KeyResolver, OperatorSnapshot } from '../state/index.ts';
import { AccumulatorPart } from './accumulator-part.ts';
import { Accumulators, retractable } from './aggregate/index.ts';
import type { AggregateSpec } from './aggregate/index.ts';
import { describeAggregates } from './aggregate/describe.ts';
import { ChangedKeys } from './changed-keys.ts';
import type { Result } from './changed-keys.ts';
import { failChangelog } from './changelog.ts';
import { compileContinuous, compileResults, compileSame } from './continuous-kernel.ts';
import type { FillResults } from './continuous-kernel.ts';
import { continuousPartials, continuousRows } from './continuous-partials.ts';
import type { ContinuousSource } from './continuous-partials.ts';
import type { ContinuousSettings } from './continuous-settings.ts';
import { keyedBackend } from './keyed-backend.ts';
import { MiniBatch } from './mini-batch.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { Operator, OperatorContext, RestoredState } from './operator.ts';
import { RowBytes } from './row-bytes.ts';
import { ttlOptions } from './row-ttl.ts';

/** Name of the part in snapshots. */
const PART = 'aggregates';

/** One instance. Owner: the subtask's worker. */
export class ContinuousAggregate implements Operator {
  /** @throws ERR_OPERATORS_CHANGELOG, ERR_STATE_QUOTA, and what aggregates throw */
  readonly process: (row: unknown, timestamp: number) => void;
  readonly ownWatermarks: boolean;
  readonly #context: OperatorContext;
  readonly #settings: ContinuousSettings;
  readonly #backend: KeyedBackend;
  readonly #part: AccumulatorPart;
  readonly #source: ContinuousSource;
  readonly #resolve: KeyResolver;
  readonly #keyed: boolean;
  /** Fields of the key in results; undefined for a key function. */
  readonly #keyFields: readonly string[] | undefined;
  readonly #names: readonly string[];
  /** Nothing is emitted before the end. */
  readonly #batch: boolean;
  readonly #before: Result;
  readonly #after: Result;
  readonly #fillResults: FillResults;
  readonly #same: (a: Result, b: Result) => boolean;
  /** The key whose fields stand in the result rows, -1 for none. */
  readonly #shown: Int32Array = new Int32Array(1).fill(-1);
  readonly #changed: ChangedKeys;
  readonly #miniBatch: MiniBatch;
  #ids: Iterator<number> | undefined = undefined;

  /**
   * @param codegen false for the plain way
   * @param rowType of the rows, where partial results come instead of them
   */
  constructor(
    context: OperatorContext,
    spec: AggregateSpec,
    settings: ContinuousSettings,
    codegen = true,
    rowType?: RecordType,
  ) {
    const { type, key } = context.inputs[0]!;
    const input = { operator: context.operatorName, type: settings.partial ? rowType : type };
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
    this.#before = this.#createResult();
    this.#after = this.#createResult();
    const { accumulators } = this.#part;
    this.#source = settings.partial
      ? continuousPartials(accumulators, type!)
      : continuousRows(accumulators);
    this.#fillResults = codegen
      ? compileResults(accumulators)
      : (target, page, o, heap) => accumulators.resultsInto(target, page, o, heap);
    this.#same = compileSame(this.#names);
    this.#changed = new ChangedKeys(this.#backend.account(PART), () => this.#createResult());
    this.#miniBatch = new MiniBatch(context, {
      settings: this.#batch ? null : settings.miniBatch,
      keys: this.#backend.keys,
      changed: this.#changed,
      emit: (place) => this.#emitChanged(place),
    });
    this.ownWatermarks = this.#miniBatch.ownWatermarks;
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
    // The ids of keys that are let go of are given to others.
    this.#shown[0] = -1;
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
    } else if (!direct) this.#mark(id, rows, timestamp);
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
    return this.#miniBatch.onWatermark(watermark);
  }

  onStatus(idle: boolean): void {
    this.#miniBatch.onStatus(idle);
  }

  processingTimeDue(): number {
    return this.#miniBatch.dueMs;
  }

  onProcessingTime(): boolean {
    return this.#miniBatch.onProcessingTime();
  }

  prepareSnapshot(): boolean {
    return this.#miniBatch.emitAll();
  }

  flush(): void {
    this.#miniBatch.flush();
  }

  finish(): boolean {
    if (!this.#batch) return this.#miniBatch.emitAll();
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
    this.#miniBatch.dispose();
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
      source: this.#source,
      before: this.#before,
      after: this.#after,
      mode: this.#batch ? 'batch' : miniBatch === null ? direct : 'miniBatch',
      changed: this.#changed,
      shown: this.#shown,
      retain: (id) => keys.retain(id),
      project: (id) => {
        this.#project(this.#after, id);
        if (updateBefore) this.#copyKey(this.#before);
        // A key that is not held any more is not there when its id is given to another.
        this.#shown[0] = id;
      },
      markChanged: (id, rows, timestamp) => this.#mark(id, rows, timestamp),
      slow,
    });
  }

  #add(id: number, page: Float64Array, at: number, row: unknown, timestamp: number): void {
    const part = this.#part;
    if (page[at] === 0) this.#backend.keys.retain(id);
    part.grow(this.#source.add(page, at, part.heapOf(id), row, timestamp));
  }

  #retract(id: number, page: Float64Array, at: number, row: unknown, timestamp: number): void {
    const { accumulators } = this.#part;
    const heap = this.#part.heapOf(id) ?? NOTHING;
    const before = accumulators.heapBytes(heap);
    accumulators.retract(page, at, heap, row, timestamp);
    this.#part.grow(accumulators.heapBytes(heap) - before);
  }

  /** Before a change of a key: at its first one since the last emission the result that was emitted is kept. */
  #mark(id: number, rows: number, timestamp: number): void {
    const old = this.#miniBatch.mark(id, rows > 0, timestamp);
    if (old !== undefined && rows > 0) this.#fillAggregates(old, id);
  }

  /** Emits what changed of the key at a place. */
  #emitChanged(place: number): number {
    const changed = this.#changed;
    const id = changed.ids[place]!;
    const old = changed.resultAt(place);
    const there = this.#part.has(id);
    this.#shown[0] = -1;
    this.#project(this.#after, id);
    if (there) this.#fillAggregates(this.#after, id);
    if (old !== null) this.#copyKey(old);
    this.#emit(old, there, changed.times[place]!);
    return 2;
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

  /** An object with all names in their order. */
  #createResult(): Result {
    const row: Result = {};
    for (const name of this.#keyFields ?? ['key']) row[name] = undefined;
    for (const name of this.#names) row[name] = undefined;
    return row;
  }

  #project(target: Result, id: number): void {
    const { keys } = this.#backend;
    if (this.#keyFields === undefined) target['key'] = keys.keyOf(id);
    else if (this.#keyFields.length > 0) keys.project(id, target, this.#keyFields);
  }

  /** Copies the fields of the key from `#after`. */
  #copyKey(target: Result): void {
    const fields = this.#keyFields;
    if (fields === undefined) target['key'] = this.#after['key'];
    else for (let i = 0; i < fields.length; i++) target[fields[i]!] = this.#after[fields[i]!];
  }

  /** Key fields and results of a key that has rows. */
  #fill(target: Result, id: number): void {
    this.#project(target, id);
    this.#fillAggregates(target, id);
  }

  #fillAggregates(target: Result, id: number): void {
    const part = this.#part;
    this.#fillResults(target, part.page(id), part.at(id), part.heapOf(id));
  }
}

/** Heap values of aggregates that have none. */
const NOTHING: unknown[] = [];
