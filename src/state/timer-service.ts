/**
 * The contract of timers: what each key wants to be woken for.
 *
 * Laws (test/state/timer-service.property.test.ts):
 *  1. A timer is a (key id, namespace, time); registering one that is there changes nothing, deleting one that is not does
 *     nothing.
 *  2. `advance(t)` fires every timer with time ≤ t, in the order of time (within one time in the order of registration), one
 *     that was registered meanwhile included; each once.
 *  3. A key is retained while it has timers, and no longer: once for each timer, and once more for each copy of it that was
 *     registered and not told apart yet. `size` and snapshots tell copies apart before they answer.
 *
 * One service per time domain. The namespace is a number that the operator chooses, such as the end of a window.
 */

import type { KeyedPart } from './keyed-backend.ts';

/** What is called for a timer that is due; the timer is gone by then. */
export type OnTimer = (id: number, namespace: number, time: number) => void;

/** Timers of one operator in one time domain. Owner: the subtask's worker. */
export interface TimerService extends KeyedPart {
  /** Timers. Asking may cost a look at all of them: not for every row. */
  readonly size: number;
  /** Time of the earliest timer, `Infinity` when there is none. */
  readonly next: number;
  register(id: number, namespace: number, time: number): void;
  delete(id: number, namespace: number, time: number): void;
  /** Fires what is due at `time`, at most `max` timers; false while more are due. */
  advance(time: number, max: number, onTimer: OnTimer): boolean;
}
