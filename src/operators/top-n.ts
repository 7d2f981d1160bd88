/**
 * The first n rows of each key in some order, as a changelog: Flink's `ROW_NUMBER() … WHERE rownum <= n`.
 *
 * Without the rank in the result a row that comes among the first n pushes out the last (-D) and is inserted (+I). With the
 * rank, every row that moves is updated: -U with the old row of that rank, +U with the new. Of equal rows the one that
 * came first stands first.
 *
 * An input of inserts needs n rows per key; a changelog (`retract`) needs all, since a row that is taken out lets the
 * next one in. A row that is taken out and is not there is passed over. In mini-batches rows are ranked at once, and what
 * changed of a key goes out later, see mini-batch.ts and ranked-changes.ts. Changes carry the timestamp of the row that made
 * them; in mini-batches the largest of the key's. Batch: the first n of each key, in order, at the end, with the largest timestamp of the key.
 */

import { RowKind } from '../record/index.ts';
import type { KeyedBackend, KeyResolver, OperatorSnapshot } from '../state/index.ts';
import { ChangedKeys } from './changed-keys.ts';
import { failChangelog } from './changelog.ts';
import { keyedBackend } from './keyed-backend.ts';
import { MiniBatch } from './mini-batch.ts';
import type { MiniBatchSettings } from './mini-batch.ts';
import { NumberPart } from './number-part.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { Operator, OperatorContext, RestoredState, Transformation } from './operator.ts';
import { emitRankChanges, emitRowChanges } from './ranked-changes.ts';
import { rankedRows, RANKED_PART } from './ranked-form.ts';
import type { RankedRows } from './ranked-rows.ts';
import { ttlOptions } from './row-ttl.ts';
import type { RowTtl } from './row-ttl.ts';
import { ShownRows } from './shown-rows.ts';

/** Plain data for the plan. */
export interface TopNSettings {
  /** ≥ 1 */
  readonly n: number;
  /** Field by which rows are ordered; null for a comparator. */
  readonly by: string | null;
  readonly descending: boolean;
  /** Field of the result that has the rank, from 1; null for none. */
  readonly rankField: string | null;
  /** Whether rows may be taken out: the input is a changelog. */
  readonly retract: boolean;
  /** Whether updates of a rank are preceded by the old row (-U). */
  readonly updateBefore: boolean;
  /** Null: every change goes out at once. */
  readonly miniBatch: MiniBatchSettings | null;
  readonly ttl: RowTtl | null;
}

/**
 * The first n rows of each key.
 *
 * @param compare as for `Array.sort`, when `by` is null
 * @throws ERR_OPERATORS_CHANGELOG at run time, for a row that is no insert without `retract`
 * @example
 * topNTransformation(
 *   { n: 3, by: 'price', descending: true, rankField: 'rank', retract: false, updateBefore: true, miniBatch: null, ttl: null },
 *   undefined,
 * );
 */
export function topNTransformation<T>(
  settings: TopNSettings,
  compare: ((a: T, b: T) => number) | undefined,
): Transformation {
  return {
    kind: 'topN',
    params: {
      ...settings,
      miniBatch: settings.miniBatch && { ...settings.miniBatch },
      ttl: settings.ttl && { ...settings.ttl },
    },
    functions: compare === undefined ? {} : { compare },
    keyed: true,
    stateful: true,
    changelog: 'makes',
    create: (context) =>
      new TopN(context, settings, compare as ((a: unknown, b: unknown) => number) | undefined),
  };
}

class TopN implements Operator {
  readonly ownWatermarks: boolean;
  readonly #context: OperatorContext;
  readonly #settings: TopNSettings;
  readonly #backend: KeyedBackend;
  readonly #resolve: KeyResolver;
  readonly #rows: RankedRows;
  readonly #batch: boolean;
  /** Whether changes wait. */
  readonly #waits: boolean;
  readonly #changed: ChangedKeys;
  readonly #shown: ShownRows;
  readonly #miniBatch: MiniBatch;
  /** Batch: the largest timestamp by key. */
  readonly #times: NumberPart;
  #ids: Iterator<number> | undefined = undefined;
  /** The key that `finish` is at, and the rank that it emits next. */
  #id = -1;
  #rank = 0;

