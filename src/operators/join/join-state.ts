/** The keyed state that every join has: the rows of both sides, by one numbering of keys, and timers. */

import { createTimerService, IntColumns } from '../../state/index.ts';
import type {
  KeyedBackend,
  KeyResolver,
  KeySpace,
  OperatorSnapshot,
  TimerService,
} from '../../state/index.ts';
import { keyedBackend } from '../keyed-backend.ts';
import type { OperatorContext, RestoredState } from '../operator.ts';
import { HEAD_WORDS, JoinRows } from './join-rows.ts';

/** Owner: the subtask's worker. */
export class JoinState {
  readonly keys: KeySpace;
  readonly left: JoinRows;
  readonly right: JoinRows;
  /** Event-time timers; what their namespaces mean is the operator's. */
  readonly timers: TimerService;
  readonly keyOfLeft: KeyResolver;
  readonly keyOfRight: KeyResolver;
  readonly #backend: KeyedBackend;
  readonly #heads: IntColumns;
  readonly #context: OperatorContext;

  constructor(context: OperatorContext) {
    const backend = keyedBackend(context);
    const account = context.memory;
    const { keys } = backend;
    const heads = new IntColumns(account, HEAD_WORDS);
    const rows = (name: string, input: 0 | 1): JoinRows => {
      const { type, codec } = context.inputs[input]!;
      const headWord = input === 0 ? 0 : 2;
      const part = new JoinRows({ name, keys, account, type, codec, heads, headWord });
      backend.register(part);
      return part;
    };
    this.#context = context;
    this.#backend = backend;
    this.#heads = heads;
    this.keys = keys;
    this.left = rows('left', 0);
    this.right = rows('right', 1);
    this.timers = createTimerService({ name: 'timers', keys, account });
    backend.register(this.timers);
    this.keyOfLeft = keys.resolver(0);
    this.keyOfRight = keys.resolver(1);
  }

  /** A second service, for timers of the clock. */
  clockTimers(): TimerService {
    const { keys } = this;
    const timers = createTimerService({
      name: 'clock-timers',
      keys,
      account: this.#context.memory,
    });
    this.#backend.register(timers);
    return timers;
  }

  snapshot(): OperatorSnapshot {
    return { keyed: this.#backend.snapshot(), operator: [] };
  }

  restore(state: RestoredState): void {
    const { first, last } = this.#context.keyGroups;
    this.#backend.restore(state.keyed, first, last);
  }

  dispose(): void {
    this.#backend.dispose();
    this.#heads.dispose();
  }
}
