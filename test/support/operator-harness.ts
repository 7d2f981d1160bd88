/**
 * Drives one operator from its transformation, row at a time, as the runtime would.
 *
 * Typed inputs are encoded into a ring-like memory and passed as views; after each call the bytes are overwritten and
 * the view poisoned, so that an operator which keeps one fails. What it emits is copied at once. Rows of a keyed input
 * come with their hash; the watermark is set before `onWatermark`, and forwarded unless the operator makes its own.
 */

import { murmur32 } from '../../src/base/index.ts';
import { keepRow } from '../../src/operators/index.ts';
import type {
  KeyContext,
  Operator,
  OperatorContext,
  Transformation,
} from '../../src/operators/index.ts';
import {
  END_OF_TIME,
  Memory,
  NO_TIMESTAMP,
  NO_WATERMARK,
  RowKind,
  rowKindText,
} from '../../src/record/index.ts';
import type { KeyValue, RecordType, RowCodec } from '../../src/record/index.ts';
import { compileCodec } from '../../src/record/codec-compiler.ts';
import { hashKeyValue } from '../../src/record/key.ts';
import { QuotaAccount } from '../../src/state/index.ts';
import { poisonView } from './poisoned-view.ts';

/** One input of the operator under test. */
export interface HarnessInput {
  readonly type?: RecordType;
  readonly keyBy?: readonly string[] | ((row: never) => KeyValue);
}

export interface HarnessOptions {
  readonly inputs?: readonly HarnessInput[];
  readonly mode?: 'streaming' | 'batch';
  /** Declared side outputs. */
  readonly sideOutputs?: readonly string[];
  readonly stateBytes?: number;
  /** Both ends inclusive, of 128. */
  readonly keyGroups?: OperatorContext['keyGroups'];
  /** Where event time stands at the beginning: an operator that was restored in the middle. */
  readonly watermark?: number;
  readonly toDriver?: OperatorContext['toDriver'];
}

/** One emitted row; `timestamp` is undefined when it has none. */
export interface Emitted {
  readonly row: unknown;
  readonly timestamp: number | undefined;
}

interface Input {
  readonly codec: RowCodec | undefined;
  readonly type: RecordType | undefined;
  readonly key: KeyContext | undefined;
}