  constructor(
    context: OperatorContext,
    settings: TopNSettings,
    compare: ((a: unknown, b: unknown) => number) | undefined,
  ) {
    const order = { field: settings.by ?? undefined, compare, descending: settings.descending };
    this.#context = context;
    this.#settings = settings;
    this.#batch = context.executionMode === 'batch';
    this.#waits = !this.#batch && settings.miniBatch !== null;
    this.#backend = keyedBackend(context);
    const account = this.#backend.account(RANKED_PART);
    this.#changed = new ChangedKeys(account, () => NO_RESULT);
    this.#shown = new ShownRows(account);
    this.#miniBatch = new MiniBatch(context, {
      settings: this.#batch ? null : settings.miniBatch,
      keys: this.#backend.keys,
      changed: this.#changed,
      shown: this.#shown,
      emit: (place) => this.#emitChanged(place),
    });
    this.ownWatermarks = this.#miniBatch.ownWatermarks;
    const ttl = this.#miniBatch.ttl(ttlOptions(context, settings.ttl));
    this.#rows = rankedRows(this.#backend, order, {
      type: context.inputs[0]?.type,
      rankField: settings.rankField,
      rowsMax: settings.retract ? Infinity : settings.n,
      ttl,
    });
    this.#times = new NumberPart(this.#backend, 'time', ttl);
    this.#backend.register(this.#rows.part);
    this.#backend.register(this.#times);
    this.#resolve = this.#backend.keys.resolver(0);
  }

  snapshot(): OperatorSnapshot {
    return { keyed: this.#backend.snapshot(), operator: [] };
  }

  restore({ keyed }: RestoredState): void {
    const { first, last } = this.#context.keyGroups;
    this.#backend.restore(keyed, first, last);
  }

  process(row: unknown, timestamp: number): void {
    const { current } = this.#context;
    const { rowKind } = current;
    if (rowKind !== RowKind.insert && !this.#settings.retract) failChangelog(this.#context);
    const id = this.#resolve(row, current.keyHash);
    const size = this.#rows.load(id);
    if (this.#batch && timestamp > (this.#times.get(id) ?? -Infinity)) {
      this.#times.set(id, timestamp);
    }
    if (rowKind === RowKind.insert || rowKind === RowKind.updateAfter) {
      this.#add(id, row, size, timestamp);
    } else {
      this.#remove(id, row, size, timestamp);
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
    const { n } = this.#settings;
    let room = FINISH_ROWS_MAX;
    for (;;) {
      if (this.#id < 0) {
        const { done, value } = ids.next();
        if (done === true) return true;
        this.#id = value;
        this.#rank = 1;
      }
      const last = Math.min(n, this.#rows.load(this.#id));
      const timestamp = this.#times.get(this.#id)!;
      for (; this.#rank <= last; this.#rank++) {
        if (room-- === 0) return false;
        this.#context.output.emit(this.#rows.rankedAt(this.#rank, this.#rank), timestamp);
      }
      this.#id = -1;
    }
  }

  close(): void {
    this.#miniBatch.dispose();
    this.#backend.dispose();
  }

  #add(id: number, row: unknown, size: number, timestamp: number): void {
    const { n, rankField, retract } = this.#settings;
    const rows = this.#rows;
    const rank = rows.rankFor(row);
    // So the key has rows, and is held.
    if (rank > n && !retract) return;
    const shown = rank <= n && !this.#batch && !this.#waits;
    if (rank <= n && this.#waits) this.#mark(id, size, timestamp);
    if (shown && rankField === null) {
      const { output } = this.#context;
      if (size >= n) output.emitChange(RowKind.delete, rows.rowAt(n), timestamp);
      output.emit(row, timestamp);
    }
    rows.insert(rank, row);
    if (shown && rankField !== null) this.#moved(rank, Math.min(n, size + 1), size, timestamp);
    if (!retract && size >= n) this.#letGo(id, n + 1);
  }

  /** From `rank` to `last` each row has come from one place before; `size` rows there were. */
  #moved(rank: number, last: number, size: number, timestamp: number): void {
    const { output } = this.#context;
    const { updateBefore } = this.#settings;
    const rows = this.#rows;
    for (let r = rank; r <= last; r++) {
      if (r > size) {
        output.emit(rows.rankedAt(r, r), timestamp);
        return;
      }
      if (updateBefore) {
        output.emitChange(RowKind.updateBefore, rows.rankedAt(r + 1, r), timestamp);
      }
      output.emitChange(RowKind.updateAfter, rows.rankedAt(r, r), timestamp);
    }
  }

  #remove(id: number, row: unknown, size: number, timestamp: number): void {
    const { n, rankField, updateBefore } = this.#settings;
    const { output } = this.#context;
    const rows = this.#rows;
    const rank = rows.find(row);
    if (rank === 0) return;
    if (rank <= n && this.#waits) this.#mark(id, size, timestamp);
    else if (rank <= n && !this.#batch) {
      if (rankField === null) {
        output.emitChange(RowKind.delete, row, timestamp);
        if (size > n) output.emit(rows.rowAt(n + 1), timestamp);
      } else {
        const last = Math.min(n, size);
        for (let r = rank; r <= last; r++) {
          if (r === size) {
            output.emitChange(RowKind.delete, rows.rankedAt(r, r), timestamp);
            break;
          }
          if (updateBefore) {
            output.emitChange(RowKind.updateBefore, rows.rankedAt(r, r), timestamp);
          }
          output.emitChange(RowKind.updateAfter, rows.rankedAt(r + 1, r), timestamp);
        }
      }
    }
    this.#letGo(id, rank);
  }

  /** Before a change that waits. */
  #mark(id: number, size: number, timestamp: number): void {
    if (this.#miniBatch.mark(id, size > 0, timestamp) === undefined) return;
    const last = Math.min(this.#settings.n, size);
    this.#shown.begin();
    for (let rank = 1; rank <= last; rank++) this.#shown.add(this.#rows.handleAt(rank), false);
  }

  /** A row goes; one that was shown stays until the change went out. */
  #letGo(id: number, rank: number): void {
    const place = this.#changed.placeOf(id);
    if (place === 0) {
      this.#rows.remove(rank);
      return;
    }
    const row = this.#rows.detach(rank);
    if (!this.#shown.holds(place - 1, row)) this.#rows.drop(row);
  }

  /** The changes of the key at a place. */
  #emitChanged(place: number): number {
    const { n, rankField, updateBefore } = this.#settings;
    const rows = this.#rows;
    const last = Math.min(n, rows.load(this.#changed.ids[place]!));
    const change = {
      output: this.#context.output,
      rows,
      last,
      shown: this.#shown,
      place,
      timestamp: this.#changed.times[place]!,
    };
    if (rankField === null) return emitRowChanges(change);
    return emitRankChanges(change, updateBefore);
  }
}

/** What a key had shown are rows of the state. */
const NO_RESULT: Readonly<Record<string, unknown>> = {};
