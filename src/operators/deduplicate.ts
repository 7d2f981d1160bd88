/**
 * One row per key: the first or the last, by time of arrival or by timestamp. Flink SQL's deduplication.
 *
 *     first, processing    emitted when it comes; further rows of the key are dropped. Inserts only.
 *     last, processing     every row takes the place of the one before: +I, then -U +U. Takes changelogs: an updated row
 *                          counts as a new one, a deleted row takes the key out again (-D).
 *     first, event         a row with a smaller timestamp takes the place: +I, then -U +U.
 *     last, event          a row with the same or a larger timestamp takes the place: +I, then -U +U.
 *
 * In mini-batches rows are kept at once, and the change of each key, from the row that it had shown to the one that it has,
 * goes out later, see mini-batch.ts; inserts of first rows never wait.
 *
 * Changes carry the timestamp of the row that made them; in mini-batches the largest of the key's. Batch: the row of each key, with its own timestamp, at the end.
 */

import { NO_TIMESTAMP, RowKind } from '../record/index.ts';
import type { KeyedBackend, KeyResolver, OperatorSnapshot } from '../state/index.ts';
import { ChangedKeys } from './changed-keys.ts';
import { failChangelog } from './changelog.ts';
import { failNoTimestamp } from './join/join-result.ts';
import { keptRows } from './kept-rows.ts';
import type { KeptRows } from './kept-rows.ts';
import { keyedBackend } from './keyed-backend.ts';
import { MiniBatch } from './mini-batch.ts';
import type { MiniBatchSettings } from './mini-batch.ts';
import { NumberPart } from './number-part.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { Operator, OperatorContext, RestoredState, Transformation } from './operator.ts';
import { ttlOptions } from './row-ttl.ts';
import type { RowTtl } from './row-ttl.ts';
import { ShownRows } from './shown-rows.ts';

/** Name of the part in snapshots. */
const PART = 'row';

/** Plain data for the plan. */
export interface DeduplicateSettings {
  readonly keep: 'first' | 'last';
  readonly by: 'event' | 'processing';
  /** Whether updates are preceded by the old row (-U); without it they are upserts by key. */
  readonly updateBefore: boolean;
  /** Null: every change goes out at once. */
  readonly miniBatch: MiniBatchSettings | null;
  readonly ttl: RowTtl | null;
}

/**
 * The first or last row of each key.
 *
 * @throws ERR_OPERATORS_NO_TIMESTAMP at run time, for a row without a timestamp where rows are kept by event time
 * @throws ERR_OPERATORS_CHANGELOG at run time, for a row that is no insert, but where the last to come is kept
 * @example
 * deduplicateTransformation({ keep: 'first', by: 'processing', updateBefore: true, miniBatch: null, ttl: null });
 */
export function deduplicateTransformation(settings: DeduplicateSettings): Transformation {
  const inserts = settings.keep === 'first' && settings.by === 'processing';
  return {
    kind: 'deduplicate',
    params: {
      ...settings,
      miniBatch: settings.miniBatch && { ...settings.miniBatch },
      ttl: settings.ttl && { ...settings.ttl },
    },
    functions: {},
    keyed: true,
    stateful: true,
    ...(inserts ? {} : { changelog: 'makes' as const }),
    create: (context) =>
      inserts ? new FirstRows(context, settings) : new NewestRows(context, settings),
  };
}

/** What every form does with its state. */
abstract class Deduplicate implements Operator {
  protected readonly context: OperatorContext;
  protected readonly settings: DeduplicateSettings;
  protected readonly backend: KeyedBackend;
  protected readonly resolve: KeyResolver;

  constructor(context: OperatorContext, settings: DeduplicateSettings) {
    this.context = context;
    this.settings = settings;
    this.backend = keyedBackend(context);
    this.resolve = this.backend.keys.resolver(0);
  }

  abstract process(row: unknown, timestamp: number): void;

  snapshot(): OperatorSnapshot {
    return { keyed: this.backend.snapshot(), operator: [] };
  }

  restore({ keyed }: RestoredState): void {
    const { first, last } = this.context.keyGroups;
    this.backend.restore(keyed, first, last);
  }

  close(): void {
    this.backend.dispose();
  }
}

/** The first row to come. */
class FirstRows extends Deduplicate {
  /** Of the row that stands for the key; that it is there says that the key was seen. */
  readonly #times: NumberPart;

