/**
 * Counters of subtasks in shared memory: allocated by main, written by the owner worker, read by anyone.
 *
 * The owner counts in plain local fields and copies them out once per turn by plain stores (`publish`, some 30 ns); an
 * atomic per counter would cost ten times that, and a lock is not needed:
 *  - each value has one writer, and an aligned float64 is one store and one load on x64 and arm64, so a reader sees a
 *    value that was published at some time, never half of one;
 *  - values of one block may come from neighbouring turns. Every value but `watermark`, `stateBytes` and the progress
 *    only grows, so a rate over an interval is off by at most one turn at either end, and later readings repair it.
 *
 * Laws:
 *  1. What `readCounters` gives after `publish` is what the owner's fields held.
 *  2. No write of one subtask changes another's values.
 */

import { EngineError } from '../base/index.ts';
import {
  blockBytes,
  CONTROL_BYTES,
  CUSTOM_COUNTERS_MAX,
  CUSTOM_INDEX,
  CUSTOM_NAME_MAX,
  CUSTOM_NAME_STRIDE,
  namesOffset,
  OPERATOR_INDEX,
  SUBTASK_FIELDS,
  valuesOf,
} from './counters-layout.ts';
import type { SubtaskField } from './counters-layout.ts';

/** No value yet, for `watermark`: the same number as a stream's "no watermark". */
export const NO_VALUE: number = Number.MIN_SAFE_INTEGER;

/** The shared memory of a job's counters; plain data, posted to the workers. */
export interface CounterRegion {
  readonly buffer: SharedArrayBuffer;
  readonly subtasks: number;
  /** Operators that each block has room for. */
  readonly operatorsPerSubtask: number;
}

/** A counter of user code or of an operator, e.g. `cacheMisses`. Owner: the subtask's worker. */
export interface CustomCounter {
  add(n: number): void;
}

/** One subtask's values as read; see {@link SubtaskCounters} for meanings. */
export type RawSubtask = { readonly [field in SubtaskField]: number } & {
  /** By operator of the chain, in the chain's order. */
  readonly operators: readonly { readonly rowsIn: number; readonly rowsOut: number }[];
  readonly custom: readonly {
    readonly operator: number;
    readonly name: string;
    readonly value: number;
  }[];
};

/**
 * Allocates zeroed counters for `subtasks` subtasks of at most `operatorsPerSubtask` operators each. Main thread.
 *
 * @throws RangeError for negative or fractional numbers
 * @example
 * const region = createCounterRegion(4, 3);
 */
export function createCounterRegion(subtasks: number, operatorsPerSubtask: number): CounterRegion {
  checkCount('subtasks', subtasks);
  checkCount('operatorsPerSubtask', operatorsPerSubtask);
  const buffer = new SharedArrayBuffer(subtasks * blockBytes(operatorsPerSubtask));
  const region = { buffer, subtasks, operatorsPerSubtask };
  for (let subtask = 0; subtask < subtasks; subtask++) {
    viewOf(region, subtask).values[SUBTASK_FIELDS.indexOf('watermark')] = NO_VALUE;
  }
  return region;
}

/**
 * The owner's side of one block: count in the plain fields, `publish` once per turn. Owner: the subtask's worker.
 */
export class SubtaskCounters {
  /** Rows taken from input channels or read by the source. */
  recordsIn = 0;
  /** Rows written to output channels. */
  recordsOut = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Time spent in steps that made progress; with the next two it sums to the subtask's age. */
  busyMs = 0;
  /** Time without input. */
  idleMs = 0;
  /** Time with input but without credit downstream. */
  backpressuredMs = 0;
  /** CPU time of its steps; 0 where the platform cannot tell. */
  cpuNs = 0;
  /** Combined input watermark in ms since the epoch, {@link NO_VALUE} before the first. */
  watermark: number = NO_VALUE;
  /** Wall clock at which the watermark last advanced, ms since the epoch; 0 before. */
  watermarkSinceMs = 0;
  /** The subtask whose channel holds the watermark back, or -1. */
  watermarkHolder = -1;
  /** 0 active, 1 idle, 2 ended. */
  inputStatus = 0;
  lateRowsDropped = 0;
  badRows = 0;
  /** Of a bounded source, in its own unit; total 0 when unknown. */
  progressDone = 0;
  progressTotal = 0;
  steps = 0;
  longestStepMs = 0;
  /** Off-heap bytes of keyed state. */
  stateBytes = 0;
  /** Rows into and out of each operator of the chain, by its place in the chain. */
  readonly operatorRowsIn: Float64Array;
  readonly operatorRowsOut: Float64Array;

  readonly #view: BlockView;
  readonly #custom: Float64Array = new Float64Array(CUSTOM_COUNTERS_MAX);
  readonly #customKeys: string[] = [];

  /**
   * @throws RangeError for a subtask outside the region
   */
  constructor(region: CounterRegion, subtask: number) {
    if (!(Number.isInteger(subtask) && subtask >= 0 && subtask < region.subtasks)) {
      throw new RangeError(`subtask expects 0 .. ${region.subtasks - 1}, got ${subtask}`);
    }
    this.#view = viewOf(region, subtask);
    this.operatorRowsIn = new Float64Array(region.operatorsPerSubtask);
    this.operatorRowsOut = new Float64Array(region.operatorsPerSubtask);
  }

