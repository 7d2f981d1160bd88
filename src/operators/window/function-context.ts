/** The context that window functions and evictors see, moved from window to window; and what they emit through. */

import { EngineError } from '../../base/index.ts';
import type { KeySpace } from '../../state/index.ts';
import type { Collector, OperatorContext } from '../operator.ts';
import type { RowCollector } from '../row-collector.ts';
import type { ValueState } from '../value-state.ts';
import type { TimeWindow } from './assigner.ts';
import type { GlobalStatePart } from './global-state.ts';
import { NamedStates } from './named-state.ts';
import type { StateOwner } from './named-state.ts';
import type { PaneContext } from './pane-context.ts';
import type { WindowContext, WindowStateStore } from './window-function.ts';
import type { NamedState, Pane, WindowPart } from './window-part.ts';

/** The context of one operator. Owner: the subtask's worker. */
export class PaneFunctionContext implements WindowContext<unknown> {
  readonly #operator: OperatorContext;
  readonly #keys: KeySpace;
  readonly #clocks: PaneContext;
  readonly #keyed: boolean;
  readonly #merging: boolean;
  readonly #globals: KeyStates;
  readonly #windowStates: PaneStates;
  #id = 0;
  #pane: Pane = undefined as unknown as Pane;

  constructor(
    operator: OperatorContext,
    keys: KeySpace,
    part: WindowPart,
    globals: GlobalStatePart,
    clocks: PaneContext,
    windows: { readonly keyed: boolean; readonly merging: boolean },
  ) {
    this.#operator = operator;
    this.#keys = keys;
    this.#clocks = clocks;
    this.#keyed = windows.keyed;
    this.#merging = windows.merging;
    this.#globals = new KeyStates(globals);
    this.#windowStates = new PaneStates(part);
  }

  /** Moves to a window of a key. */
  at(id: number, pane: Pane): this {
    this.#id = id;
    this.#pane = pane;
    this.#globals.id = id;
    this.#windowStates.pane = pane;
    return this;
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
    return this.#keyed ? this.#keys.keyOf(this.#id) : undefined;
  }

  get window(): TimeWindow {
    return this.#pane.window;
  }

  currentWatermark(): number {
    return this.#clocks.currentWatermark();
  }

  currentProcessingTime(): number {
    return this.#clocks.currentProcessingTime();
  }

  output(tag: string, row: unknown, timestamp?: number): void {
    this.#operator.output.emitSide(tag, row, timestamp ?? this.#pane.window.end - 1);
  }

  windowState(): WindowStateStore {
    if (this.#merging) failWindowState(this.#operator.operatorName);
    return this.#windowStates;
  }

  globalState(): WindowStateStore {
    return this.#globals;
  }
}

/** State of the window at hand. */
class PaneStates implements WindowStateStore, StateOwner {
  pane: Pane = undefined as unknown as Pane;
  readonly #part: WindowPart;
  readonly #states: NamedStates = new NamedStates(this);

  constructor(part: WindowPart) {
    this.#part = part;
  }

  getState<V>(name: string, initial: V | (() => V)): ValueState<V> {
    return this.#states.get(name, initial);
  }

  read(): NamedState | undefined {
    return this.pane.windowState;
  }

  make(): NamedState {
    return (this.pane.windowState ??= new Map());
  }

  grow(bytes: number): void {
    this.#part.grow(this.pane, bytes);
  }

  cleared(state: NamedState): void {
    if (state.size === 0) this.pane.windowState = undefined;
  }
}

/** State of the key at hand. */
class KeyStates implements WindowStateStore, StateOwner {
  id = 0;
  readonly #part: GlobalStatePart;
  readonly #states: NamedStates = new NamedStates(this);

  constructor(part: GlobalStatePart) {
    this.#part = part;
  }

  getState<V>(name: string, initial: V | (() => V)): ValueState<V> {
    return this.#states.get(name, initial);
  }

  read(): NamedState | undefined {
    return this.#part.stateOf(this.id);
  }

  make(): NamedState {
    return this.#part.make(this.id);
  }

  grow(bytes: number): void {
    this.#part.grow(bytes);
  }

  cleared(state: NamedState): void {
    if (state.size === 0) this.#part.remove(this.id);
  }
}

/** What window functions and folds emit through; counts, so that a call emits a bounded number of rows. */
export class WindowCollector implements RowCollector {
  /** Given to rows without a timestamp of their own. */
  timestamp = 0;
  emitted = 0;
  readonly #output: Collector;

  constructor(output: Collector) {
    this.#output = output;
  }

  collect(row: unknown, timestamp?: number): void {
    this.emitted++;
    this.#output.emit(row, timestamp ?? this.timestamp);
  }
}

function failWindowState(operator: string): never {
  throw new EngineError('ERR_OPERATORS_WINDOW_STATE', { operator }, { place: { operator } });
}
