/**
 * One row per key: the first or the last, by time of arrival or by timestamp. Flink SQL's deduplication.
 *
 *     first, processing    emitted when it comes; further rows of the key are dropped. Inserts only.
 *     last, processing     every row takes the place of the one before: +I, then -U +U. Takes changelogs: an updated row
 *                          counts as a new one, a deleted row takes the key out again (-D).
 *     first, event         a row with a smaller timestamp takes the place: +I, then -U +U.
 *     last, event          a row with the same or a larger timestamp takes the place: +I, then -U +U.
 *
 * Changes carry the timestamp of the row that made them. Batch: the row of each key, with its own timestamp, at the end.
 */

import { NO_TIMESTAMP, RowKind } from '../record/index.ts';
import type { KeyedBackend, KeyResolver, OperatorSnapshot } from '../state/index.ts';
import { failChangelog } from './changelog.ts';
import { failNoTimestamp } from './join/join-result.ts';
import { keptRows } from './kept-rows.ts';
import type { KeptRows } from './kept-rows.ts';
import { keyedBackend } from './keyed-backend.ts';
import { NumberPart } from './number-part.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { Operator, OperatorContext, RestoredState, Transformation } from './operator.ts';
import { ttlOptions } from './row-ttl.ts';
import type { RowTtl } from './row-ttl.ts';

/** Plain data for the plan. */
export interface DeduplicateSettings {
  readonly keep: 'first' | 'last';
  readonly by: 'event' | 'processing';
  /** Whether updates are preceded by the old row (-U); without it they are upserts by key. */
  readonly updateBefore: boolean;
  readonly ttl: RowTtl | null;
}

/**
 * The first or last row of each key.
 *
 * @throws ERR_OPERATORS_NO_TIMESTAMP at run time, for a row without a timestamp where rows are kept by event time
 * @throws ERR_OPERATORS_CHANGELOG at run time, for a row that is no insert, but where the last to come is kept
 * @example
 * deduplicateTransformation({ keep: 'first', by: 'processing', updateBefore: true, ttl: null });
 */
export function deduplicateTransformation(settings: DeduplicateSettings): Transformation {
  const inserts = settings.keep === 'first' && settings.by === 'processing';
  return {
    kind: 'deduplicate',
    params: { ...settings, ttl: settings.ttl && { ...settings.ttl } },
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
  readonly #rows: KeptRows;
  readonly #batch: boolean;
  #ids: Iterator<number> | undefined = undefined;

  constructor(context: OperatorContext, settings: DeduplicateSettings) {
    super(context, settings);
    this.#rows = keptRows(context, this.backend, 'row', ttlOptions(context, settings.ttl));
    this.#batch = context.executionMode === 'batch';
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
    else if (this.#wins(there, timestamp)) this.#replace(there, row, timestamp);
  }

  finish(): boolean {
    if (!this.#batch) return true;
    const ids = (this.#ids ??= this.backend.keys.ids());
    for (let n = 0; n < FINISH_ROWS_MAX; n++) {
      const { done, value: id } = ids.next();
      if (done === true) return true;
      if (this.#rows.load(id)) this.context.output.emit(this.#rows.row(), this.#rows.timestamp());
    }
    return false;
  }

  #wins(there: boolean, timestamp: number): boolean {
    const { by, keep } = this.settings;
    if (by === 'processing') return true;
    if (timestamp === NO_TIMESTAMP) failNoTimestamp(this.context);
    if (!there) return true;
    const before = this.#rows.timestamp();
    return keep === 'last' ? before <= timestamp : timestamp < before;
  }

  #replace(there: boolean, row: unknown, timestamp: number): void {
    if (!this.#batch) {
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
      if (!this.#batch) {
        this.context.output.emitChange(RowKind.delete, this.#rows.row(), timestamp);
      }
      this.#rows.clear();
    }
    this.backend.keys.settle(id);
  }
}
