/**
 * Steps the subtasks of a job in an order that a seed chooses.
 *
 * Law: what a job gives depends on its input alone, not on the order of the steps. The same seed gives the same order.
 */

import { EngineError, Prng, systemClock } from '../base/index.ts';
import { Progress } from '../runtime/index.ts';
import type { Subtask } from '../runtime/index.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Rounds without progress and without a promise under way before a run that should end counts as deadlocked. */
const STUCK_ROUNDS = 200;
/** Turns of the event loop without progress before a run counts as at rest. */
const QUIET_TURNS = 4;
/** Real milliseconds that promises under way have before the run's own clock moves. */
const GRACE_MS = 20;
/** What a round without progress adds to the monotonic clock, when nothing waits for a certain time. */
const TICK_MS = 1;

/** What the stepper needs. */
export interface StepperOptions {
  readonly subtasks: readonly Subtask[];
  readonly clock: VirtualClock;
  readonly seed: number;
  readonly stepsMax: number;
  /** Real milliseconds that promises under way are waited for. */
  readonly patienceMs: number;
  /** Throws what a subtask failed with. */
  readonly check: () => void;
  /** Promises that the engine waits for. */
  readonly pending: () => number;
}

/** Owner: the test run. */
export class Stepper {
  readonly #options: StepperOptions;
  readonly #prng: Prng;
  #open: readonly Subtask[] = [];
  steps = 0;

  constructor(options: StepperOptions) {
    this.#options = options;
    this.#prng = new Prng(options.seed);
    this.#open = options.subtasks;
  }

  /** Whether every subtask ended. */
  get done(): boolean {
    return this.#refresh().length === 0;
  }

  /** `n` steps of subtasks drawn at random; true when any progressed. */
  step(n: number): boolean {
    let progressed = false;
    for (let i = 0; i < n; i++) {
      const open = this.#refresh();
      if (open.length === 0) break;
      if (this.#one(open[this.#prng.below(open.length)]!)) progressed = true;
    }
    return progressed;
  }

  /** Steps until nothing progresses any more; promises are not waited for. True when anything progressed. */
  settle(): boolean {
    const from = this.steps;
    let any = false;
    // Two rounds, since an output that refuses every other step may have refused in the first.
    while (this.step(this.#open.length) || this.#round() || this.#round()) {
      any = true;
      if (this.steps - from > this.#options.stepsMax) throw this.#problem('ERR_TESTING_ENDLESS');
    }
    return any;
  }

  /**
   * The same; promises that settle meanwhile are seen.
   *
   * @param until what must come true before it returns, as long as promises are under way; for the patience of the run at most
   */
  async drain(until: () => boolean = () => true): Promise<void> {
    const { check, pending, patienceMs } = this.#options;
    const givesUpMs = systemClock.monotonicMs() + patienceMs;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      if (this.settle()) quiet = 0;
      await nextTurn();
      check();
      const last = quiet === QUIET_TURNS - 1;
      if (last && !until() && pending() > 0 && systemClock.monotonicMs() < givesUpMs) quiet = 0;
    }
  }

  /**
   * Steps until all subtasks ended. Where nothing else can go on, time does: processing time moves to what is due next.
   *
   * @throws ERR_TESTING_DEADLOCK, ERR_TESTING_ENDLESS
   */
  async finish(): Promise<void> {
    const { check, pending, patienceMs, stepsMax } = this.#options;
    const from = this.steps;
    let progressedMs = systemClock.monotonicMs();
    let stuck = 0;
    for (;;) {
      const progressed = this.settle();
      if (this.done) return;
      await nextTurn();
      check();
      const nowMs = systemClock.monotonicMs();
      if (progressed) {
        stuck = 0;
        progressedMs = nowMs;
        if (this.steps - from > stepsMax) throw this.#problem('ERR_TESTING_ENDLESS');
        continue;
      }
      const waiting = pending() > 0;
      // Rounds of waiting for a promise say nothing: what it lets go on is only seen in the next one.
      stuck = waiting ? 0 : stuck + 1;
      if (waiting ? nowMs - progressedMs > patienceMs : stuck > STUCK_ROUNDS) {
        throw this.#problem('ERR_TESTING_DEADLOCK');
      }
      if (!waiting || nowMs - progressedMs > GRACE_MS) this.#moveTime();
    }
  }

  /** To what some subtask waits for by the clock. */
  #moveTime(): void {
    const { clock } = this.#options;
    const waits = this.#open.map((subtask) => subtask.waitMs() ?? Infinity);
    const wait = Math.ceil(Math.min(...waits));
    if (wait > 0 && wait < Infinity) clock.advance(wait);
    else clock.tick(TICK_MS);
  }

  /** One step of every subtask, in random order, after what a worker does before it sleeps. */
  #round(): boolean {
    const open = [...this.#refresh()];
    for (const { chain } of open) {
      for (const gate of chain.outputs) gate.settle();
      chain.input?.settle();
    }
    let progressed = false;
    for (let left = open.length; left > 0; left--) {
      const [subtask] = open.splice(this.#prng.below(left), 1);
      if (this.#one(subtask!)) progressed = true;
    }
    return progressed;
  }

  #one(subtask: Subtask): boolean {
    this.steps++;
    const result = subtask.step();
    this.#options.check();
    return result === Progress.progress;
  }

  #refresh(): readonly Subtask[] {
    if (this.#open.some((subtask) => subtask.done)) {
      this.#open = this.#open.filter((subtask) => !subtask.done);
    }
    return this.#open;
  }

  #problem(code: 'ERR_TESTING_DEADLOCK' | 'ERR_TESTING_ENDLESS'): EngineError {
    const states = this.#open.map(
      ({ chain, state }) => `${chain.plan.name} (${chain.subtask.index}): ${state}`,
    );
    const { seed } = this.#options;
    return new EngineError(code, { seed, steps: this.steps, states: states.join(', ') });
  }
}

/** Lets settled promises be seen. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