  constructor(context: OperatorContext, settings: DeduplicateSettings) {
    super(context, settings);
    this.#times = new NumberPart(this.backend, 'time', ttlOptions(context, settings.ttl));
    this.backend.register(this.#times);
  }

  process(row: unknown, timestamp: number): void {
    const { current, output } = this.context;
    if (current.rowKind !== RowKind.insert) failChangelog(this.context);
    const id = this.resolve(row, current.keyHash);
    if (this.#times.get(id) !== undefined) return;
    this.#times.set(id, timestamp);
    output.emit(row, timestamp);
  }
}

/** A row that another may take the place of. */
class NewestRows extends Deduplicate {
  readonly ownWatermarks: boolean;
  readonly #rows: KeptRows;
  readonly #batch: boolean;
  /** Whether changes wait. */
  readonly #waits: boolean;
  readonly #changed: ChangedKeys;
  readonly #shown: ShownRows;
  readonly #miniBatch: MiniBatch;
  #ids: Iterator<number> | undefined = undefined;

  constructor(context: OperatorContext, settings: DeduplicateSettings) {
    super(context, settings);
    const { keys } = this.backend;
    const account = this.backend.account(PART);
    this.#batch = context.executionMode === 'batch';
    this.#waits = !this.#batch && settings.miniBatch !== null;
    this.#changed = new ChangedKeys(account, () => NO_RESULT);
    this.#shown = new ShownRows(account);
    this.#miniBatch = new MiniBatch(context, {
      settings: this.#batch ? null : settings.miniBatch,
      keys,
      changed: this.#changed,
      shown: this.#shown,
      emit: (place) => this.#emitChanged(place),
    });
    this.ownWatermarks = this.#miniBatch.ownWatermarks;
    const ttl = this.#miniBatch.ttl(ttlOptions(context, settings.ttl));
    this.#rows = keptRows(context, this.backend, PART, ttl);
  }

  process(row: unknown, timestamp: number): void {
    const { current } = this.context;
    const { rowKind } = current;
    if (rowKind !== RowKind.insert && this.settings.by === 'event') failChangelog(this.context);
    // What an update takes back is replaced by what follows it.
    if (rowKind === RowKind.updateBefore) return;
    const id = this.resolve(row, current.keyHash);
    const there = this.#rows.load(id);
    if (rowKind === RowKind.delete) this.#delete(id, there, timestamp);
    else if (this.#wins(there, timestamp)) this.#replace(id, there, row, timestamp);
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
    const ids = (this.#ids ??= this.backend.keys.ids());
    for (let n = 0; n < FINISH_ROWS_MAX; n++) {
      const { done, value: id } = ids.next();
      if (done === true) return true;
      if (this.#rows.load(id)) this.context.output.emit(this.#rows.row(), this.#rows.timestamp());
    }
    return false;
  }

  override close(): void {
    this.#miniBatch.dispose();
    super.close();
  }

  #wins(there: boolean, timestamp: number): boolean {
    const { by, keep } = this.settings;
    if (by === 'processing') return true;
    if (timestamp === NO_TIMESTAMP) failNoTimestamp(this.context);
    if (!there) return true;
    const before = this.#rows.timestamp();
    return keep === 'last' ? before <= timestamp : timestamp < before;
  }

  #replace(id: number, there: boolean, row: unknown, timestamp: number): void {
    if (this.#waits) this.#mark(id, there, timestamp);
    else if (!this.#batch) {
      const { output } = this.context;
      if (there) {
        if (this.settings.updateBefore) {
          output.emitChange(RowKind.updateBefore, this.#rows.row(), timestamp);
        }
        output.emitChange(RowKind.updateAfter, row, timestamp);
      } else output.emit(row, timestamp);
    }
    this.#rows.set(row, timestamp);
  }

  #delete(id: number, there: boolean, timestamp: number): void {
    if (there) {
      if (this.#waits) there = !this.#mark(id, true, timestamp);
      else if (!this.#batch) {
        this.context.output.emitChange(RowKind.delete, this.#rows.row(), timestamp);
      }
      if (there) this.#rows.clear();
    }
    this.backend.keys.settle(id);
  }

  /** Before a change that waits; returns whether the row that is there was taken from the key, since it was shown. */
  #mark(id: number, there: boolean, timestamp: number): boolean {
    if (this.#miniBatch.mark(id, there, timestamp) === undefined) return false;
    this.#shown.begin();
    if (there) this.#shown.add(this.#rows.detach(), true);
    return there;
  }

  /** The change of the key at a place. */
  #emitChanged(place: number): number {
    const { output } = this.context;
    const rows = this.#rows;
    const timestamp = this.#changed.times[place]!;
    const start = this.#shown.startOf(place);
    const had = start < this.#shown.endOf(place);
    const there = rows.load(this.#changed.ids[place]!);
    if (had) {
      const old = this.#shown.rowAt(start);
      if (!there) output.emitChange(RowKind.delete, rows.detached(old), timestamp);
      else if (this.settings.updateBefore) {
        output.emitChange(RowKind.updateBefore, rows.detached(old), timestamp);
      }
      rows.drop(old);
    }
    if (there && had) output.emitChange(RowKind.updateAfter, rows.row(), timestamp);
    else if (there) output.emit(rows.row(), timestamp);
    return 2;
  }
}

/** What a key had shown is a row of the state. */
const NO_RESULT: Readonly<Record<string, unknown>> = {};
