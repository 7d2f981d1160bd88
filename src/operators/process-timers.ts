/** Timers as process functions have them, over the timer services of their operator. */

import { EngineError } from '../base/index.ts';
import { createTimerService } from '../state/index.ts';
import type { KeyedBackend, OnTimer, TimerService as TimerQueue } from '../state/index.ts';
import { describeGot } from './kept-row.ts';
import { FINISH_ROWS_MAX, type OperatorContext } from './operator.ts';
import type { CurrentKey } from './value-state.ts';
import type { TimeDomain } from './window/assigner.ts';

/** Timers of the current key. A timer is a time: registering it again changes nothing. */
export interface TimerService {
  /** The operator's event time, ms; `Number.MIN_SAFE_INTEGER` before the first watermark. */
  currentWatermark(): number;
  /** ms since the epoch, by the clock of the subtask. */
  currentProcessingTime(): number;
  /**
   * Lets `onTimer` be called once the watermark reaches `time`; with the next watermark if it has already.
   *
   * @param time integer milliseconds since the epoch
   * @throws ERR_OPERATORS_NOT_KEYED, ERR_OPERATORS_NO_KEY, ERR_OPERATORS_NO_ON_TIMER, ERR_OPERATORS_TIMER, ERR_STATE_QUOTA
   */
  registerEventTimeTimer(time: number): void;
  /** Lets `onTimer` be called once the clock reaches `time`. @throws as registerEventTimeTimer */
  registerProcessingTimeTimer(time: number): void;
  /** Takes a timer back; nothing happens when there is none. */
  deleteEventTimeTimer(time: number): void;
  deleteProcessingTimeTimer(time: number): void;
}

/** User timers have no namespace. */
const NO_NAMESPACE = 0;
/** Timers that one call fires at most, whatever they emit. */
const TIMERS_MAX = 1024;

/** What is called for each timer that is due. */
export interface TimerTarget {
  onTimer(id: number, time: number, domain: TimeDomain): void;
  /** Rows emitted so far. */
  readonly emitted: number;
}

/** The timers of one operator instance. Owner: the subtask's worker. */
export class ProcessTimers implements TimerService {
  readonly #operator: OperatorContext;
  readonly #current: CurrentKey;
  #event: TimerQueue | undefined = undefined;
  #processing: TimerQueue | undefined = undefined;
  #onEvent: OnTimer | undefined = undefined;
  #onProcessing: OnTimer | undefined = undefined;
  #target: TimerTarget | undefined = undefined;

  constructor(operator: OperatorContext, current: CurrentKey) {
    this.#operator = operator;
    this.#current = current;
  }

  /** Makes the timers of a function that has `onTimer`. */
  attach(backend: KeyedBackend, target: TimerTarget): void {
    const make = (name: string): TimerQueue => {
      const queue = createTimerService({
        name,
        keys: backend.keys,
        account: backend.account(name),
      });
      backend.register(queue);
      return queue;
    };
    this.#target = target;
    this.#event = make('timers:event');
    this.#processing = make('timers:processing');
    this.#onEvent = (id, _, time) => target.onTimer(id, time, 'event');
    this.#onProcessing = (id, _, time) => target.onTimer(id, time, 'processing');
  }

  currentWatermark(): number {
    return this.#operator.current.watermark;
  }

  currentProcessingTime(): number {
    return this.#operator.nowMs();
  }

  registerEventTimeTimer(time: number): void {
    const id = this.#current.currentId('an event-time timer');
    (this.#event ?? this.#fail()).register(id, NO_NAMESPACE, this.#checked(time));
  }

  registerProcessingTimeTimer(time: number): void {
    const id = this.#current.currentId('a processing-time timer');
    (this.#processing ?? this.#fail()).register(id, NO_NAMESPACE, this.#checked(time));
  }

  deleteEventTimeTimer(time: number): void {
    const id = this.#current.currentId('an event-time timer');
    this.#event?.delete(id, NO_NAMESPACE, this.#checked(time));
  }

  deleteProcessingTimeTimer(time: number): void {
    const id = this.#current.currentId('a processing-time timer');
    this.#processing?.delete(id, NO_NAMESPACE, this.#checked(time));
  }

  /** Time of the earliest processing-time timer; `Infinity` when there is none. */
  get due(): number {
    return this.#processing === undefined ? Infinity : this.#processing.next;
  }

  /** Fires a bounded number of event-time timers that are due; false while more are. */
  advanceEventTime(watermark: number): boolean {
    return this.#advance(this.#event, watermark, this.#onEvent);
  }

  /** Fires a bounded number of processing-time timers that are due; false while more are. */
  advanceProcessingTime(nowMs: number): boolean {
    return this.#advance(this.#processing, nowMs, this.#onProcessing);
  }

  #advance(queue: TimerQueue | undefined, time: number, onTimer: OnTimer | undefined): boolean {
    if (queue === undefined) return true;
    const target = this.#target!;
    const emittedMax = target.emitted + FINISH_ROWS_MAX;
    for (let fired = 0; fired < TIMERS_MAX && target.emitted < emittedMax; fired++) {
      if (queue.advance(time, 1, onTimer!)) return true;
    }
    return false;
  }

  #checked(time: number): number {
    if (Number.isSafeInteger(time)) return time;
    const operator = this.#operator.operatorName;
    throw new EngineError(
      'ERR_OPERATORS_TIMER',
      { operator, got: describeGot(time) },
      { place: { operator } },
    );
  }

  #fail(): never {
    const operator = this.#operator.operatorName;
    throw new EngineError('ERR_OPERATORS_NO_ON_TIMER', { operator }, { place: { operator } });
  }
}
