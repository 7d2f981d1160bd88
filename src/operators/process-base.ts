/** What all process operators share: the life cycle of the user's function, its timers, its state. */

import { END_OF_TIME, NO_TIMESTAMP } from '../record/index.ts';
import type { OperatorSnapshot } from '../state/index.ts';
import type { Operator, OperatorContext, RestoredState } from './operator.ts';
import type { OnTimerContext, OpenContext } from './process-context.ts';
import type { TimerTarget } from './process-timers.ts';
import { declaredStates } from './provided.ts';
import { RowProcessContext } from './row-process-context.ts';
import { TimestampedCollector, type ChangeCollector } from './row-collector.ts';
import type { StateDescriptor } from './state-descriptors.ts';
import type { TimeDomain } from './window/assigner.ts';

/** The calls that every process function may have. `K` is the key, `U` what it emits. */
export interface ProcessLifeCycle<U = unknown, K = undefined> {
  /**
   * State that the function uses, declared ahead: checked when the job is built, and shown in the plan. In a class it is a
   * static field.
   */
  readonly states?: readonly StateDescriptor[];
  /** Called once before the first row, after state was restored; may be asynchronous. */
  open?(context: OpenContext): void | Promise<void>;
  /**
   * A timer of a key is due. Rows collected here carry its time as their timestamp if it is an event-time timer, none
   * otherwise, unless one is given. Keyed streams only.
   */
  onTimer?(timestamp: number, context: OnTimerContext<K>, out: ChangeCollector<U>): void;
  /**
   * The watermark advanced, and all timers due by then have fired; rows collected here carry it as their timestamp unless
   * one is given.
   */
  onWatermark?(watermark: number, out: ChangeCollector<U>): void;
  /** All rows are in; may still emit. Not called when the job fails. */
  finish?(out: ChangeCollector<U>): void;
  /** Called once, whatever happened. */
  close?(): void | Promise<void>;
}

/** Methods of {@link ProcessLifeCycle}, for reports and the fingerprint. */
export const LIFE_CYCLE_METHODS = ['open', 'onTimer', 'onWatermark', 'finish', 'close'] as const;

/** Base of the process operators. Owner: the subtask's worker. */
export abstract class ProcessBase<F extends object, C extends RowProcessContext = RowProcessContext>
  implements Operator, TimerTarget
{
  protected readonly fn: F;
  protected readonly context: C;
  protected readonly out: TimestampedCollector;
  readonly #life: ProcessLifeCycle<unknown, unknown>;
  readonly #batch: boolean;

  /** @param states declared beside the function */
  constructor(
    operator: OperatorContext,
    fn: F,
    states: readonly StateDescriptor[],
    context: C = new RowProcessContext(operator) as C,
  ) {
    this.fn = fn;
    this.#life = fn as ProcessLifeCycle<unknown, unknown>;
    this.context = context;
    this.out = new TimestampedCollector(operator.output);
    this.#batch = operator.executionMode === 'batch';
    if (this.#life.onTimer !== undefined && this.context.keyed) {
      this.context.timers.attach(this.context.backendFor('timers'), this);
    }
    for (const descriptor of [...states, ...declaredStates(fn)]) {
      this.context.statesFor(`state '${descriptor.name}'`).of(descriptor);
    }
  }

  get emitted(): number {
    return this.out.emitted + this.context.sideRows;
  }

  open(): void | Promise<void> {
    return this.#life.open?.(this.context);
  }

  leaveOut(): void {
    this.context.leave();
  }

  onTimer(id: number, time: number, domain: TimeDomain): void {
    this.context.moveToTimer(id, time, domain);
    this.out.timestamp = domain === 'event' ? time : NO_TIMESTAMP;
    this.#life.onTimer!(time, this.context, this.out);
    this.context.leave();
  }

  onWatermark(watermark: number): boolean {
    const { timers } = this.context;
    if (!timers.advanceEventTime(watermark)) return false;
    // A bounded input that is over has no other time in which the clock's timers could fire.
    const over = this.#batch && watermark === END_OF_TIME;
    if (over && !timers.advanceProcessingTime(END_OF_TIME)) return false;
    if (this.#life.onWatermark !== undefined) {
      this.context.moveToNone(watermark);
      this.out.timestamp = watermark;
      this.#life.onWatermark(watermark, this.out);
    }
    return true;
  }

  processingTimeDue(): number {
    return this.#batch ? Infinity : this.context.timers.due;
  }

  onProcessingTime(nowMs: number): boolean {
    return this.context.timers.advanceProcessingTime(nowMs);
  }

  snapshot(): OperatorSnapshot {
    return this.context.snapshot();
  }

  restore(state: RestoredState): void {
    this.context.restore(state);
  }

  finish(): void {
    this.context.moveToNone(NO_TIMESTAMP);
    this.out.timestamp = NO_TIMESTAMP;
    this.#life.finish?.(this.out);
  }

  close(): void | Promise<void> {
    this.context.dispose();
    return this.#life.close?.();
  }
}
