/**
 * The mini-batches of an operator whose state follows each row at once while its changes go out later, those of a key
 * together: when enough keys changed, before a barrier passes, at the end, and either when the input is idle and before a
 * watermark passes, or, with a latency, after that time. Then watermarks wait for the mini-batch, and idleness with them.
 *
 * Nothing of it is in snapshots, since what changed goes ahead of barriers. Owner: the subtask's worker.
 */

import { END_OF_TIME } from '../record/index.ts';
import type { KeySpace, TtlOptions } from '../state/index.ts';
import type { ChangedKeys, Result } from './changed-keys.ts';
import { HeldWatermark } from './held-watermark.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { OperatorContext } from './operator.ts';
import type { ShownRows } from './shown-rows.ts';

/** When changes go out; plain data for the plan. */
export interface MiniBatchSettings {
  /** Most keys that changed and were not emitted, ≥ 1. */
  readonly keysMax: number;
  /** Longest time that a change waits, milliseconds; null: until the input is idle or a watermark comes. */
  readonly latencyMs: number | null;
}

/** What the operator gives. */
export interface MiniBatchOptions {
  /** Null: nothing is ever marked. */
  readonly settings: MiniBatchSettings | null;
  readonly keys: KeySpace;
  readonly changed: ChangedKeys;
  /** Where the rows are that changed keys had shown, if they are rows of the state. */
  readonly shown?: ShownRows;
  /** Emits the changes of the key at a place, and returns how many rows those are at most; from the first place to the last. */
  readonly emit: (place: number) => number;
}

export class MiniBatch {
  /** Whether watermarks leave with the mini-batch that they belong to. */
  readonly ownWatermarks: boolean;
  readonly #context: OperatorContext;
  readonly #settings: MiniBatchSettings | null;
  readonly #keys: KeySpace;
  readonly #changed: ChangedKeys;
  readonly #shown: ShownRows | undefined;
  readonly #emit: (place: number) => number;
  readonly #watermark: HeldWatermark;
  #emitted = 0;
  #dueMs = Infinity;
  /** Where the clock of the time to live stands still. */
  #stoppedMs: number | undefined = undefined;

  constructor(context: OperatorContext, options: MiniBatchOptions) {
    const { settings, keys, changed, shown, emit } = options;
    this.ownWatermarks = typeof settings?.latencyMs === 'number';
    this.#context = context;
    this.#settings = settings;
    this.#keys = keys;
    this.#changed = changed;
    this.#shown = shown;
    this.#emit = emit;
    this.#watermark = new HeldWatermark(context.output);
  }

  /** When `onProcessingTime` wants to be called. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /**
   * Before a change of a key: the object for what it had shown when it is the first one since the last emission, which holds
   * the key until the next; otherwise undefined.
   *
   * @param had whether it showed anything
   * @throws ERR_STATE_QUOTA
   */
  mark(id: number, had: boolean, timestamp: number): Result | undefined {
    const changed = this.#changed;
    const place = changed.placeOf(id);
    if (place !== 0) {
      if (timestamp > changed.times[place - 1]!) changed.times[place - 1] = timestamp;
      return undefined;
    }
    const { keysMax, latencyMs } = this.#settings!;
    const old = changed.mark(id, had, timestamp);
    this.#keys.retain(id);
    if (changed.size >= keysMax) this.#dueMs = 0;
    else if (changed.size === 1 && latencyMs !== null) {
      this.#dueMs = this.#context.nowMs() + latencyMs;
    }
    return old;
  }

  /** As `Operator.onWatermark`. */
  onWatermark(watermark: number): boolean {
    if (watermark === END_OF_TIME) {
      this.#watermark.drop();
      return this.emitAll();
    }
    if (!this.ownWatermarks) return this.emitAll();
    this.#watermark.onWatermark(watermark, this.#changed.size > 0);
    return true;
  }

  /** Idleness follows the changes and the watermark. */
  onStatus(idle: boolean): void {
    if (this.#watermark.onStatus(idle, this.#changed.size > 0)) this.#dueMs = 0;
  }

  /** As `Operator.onProcessingTime`. */
  onProcessingTime(): boolean {
    if (this.#changed.size > 0) return this.emitAll();
    this.#dueMs = Infinity;
    this.#watermark.sayIdle();
    return true;
  }

  /** The input is idle: without a latency what changed goes out with the next step. */
  flush(): void {
    if (this.#settings?.latencyMs === null && this.#changed.size > 0) this.#dueMs = 0;
  }

  /** Emits what changed; false when there is more for another call. */
  emitAll(): boolean {
    const changed = this.#changed;
    const keys = this.#keys;
    const { size } = changed;
    for (let rows = 0; this.#emitted < size && rows < FINISH_ROWS_MAX;) {
      const place = this.#emitted++;
      const id = changed.ids[place]!;
      rows += this.#emit(place);
      changed.settle(place);
      keys.release(id);
      keys.settle(id);
    }
    if (this.#emitted < size) return false;
    changed.clear();
    this.#shown?.clear();
    this.#stoppedMs = undefined;
    this.#emitted = 0;
    this.#dueMs = this.#watermark.goesIdle ? 0 : Infinity;
    this.#watermark.release();
    return true;
  }

  /**
   * Time to live by a clock that stands still while changes wait: so no key that has changed expires before its change went
   * out.
   */
  ttl(options: TtlOptions | undefined): TtlOptions | undefined {
    if (options === undefined) return undefined;
    const now = (): number =>
      this.#changed.size === 0 ? options.now() : (this.#stoppedMs ??= options.now());
    return { ...options, now };
  }

  dispose(): void {
    this.#changed.dispose();
    this.#shown?.dispose();
  }
}
