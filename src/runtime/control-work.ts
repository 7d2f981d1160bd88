/**
 * What a chain does between rows: watermarks, processing time, settled promises and barriers, each of which may take
 * several steps. Owner: the subtask's worker.
 *
 * Laws (test/runtime/control-work.test.ts):
 *  1. A watermark reaches the operators in chain order and leaves behind the rows that it caused.
 *  2. Between the calls of one operator that says it has more to emit nothing else comes, and no row is taken; but an operator
 *     that is not ready is told of settled promises and of the clock, since that is what it waits for.
 *  3. An operator's own watermarks are sent after the rows of the step in which it made them, and only ever advance; of those
 *     that arrive at such an operator only the end of time passes it.
 *  4. A barrier leaves behind what `prepareSnapshot` emitted and ahead of everything that follows; the snapshot is what the
 *     operators hold at that point. That of a drain lets them finish first.
 *     One that may overtake leaves ahead of rows that wait for credit; copies of them belong to what is said of it.
 */

import { asOvertaking, overtakesAfterMs, unpackOptions } from '../checkpoint/index.ts';
import type { InFlightFrames } from '../checkpoint/index.ts';
import type { FrameCopies, OutputGate } from '../exchange/index.ts';
import { END_OF_TIME, NO_WATERMARK, RowKind } from '../record/index.ts';
import type { OperatorSnapshot } from '../state/index.ts';
import type { ChainOperator, ChainSpec } from './chain-spec.ts';
import { statusTargets, wayFrom, wayInto } from './control-ways.ts';
import type { Action, StatusTargets } from './control-ways.ts';

/** A checkpoint barrier on its way. */
export interface BarrierWork {
  readonly checkpoint: number;
  /** ms since the epoch. */
  readonly triggeredAtMs: number;
  readonly options: number;
  /** From the first barrier to the last, in ms; missing where there is nothing to align. */
  readonly alignmentMs?: number;
}

/** What there is to say when a barrier passed. */
export interface BarrierPassed {
  /** What the operators hold, in their order. */
  readonly operators: readonly (OperatorSnapshot | undefined)[];
  /** How long it took them to say so, in ms. */
  readonly syncMs: number;
  /** Settles when all that they hold outside is durable. */
  readonly precommitted: Promise<unknown>;
  /** By output and channel, copies of the rows that it overtook there; undefined where there were none. */
  readonly overtaken: readonly (readonly (FrameCopies | undefined)[])[];
  /** Settles with all rows that it overtook on their way in and out; missing where it overtook none. */
  readonly inFlight?: Promise<readonly InFlightFrames[]>;
}

/** What the work needs of its chain. */
export interface ControlTarget {
  readonly spec: Pick<ChainSpec, 'operators' | 'current' | 'times'>;
  readonly outputs: readonly OutputGate[];
  /** By output, whether barriers may overtake rows there. */
  readonly overtaken: readonly boolean[];
  /** Hands the rows emitted so far to the writers. */
  flushRows(): void;
  nowMs(): number;
  monotonicMs(): number;
}

/** Carries out control work piece by piece. */
export class ControlWork {
  readonly #target: ControlTarget;
  readonly #operators: readonly ChainOperator[];
  /** Way of a watermark that leaves operator k, by k. */
  readonly #ways: readonly (readonly Action[])[];
  readonly #entrance: readonly Action[];
  /** Who is told when the head's inputs go idle. */
  readonly #statusTargets: StatusTargets;
  #way: readonly Action[] = [];
  #at = 0;
  #watermark: number = NO_WATERMARK;
  /** Own watermarks to be sent, and sent already, by operator. */
  readonly #own: Float64Array;
  readonly #sent: Float64Array;
  #ownWaiting = false;
  readonly #completed: number[] = [];
  #barrier: BarrierWork | undefined = undefined;
  /** Barriers of savepoints behind it. */
  readonly #behind: BarrierWork[] = [];
  /** The next operator to finish before the barrier of a drain. */
  #finishing: number = Infinity;
  #preparing = 0;
  /** Operators with processing-time work, and which of them is in the middle of it. */
  readonly #clocked: readonly number[];
  #ticking = -1;

  /** Called when a barrier passes. */
  onSnapshot: (barrier: BarrierWork, passed: BarrierPassed) => void = () => undefined;