  /**
   * The counter `name` of the chain's operator at `operator`; the same one for the same pair. Not for hot paths: keep
   * the result.
   *
   * @throws ERR_METRICS_COUNTER_NAME for a name that is not a short identifier
   * @throws ERR_METRICS_COUNTERS_FULL beyond 16 counters in one subtask
   * @example
   * const misses = counters.custom(0, 'cacheMisses');
   * misses.add(1);
   */
  custom(operator: number, name: string): CustomCounter {
    const key = `${operator} ${name}`;
    let slot = this.#customKeys.indexOf(key);
    if (slot < 0) {
      slot = this.#customKeys.length;
      writeName(this.#view, slot, operator, name);
      this.#customKeys.push(key);
    }
    const values = this.#custom;
    return {
      add(n: number): void {
        values[slot]! += n;
      },
    };
  }

  /** Makes the fields visible to readers. Call once per turn; no allocation. */
  publish(): void {
    const { values } = this.#view;
    values[0] = this.recordsIn;
    values[1] = this.recordsOut;
    values[2] = this.bytesIn;
    values[3] = this.bytesOut;
    values[4] = this.busyMs;
    values[5] = this.idleMs;
    values[6] = this.backpressuredMs;
    values[7] = this.cpuNs;
    values[8] = this.watermark;
    values[9] = this.watermarkSinceMs;
    values[10] = this.watermarkHolder;
    values[11] = this.inputStatus;
    values[12] = this.lateRowsDropped;
    values[13] = this.badRows;
    values[14] = this.progressDone;
    values[15] = this.progressTotal;
    values[16] = this.steps;
    values[17] = this.longestStepMs;
    values[18] = this.stateBytes;
    const custom = this.#custom;
    const customInUse = this.#customKeys.length;
    for (let i = 0; i < customInUse; i++) values[CUSTOM_INDEX + i] = custom[i]!;
    const rowsIn = this.operatorRowsIn;
    const rowsOut = this.operatorRowsOut;
    for (let i = 0; i < rowsIn.length; i++) {
      values[OPERATOR_INDEX + 2 * i] = rowsIn[i]!;
      values[OPERATOR_INDEX + 2 * i + 1] = rowsOut[i]!;
    }
  }
}

/**
 * All blocks as last published, by subtask. Any thread.
 *
 * @example
 * readCounters(region)[0].recordsIn; // 0
 */
export function readCounters(region: CounterRegion): RawSubtask[] {
  return Array.from({ length: region.subtasks }, (_, subtask) => readBlock(region, subtask));
}

interface BlockView {
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly values: Float64Array<SharedArrayBuffer>;
  readonly names: Uint8Array<SharedArrayBuffer>;
}

function viewOf(region: CounterRegion, subtask: number): BlockView {
  const { buffer, operatorsPerSubtask: operators } = region;
  const start = subtask * blockBytes(operators);
  return {
    control: new Int32Array(buffer, start, 1),
    values: new Float64Array(buffer, start + CONTROL_BYTES, valuesOf(operators)),
    names: new Uint8Array(
      buffer,
      start + namesOffset(operators),
      CUSTOM_COUNTERS_MAX * CUSTOM_NAME_STRIDE,
    ),
  };
}

function readBlock(region: CounterRegion, subtask: number): RawSubtask {
  const { control, values, names } = viewOf(region, subtask);
  // Observes that the names below this count are complete.
  const customInUse = Atomics.load(control, 0);
  const fields = Object.fromEntries(SUBTASK_FIELDS.map((field, i) => [field, values[i]!]));
  return {
    ...(fields as Record<SubtaskField, number>),
    operators: Array.from({ length: region.operatorsPerSubtask }, (_, i) => ({
      rowsIn: values[OPERATOR_INDEX + 2 * i]!,
      rowsOut: values[OPERATOR_INDEX + 2 * i + 1]!,
    })),
    custom: Array.from({ length: customInUse }, (_, i) => ({
      ...readName(names, i * CUSTOM_NAME_STRIDE),
      value: values[CUSTOM_INDEX + i]!,
    })),
  };
}

function writeName(view: BlockView, slot: number, operator: number, name: string): void {
  if (!/^[A-Za-z_]\w*$/.test(name) || name.length > CUSTOM_NAME_MAX) {
    throw new EngineError('ERR_METRICS_COUNTER_NAME', { max: CUSTOM_NAME_MAX, got: name });
  }
  if (slot >= CUSTOM_COUNTERS_MAX) {
    throw new EngineError('ERR_METRICS_COUNTERS_FULL', { max: CUSTOM_COUNTERS_MAX, name });
  }
  const { names } = view;
  const at = slot * CUSTOM_NAME_STRIDE;
  names[at] = operator;
  names[at + 1] = operator >>> 8;
  names[at + 2] = name.length;
  for (let i = 0; i < name.length; i++) names[at + 3 + i] = name.charCodeAt(i);
  // Publishes the name: a reader that sees the new count sees the bytes before it.
  Atomics.store(view.control, 0, slot + 1);
}

function readName(
  names: Uint8Array<SharedArrayBuffer>,
  at: number,
): { operator: number; name: string } {
  const start = at + 3;
  const name = String.fromCharCode(...names.subarray(start, start + names[at + 2]!));
  return { operator: names[at]! | (names[at + 1]! << 8), name };
}

function checkCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0) return;
  throw new RangeError(`${name} expects an integer ≥ 0, got ${value}`);
}