export class OperatorHarness {
  readonly operator: Operator;
  readonly account: QuotaAccount;
  /** Rows and watermarks in the order in which they were emitted. */
  readonly events: (Emitted | { readonly watermark: number })[] = [];
  readonly sides: Record<string, Emitted[]> = {};
  /** Changelog kinds of the rows of `emitted`, in the same order. */
  readonly kinds: RowKind[] = [];
  /** Idle (true) and active (false), in order. */
  readonly statuses: boolean[] = [];
  readonly counters: Record<string, number> = {};
  readonly #inputs: readonly Input[];
  readonly #context: OperatorContext;
  readonly #current: { keyHash: number; rowKind: RowKind; watermark: number } = {
    keyHash: 0,
    rowKind: RowKind.insert,
    watermark: NO_WATERMARK,
  };
  readonly #memories: readonly Memory[];
  #pushed = 0;
  /** Processing time. */
  nowMs = 0;
  /** Settled promises that the operator was not told of yet. */
  readonly #completions: Promise<unknown>[] = [];

  constructor(transformation: Transformation, options: HarnessOptions = {}) {
    const inputs = (options.inputs ?? [{}]).map(makeInput);
    this.#inputs = inputs;
    this.account = new QuotaAccount('under-test', options.stateBytes ?? Infinity);
    // One private and one shared memory, used in turn: views are bound anew as between rings.
    this.#memories = [Memory.ofBytes(1 << 16), new Memory(new SharedArrayBuffer(1 << 16))];
    this.#context = {
      operatorName: 'under-test',
      uid: 'under-test',
      subtaskIndex: 0,
      parallelism: 1,
      maxParallelism: 128,
      keyGroups: options.keyGroups ?? { first: 0, last: 127 },
      executionMode: options.mode ?? 'streaming',
      nowMs: () => this.nowMs,
      awaitCompletion: (promise) => {
        const done = (): void => {
          this.#completions.push(promise);
        };
        promise.then(done, done);
      },
      output: {
        emit: (row, timestamp) => this.#emit(RowKind.insert, row, timestamp),
        emitChange: (kind, row, timestamp) => this.#emit(kind, row, timestamp),
        emitSide: (tag, row, timestamp) => {
          if (!options.sideOutputs?.includes(tag)) throw new Error(`no side output ${tag}`);
          (this.sides[tag] ??= []).push(emitted(row, timestamp));
        },
        emitWatermark: (watermark) => this.events.push({ watermark }),
        emitStatus: (idle) => this.statuses.push(idle),
      },
      inputs,
      memory: this.account,
      toDriver: options.toDriver ?? (() => Promise.resolve()),
      counter: (name) => ({
        add: (n) => {
          this.counters[name] = (this.counters[name] ?? 0) + n;
        },
      }),
      current: this.#current,
    };
    this.#current.watermark = options.watermark ?? NO_WATERMARK;
    this.operator = transformation.create(this.#context);
  }

  /** Rows emitted so far. */
  get rows(): unknown[] {
    return this.emitted.map(({ row }) => row);
  }

  /** Rows emitted so far, with their timestamps. */
  get emitted(): Emitted[] {
    return this.events.filter((event) => 'row' in event);
  }

  /** Rows emitted so far with their kinds: `['+I', row]`. */
  get changes(): [string, unknown][] {
    return this.rows.map((row, i) => [rowKindText(this.kinds[i]!), row]);
  }

  /** Watermarks that left the operator, its own or forwarded. */
  get watermarks(): number[] {
    return this.events.flatMap((event) => ('watermark' in event ? [event.watermark] : []));
  }

  /** Passes one row to input `input`. */
  push(
    row: unknown,
    timestamp: number = NO_TIMESTAMP,
    input: 0 | 1 = 0,
    kind: RowKind = RowKind.insert,
  ): void {
    this.#current.rowKind = kind;
    const { codec, key } = this.#inputs[input]!;
    if (codec === undefined) {
      if (key !== undefined) {
        this.#current.keyHash = murmur32(hashKeyValue(key.valueOf(row)));
      }
      this.#call(row, timestamp, input);
      return;
    }
    const memory = this.#memories[this.#pushed % 2]!;
    const at = 8 + (this.#pushed % 7) * 64;
    this.#pushed++;
    const bytes = codec.write(row, memory, at);
    memory.i32[(at - 8) >> 2] = bytes;
    const view = codec.createView();
    view.bind(memory);
    view.at = at;
    if (key !== undefined) {
      const hash =
        key.access === undefined
          ? hashKeyValue(key.valueOf(view))
          : key.access.hashBytes(memory, at);
      this.#current.keyHash = murmur32(hash);
    }
    try {
      this.#call(view, timestamp, input);
    } finally {
      memory.u8.fill(0xa5, at - 8, at + bytes);
      poisonView(view);
    }
  }

  pushAll(rows: readonly unknown[], input: 0 | 1 = 0): void {
    for (const row of rows) this.push(row, NO_TIMESTAMP, input);
  }

  /** Lets the operator's combined watermark advance. */
  advance(watermark: number): void {
    this.#current.watermark = watermark;
    while (this.operator.onWatermark?.(watermark) === false);
    if (this.operator.ownWatermarks && watermark !== END_OF_TIME) return;
    this.events.push({ watermark });
  }

  /** Moves processing time forward and fires what is due. */
  advanceProcessingTime(nowMs: number): void {
    this.nowMs = nowMs;
    while ((this.operator.processingTimeDue?.() ?? Infinity) <= nowMs) {
      while (this.operator.onProcessingTime?.(nowMs) === false);
    }
  }

  /** Lets settled promises reach the operator. */
  async completions(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#completions.splice(0).length === 0) return;
    while (this.operator.onCompletion?.() === false);
  }

  /** Ends the input: end of time, then `finish`, then `close`. */
  async end(): Promise<void> {
    this.advance(END_OF_TIME);
    while (this.operator.finish?.() === false);
    await this.operator.close?.(false);
  }

  #call(row: unknown, timestamp: number, input: 0 | 1): void {
    const { fused } = this.operator;
    if (fused === undefined) {
      if (input === 0) this.operator.process!(row, timestamp);
      else this.operator.process2!(row, timestamp);
    } else if (fused.form === 'map') {
      this.#emit(this.#current.rowKind, fused.fn(row as never), timestamp);
    } else if (fused.fn(row as never)) {
      this.#emit(this.#current.rowKind, row, timestamp);
    }
  }

  #emit(kind: RowKind, row: unknown, timestamp: number): void {
    this.events.push(emitted(row, timestamp));
    this.kinds.push(kind);
  }
}

function emitted(row: unknown, timestamp: number): Emitted {
  return {
    // A row may be used again for the next one.
    row: keepRow(row),
    timestamp: timestamp === NO_TIMESTAMP ? undefined : timestamp,
  };
}

function makeInput({ type, keyBy }: HarnessInput): Input {
  const codec = type && compileCodec(type);
  if (keyBy === undefined) return { type, codec, key: undefined };
  if (typeof keyBy === 'function') {
    const valueOf = keyBy as (row: unknown) => KeyValue;
    return { type, codec, key: { fields: undefined, valueOf, access: undefined } };
  }
  const access = codec?.key(keyBy);
  const valueOf = (row: unknown): KeyValue => {
    const values = keyBy.map((field) => (row as Record<string, KeyValue>)[field]!);
    return values.length === 1 ? values[0]! : values;
  };
  return {
    type,
    codec,
    key: { fields: keyBy, access, valueOf: access ? (row) => access.valueOf(row) : valueOf },
  };
}
