/** What triggers are given: the clocks, the timers and the state of the window at hand. Moved from window to window. */

import type { OperatorContext } from '../operator.ts';
import type { TimerService } from '../../state/index.ts';
import type { ValueState } from '../value-state.ts';
import { NamedStates } from './named-state.ts';
import type { StateOwner } from './named-state.ts';
import type { TriggerMergeContext } from './trigger.ts';
import type { NamedState, Pane, WindowPart } from './window-part.ts';

/** When a pane is dropped, by each clock; `Infinity` by the clock that does not drop it. */
export interface Cleanup {
  eventTime(pane: Pane): number;
  processingTime(pane: Pane): number;
}

/** The trigger context of one operator. Owner: the subtask's worker. */
export class PaneContext implements TriggerMergeContext, StateOwner {
  readonly #operator: OperatorContext;
  readonly #part: WindowPart;
  readonly #eventTimers: TimerService;
  readonly #processingTimers: TimerService;
  readonly #cleanup: Cleanup;
  readonly #states: NamedStates = new NamedStates(this);
  #id = 0;
  #pane: Pane = undefined as unknown as Pane;
  /** Trigger state of the windows that are merged into the pane. */
  #merged: readonly NamedState[] = [];
  /** Processing time while a batch job ends; else the clock. */
  endMs: number | undefined = undefined;

  constructor(
    operator: OperatorContext,
    part: WindowPart,
    eventTimers: TimerService,
    processingTimers: TimerService,
    cleanup: Cleanup,
  ) {
    this.#operator = operator;
    this.#part = part;
    this.#eventTimers = eventTimers;
    this.#processingTimers = processingTimers;
    this.#cleanup = cleanup;
  }

  /** Moves to a window of a key. */
  at(id: number, pane: Pane, merged: readonly NamedState[] = []): this {
    this.#id = id;
    this.#pane = pane;
    this.#merged = merged;
    return this;
  }

  currentWatermark(): number {
    return this.#operator.current.watermark;
  }

  currentProcessingTime(): number {
    return this.endMs ?? this.#operator.nowMs();
  }

  registerEventTimeTimer(time: number): void {
    if (time === this.#cleanup.eventTime(this.#pane)) this.#pane.silenced = false;
    this.#eventTimers.register(this.#id, this.#pane.window.end, time);
  }

  registerProcessingTimeTimer(time: number): void {
    if (time === this.#cleanup.processingTime(this.#pane)) this.#pane.silenced = false;
    this.#processingTimers.register(this.#id, this.#pane.window.end, time);
  }

  deleteEventTimeTimer(time: number): void {
    // The clean-up has its own need of that timer.
    if (time === this.#cleanup.eventTime(this.#pane)) this.#pane.silenced = true;
    else this.#eventTimers.delete(this.#id, this.#pane.window.end, time);
  }

  deleteProcessingTimeTimer(time: number): void {
    if (time === this.#cleanup.processingTime(this.#pane)) this.#pane.silenced = true;
    else this.#processingTimers.delete(this.#id, this.#pane.window.end, time);
  }

  getState<V>(name: string, initial: V | (() => V)): ValueState<V> {
    return this.#states.get(name, initial);
  }

  mergeState<V>(name: string, merge: (a: V, b: V) => V): void {
    for (const state of this.#merged) {
      if (!state.has(name)) continue;
      const value = state.get(name) as V;
      const known = this.read();
      const folded = known?.has(name) ? merge(known.get(name) as V, value) : value;
      this.getState<V>(name, folded).update(folded);
    }
  }

  read(): NamedState | undefined {
    return this.#pane.triggerState;
  }

  make(): NamedState {
    return (this.#pane.triggerState ??= new Map());
  }

  grow(bytes: number): void {
    this.#part.grow(this.#pane, bytes);
  }

  cleared(state: NamedState): void {
    if (state.size === 0) this.#pane.triggerState = undefined;
  }
}
