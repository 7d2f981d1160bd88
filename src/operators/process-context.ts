/** What process functions are given: the row's key and time, side outputs, state; and how a function is provided. */

import { EngineError } from '../base/index.ts';
import { NO_TIMESTAMP } from '../record/index.ts';
import type { KeyValue } from '../record/index.ts';
import type { KeyContext, OperatorContext } from './operator.ts';
import { HeapValueState, type CurrentKey, type ValueState } from './value-state.ts';

/** What `open` is given: where the instance runs. */
export interface FunctionContext {
  readonly operatorName: string;
  /** 0 .. parallelism - 1 */
  readonly subtaskIndex: number;
  readonly parallelism: number;
  /** Number of key groups. */
  readonly maxParallelism: number;
  /** A counter of this operator, shown in the metrics. */
  counter(name: string): { add(n: number): void };
}

/** What `processElement` is given beside the row; valid only during the call. */
export interface ProcessContext<K = undefined> extends FunctionContext {
  /** Key of the row; undefined when the stream is not keyed. */
  readonly key: K;
  /** Milliseconds since the epoch; undefined when the row has no timestamp. */
  readonly timestamp: number | undefined;
  /** Milliseconds since the epoch; `Number.MIN_SAFE_INTEGER` before the first watermark. */
  readonly watermark: number;
  /**
   * Emits a row to a side output, with the timestamp of the row being processed when none is given.
   *
   * @throws the runtime's error when the job has no such side output
   */
  output(tag: string, row: unknown, timestamp?: number): void;
  /**
   * State of the current key, by name; any value that structured clone can copy.
   *
   * @param initial the value of a key that has none, or a function that makes one
   * @throws ERR_OPERATORS_NOT_KEYED when the stream is not keyed
   * @example
   * const seen = context.getState('seen', 0);
   * seen.update(seen.value() + 1);
   */
  getState<V>(name: string, initial: V | (() => V)): ValueState<V>;
}

/** A function object, a class of one, or a function that makes one; the latter two are called once per subtask. */
export type Provided<F> = F | (() => F) | (new () => F);

/**
 * An instance for one subtask. An object that is given as such is shared by the subtasks of a thread, so a function that
 * keeps something in its fields should be given as a class.
 */
export function instantiate<F extends object>(provided: Provided<F>): F {
  if (typeof provided !== 'function') return provided;
  // A class cannot be called, a maker need not be constructible: told apart by what its instances inherit.
  const prototype = (provided as { prototype?: unknown }).prototype;
  const methods =
    typeof prototype === 'object' && prototype !== null
      ? Object.getOwnPropertyNames(prototype)
      : [];
  const isClass = methods.length > 1 || /^class\b/.test(Function.prototype.toString.call(provided));
  return isClass ? new (provided as new () => F)() : (provided as () => F)();
}

/** The user functions of a provided function object, by role, for reports and the fingerprint. */
export function functionsOf(
  provided: Provided<object>,
  methods: readonly string[],
): Readonly<Record<string, (...args: never[]) => unknown>> {
  if (typeof provided === 'function') {
    return { function: provided as (...args: never[]) => unknown };
  }
  const found: Record<string, (...args: never[]) => unknown> = {};
  for (const name of methods) {
    const method = (provided as Record<string, unknown>)[name];
    if (typeof method === 'function') found[name] = method as (...args: never[]) => unknown;
  }
  return found;
}

/** The context of one operator instance, moved from row to row. Owner: the subtask's worker. */
export class RowProcessContext implements ProcessContext<unknown>, CurrentKey {
  readonly #operator: OperatorContext;
  readonly #states: Map<string, HeapValueState<unknown>> = new Map();
  #row: unknown = undefined;
  /** The input whose key `#key` is. */
  #input = 0;
  #key: KeyContext | undefined = undefined;
  #timestamp: number = NO_TIMESTAMP;

  constructor(operator: OperatorContext) {
    this.#operator = operator;
    this.#key = operator.inputs[0]?.key;
  }

  /** Moves to a row of input `input`. */
  move(row: unknown, timestamp: number, input: 0 | 1): void {
    this.#row = row;
    this.#timestamp = timestamp;
    if (input !== this.#input) {
      this.#input = input;
      this.#key = this.#operator.inputs[input]?.key;
    }
  }

  get operatorName(): string {
    return this.#operator.operatorName;
  }

  get subtaskIndex(): number {
    return this.#operator.subtaskIndex;
  }

  get parallelism(): number {
    return this.#operator.parallelism;
  }

  get maxParallelism(): number {
    return this.#operator.maxParallelism;
  }

  counter(name: string): { add(n: number): void } {
    return this.#operator.counter(name);
  }

  get key(): unknown {
    return this.#key?.valueOf(this.#row);
  }

  get timestamp(): number | undefined {
    return this.#timestamp === NO_TIMESTAMP ? undefined : this.#timestamp;
  }

  get watermark(): number {
    return this.#operator.current.watermark;
  }

  output(tag: string, row: unknown, timestamp?: number): void {
    this.#operator.output.emitSide(tag, row, timestamp ?? this.#timestamp);
  }

  getState<V>(name: string, initial: V | (() => V)): ValueState<V> {
    let state = this.#states.get(name);
    if (state === undefined) {
      this.currentKey(`state '${name}'`);
      state = new HeapValueState<unknown>(this.#operator, this, initial);
      this.#states.set(name, state);
    }
    return state as unknown as ValueState<V>;
  }

  /** @throws ERR_OPERATORS_NOT_KEYED */
  currentKey(what = 'the current key'): KeyValue {
    if (this.#key !== undefined) return this.#key.valueOf(this.#row);
    const operator = this.#operator.operatorName;
    throw new EngineError('ERR_OPERATORS_NOT_KEYED', { operator, what }, { place: { operator } });
  }

  currentHash(): number {
    return this.#operator.current.keyHash;
  }

  /** Gives back the bytes of all state. */
  dispose(): void {
    for (const state of this.#states.values()) state.dispose();
    this.#states.clear();
  }
}
