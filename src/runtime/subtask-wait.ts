/** What a subtask without work waits for, one promise at a time; its worker keeps the event loop turning meanwhile. Owner: the worker. */

import type { ChainSpec } from './chain-spec.ts';
import type { SubtaskHooks } from './subtask-states.ts';

/** See the file header. */
export class SubtaskWait {
  readonly #current: ChainSpec['current'];
  readonly #hooks: Pick<SubtaskHooks, 'track'>;
  readonly #fail: (error: unknown) => Promise<void>;
  #waiting: Promise<unknown> | undefined = undefined;

  /** @param fail called with the operator that was waited for as the current one */
  constructor(
    current: ChainSpec['current'],
    hooks: Pick<SubtaskHooks, 'track'>,
    fail: (error: unknown) => Promise<void>,
  ) {
    this.#current = current;
    this.#hooks = hooks;
    this.#fail = fail;
  }

  /** Whether something is waited for. */
  get waits(): boolean {
    return this.#waiting !== undefined;
  }

  /** Waits; only while nothing else is waited for. */
  on(promise: Promise<unknown> | undefined): void {
    if (promise === undefined) return;
    const { operator } = this.#current;
    this.#waiting = promise.then(
      () => {
        this.#waiting = undefined;
      },
      (error: unknown) => {
        this.#waiting = undefined;
        this.#current.operator = operator;
        return this.#fail(error);
      },
    );
    this.#hooks.track(this.#waiting);
  }
}