  constructor(target: ControlTarget) {
    const { operators } = target.spec;
    this.#target = target;
    this.#operators = operators;
    this.#ways = operators.map((_, k) => wayFrom(operators, k));
    this.#entrance = operators[0]!.form === 'source' ? this.#ways[0]! : wayInto(operators, 0);
    this.#statusTargets = statusTargets(operators, 0, false);
    this.#own = new Float64Array(operators.length).fill(NO_WATERMARK);
    this.#sent = new Float64Array(operators.length).fill(NO_WATERMARK);
    this.#clocked = operators.flatMap(({ operator }, k) =>
      operator?.processingTimeDue === undefined ? [] : [k],
    );
  }

  /** The head's combined watermark advanced. Only when nothing is pending. */
  watermark(watermark: number): void {
    this.#start(this.#entrance, watermark);
  }

  /** Operator k made a watermark. */
  ownWatermark(k: number, watermark: number): void {
    if (watermark <= this.#own[k]!) return;
    this.#own[k] = watermark;
    this.#ownWaiting = true;
  }

  /** The head's inputs went idle, or are active again. */
  status(idle: boolean): void {
    this.#say(this.#statusTargets, idle);
  }

  /** Operator k, with watermarks of its own, went idle or is active again. */
  ownStatus(k: number, idle: boolean): void {
    this.#say(statusTargets(this.#operators, k, true), idle);
  }

  /** A promise of operator k settled. */
  completed(k: number): void {
    if (!this.#completed.includes(k)) this.#completed.push(k);
  }

  /** A barrier is due, behind those that wait. */
  barrier(barrier: BarrierWork): void {
    if (this.#barrier === undefined) this.#begin(barrier);
    else this.#behind.push(barrier);
  }

  /** A checkpoint will never be complete: its barrier is not sent, unless operators were asked for it already. */
  drop(checkpoint: number): void {
    const waits = this.#behind.findIndex((barrier) => barrier.checkpoint === checkpoint);
    if (waits >= 0) this.#behind.splice(waits, 1);
    const begun = this.#preparing > 0 || this.#finishing !== Infinity;
    if (begun || this.#barrier?.checkpoint !== checkpoint) return;
    this.#barrier = undefined;
    const next = this.#behind.shift();
    if (next !== undefined) this.#begin(next);
  }

  #begin(barrier: BarrierWork): void {
    this.#barrier = barrier;
    this.#finishing = unpackOptions(barrier.options).kind === 'drain' ? 0 : Infinity;
    this.#preparing = 0;
  }

  /** When the barrier that waits may go ahead of rows without room, in ms since the epoch; Infinity when none may. */
  get overtakesAtMs(): number {
    const barrier = this.#barrier;
    if (barrier === undefined) return Infinity;
    return barrier.triggeredAtMs + overtakesAfterMs(barrier.options);
  }

  /** When processing-time work is due, in ms since the epoch; `Infinity` when none is. */
  processingTimeDue(): number {
    let due = Infinity;
    for (let i = 0; i < this.#clocked.length; i++) {
      const k = this.#clocked[i]!;
      const one = this.#operators[k]!.operator!.processingTimeDue!();
      if (one < due) due = one;
    }
    return due;
  }

  /**
   * Tells operators of settled promises and of the clock, where those behind them take rows.
   *
   * @param nowMs processing time
   * @returns whether anything was told
   */
  tell(nowMs: number): boolean {
    let told = false;
    // What is emitted here belongs to no row.
    this.#target.spec.current.rowKind = RowKind.insert;
    for (let i = 0; i < this.#completed.length;) {
      const k = this.#completed[i]!;
      if (!this.takesRows(k + 1)) i++;
      else {
        told = true;
        this.#target.spec.current.operator = k;
        if (this.#operators[k]!.operator?.onCompletion?.() === false) return true;
        this.#completed.splice(i, 1);
      }
    }
    for (let i = 0; i < this.#clocked.length; i++) {
      const k = this.#clocked[i]!;
      const { operator } = this.#operators[k]!;
      if (this.#ticking >= 0 ? k !== this.#ticking : operator!.processingTimeDue!() > nowMs)
        continue;
      const begun = this.#ticking === k;
      if (!begun && this.#way.length > 0 && operator!.ready?.() !== false) continue;
      if (!this.takesRows(k + 1)) continue;
      told = true;
      this.#target.spec.current.operator = k;
      this.#ticking = operator!.onProcessingTime?.(nowMs) === false ? k : -1;
      if (this.#ticking >= 0) return true;
    }
    return told;
  }

  /** Whether the operators from `first` on take rows (a sink with full buffers does not). One that throws is the current one. */
  takesRows(first: number): boolean {
    for (let k = first; k < this.#operators.length; k++) {
      const { operator } = this.#operators[k]!;
      if (operator?.ready === undefined) continue;
      this.#target.spec.current.operator = k;
      if (!operator.ready()) return false;
    }
    return true;
  }

  /** Whether `tell` may have something to tell. */
  get clocked(): boolean {
    return this.#clocked.length > 0 || this.#completed.length > 0;
  }

  /** Whether anything is left to do before rows may be taken. */
  get pending(): boolean {
    return (
      this.#way.length > 0 || this.#ownWaiting || this.#ticking >= 0 || this.#barrier !== undefined
    );
  }

  /** Goes on until nothing is left, or an operator has more to emit than this step may; true in the first case. */
  run(): boolean {
    // What the clock began is not interrupted.
    if (this.#ticking >= 0) return false;
    for (;;) {
      if (this.#way.length > 0) {
        if (!this.#runWay()) return false;
      } else if (this.#ownWaiting) this.#startOwn();
      else if (this.#barrier === undefined) return true;
      else if (!this.#runBarrier(this.#barrier)) return false;
    }
  }

  #say({ edges, operators }: StatusTargets, idle: boolean): void {
    this.#target.flushRows();
    for (const edge of edges) this.#target.outputs[edge]!.status(idle);
    for (const k of operators) {
      this.#target.spec.current.operator = k;
      this.#operators[k]!.operator!.onStatus!(idle);
    }
  }

  #start(way: readonly Action[], watermark: number): void {
    this.#way = way;
    this.#at = 0;
    this.#watermark = watermark;
  }

  #runWay(): boolean {
    const { outputs, spec } = this.#target;
    const watermark = this.#watermark;
    while (this.#at < this.#way.length) {
      const action = this.#way[this.#at]!;
      if (action.kind === 'gate') {
        this.#target.flushRows();
        outputs[action.edge]!.watermark(watermark);
        this.#at++;
        continue;
      }
      const { operator } = this.#operators[action.operator]!;
      const own = operator?.ownWatermarks === true;
      spec.current.operator = action.operator;
      spec.current.rowKind = RowKind.insert;
      spec.times[action.operator]!.watermark = watermark;
      if (operator?.onWatermark?.(watermark) === false) return false;
      this.#at = !own || watermark === END_OF_TIME ? this.#at + 1 : action.behind;
    }
    this.#way = [];
    return true;
  }

  #startOwn(): void {
    const own = this.#own;
    for (let k = 0; k < own.length; k++) {
      if (own[k]! <= this.#sent[k]!) continue;
      this.#sent[k] = own[k]!;
      this.#start(this.#ways[k]!, own[k]!);
      return;
    }
    this.#ownWaiting = false;
  }

  #runBarrier(barrier: BarrierWork): boolean {
    const { spec, outputs, overtaken } = this.#target;
    for (; this.#finishing < this.#operators.length; this.#finishing++) {
      spec.current.operator = this.#finishing;
      if (this.#operators[this.#finishing]!.operator?.finish?.() === false) return false;
    }
    for (; this.#preparing < this.#operators.length; this.#preparing++) {
      spec.current.operator = this.#preparing;
      if (this.#operators[this.#preparing]!.operator?.prepareSnapshot?.() === false) return false;
    }
    this.#target.flushRows();
    const overtakes = overtakesAfterMs(barrier.options) < Infinity;
    const ahead = outputs.map((_, j) => overtakes && overtaken[j]!);
    if (!outputs.every((gate, j) => !ahead[j]! || gate.mayOvertake())) return false;
    const late = this.overtakesAtMs <= this.#target.nowMs();
    const passing = late ? { ...barrier, options: asOvertaking(barrier.options) } : barrier;
    const startMs = this.#target.monotonicMs();
    const precommits: Promise<void>[] = [];
    const held = this.#operators.map(({ operator }, k) => {
      spec.current.operator = k;
      const snapshot = operator?.snapshot?.();
      const precommit = operator?.precommit?.(barrier.checkpoint);
      // The snapshot of a later operator may fail before anybody looks at it.
      precommit?.catch(() => undefined);
      if (precommit !== undefined) precommits.push(precommit);
      return snapshot;
    });
    const { checkpoint, triggeredAtMs, options } = passing;
    const copies = outputs.map((gate, j) => {
      if (ahead[j]!) return gate.overtake(checkpoint, triggeredAtMs, options);
      gate.barrier(checkpoint, triggeredAtMs, options);
      return [];
    });
    this.#barrier = undefined;
    const precommitted = Promise.all(precommits);
    // Looked at later, by who writes the snapshot.
    precommitted.catch(() => undefined);
    const syncMs = this.#target.monotonicMs() - startMs;
    const next = this.#behind.shift();
    if (next !== undefined) this.#begin(next);
    this.onSnapshot(passing, { operators: held, syncMs, precommitted, overtaken: copies });
    return true;
  }
}
