/**
 * One subtask: a chain that runs in bounded, non-blocking steps. Owner: its worker.
 *
 * States, each reads "step does X until Y":
 *
 *     running    takes rows from the source or the input gate, until all input ended; between rows carries out what
 *                control-work.ts holds: watermarks, timers of the clock, settled promises, barriers
 *     finishing  emits what operators hold back at the end of their input, a bounded piece per step
 *     flushing   moves rows beyond the rings into them as credit comes, until none is left
 *     closing    waits for sinks and readers to close
 *     finished   everything it wrote is where it belongs
 *     failed     user code, input or output failed; `error` says how
 *     canceled   stopped from outside, nothing more is emitted
 *
 *     running -> finishing -> flushing -> closing -> finished
 *     any but finished -> failed | canceled (both close their operators as aborted)
 */

import type { Clock, EngineError } from '../base/index.ts';
import { LoadMeter, LoadState } from '../metrics/index.ts';
import type { SubtaskCounters } from '../metrics/index.ts';
import type { RestoredState } from '../operators/index.ts';
import { END_OF_TIME, NO_WATERMARK } from '../record/index.ts';
import type { OperatorSnapshot } from '../state/index.ts';
import type { Chain } from './chain.ts';
import { countChain } from './chain-counts.ts';
import type { TimeAccount } from './fairness.ts';
import { InputHead } from './input-head.ts';
import type { BarrierWork } from './control-work.ts';
import type { SourceHead, SplitPositions } from './source-head.ts';
import { LatencyMarkers } from './latency-markers.ts';
import type { LatencyTrack } from './latency-markers.ts';
import { userError } from './user-error.ts';

/** What a subtask is; see the file header. */
export type SubtaskState =
  | 'running'
  | 'finishing'
  | 'flushing'
  | 'closing'
  | 'finished'
  | 'failed'
  | 'canceled';

/** What one step came to. */
export const Progress = {
  /** Nothing to do; waits for input, the clock or an asynchronous answer. */
  idle: 0,
  /** Did something; step again. */
  progress: 1,
  /** Has input but no room downstream. */
  blocked: 2,
  /** An operator of its own, a sink for one, takes no row until an asynchronous answer comes: as busy as if it computed. */
  waiting: 3,
} as const;
export type Progress = (typeof Progress)[keyof typeof Progress];

/** What a subtask reports to its worker. */
export interface SubtaskHooks {
  /** Entered `finished` or `canceled`. */
  onEnd(subtask: Subtask): void;
  /** Entered `failed`. */
  onFailure(subtask: Subtask, error: EngineError): void;
  /** A promise whose settling may let the subtask go on: the worker keeps its event loop turning meanwhile. */
  track(promise: Promise<unknown>): void;
  /** A barrier passed: what the subtask held at that point. */
  onSnapshot?(subtask: Subtask, barrier: BarrierWork, snapshot: SubtaskSnapshot): void;
}

/** What a subtask holds at a barrier; plain data. */
export interface SubtaskSnapshot {
  /** By uid; operators that hold nothing are missing. */
  readonly operators: Readonly<Record<string, OperatorSnapshot>>;
  /** Of a source. */
  readonly splits: SplitPositions | undefined;
  /** Whether it had finished: after a restore it only says so. */
  readonly finished: boolean;
}

/** Steps of one chain. */
export class Subtask {
  readonly chain: Chain;
  readonly counters: SubtaskCounters;
  readonly account: TimeAccount;
  state: SubtaskState = 'running';
  error: EngineError | undefined = undefined;
  readonly #clock: Clock;
  readonly #hooks: SubtaskHooks;
  readonly #source: SourceHead | undefined;
  readonly #input: InputHead | undefined;
  readonly #roomBytes: number;
  readonly #markers: LatencyMarkers;
  readonly #meter: LoadMeter = new LoadMeter();
  #watermark: number = NO_WATERMARK;
  #finishing = 0;
  /** Index of the operator that is being opened, or -1. */
  #opening = -1;
  /** Settles when a failed subtask let go of everything. */
  #letGo: Promise<void> | undefined = undefined;
  #waiting: Promise<unknown> | undefined = undefined;
  #idleFlushed = false;
  /** Whether downstream was told that this subtask is idle. */
  #idleSaid = false;
  /** What it held when its input had ended. */
  #last: SubtaskSnapshot | undefined = undefined;
  /** It had finished before it was restored: only its outputs have to end. */
  #restoredFinished = false;

  constructor(
    chain: Chain,
    source: SourceHead | undefined,
    counters: SubtaskCounters,
    account: TimeAccount,
    clock: Clock,
    hooks: SubtaskHooks,
    roomBytes: number,
    latency: LatencyTrack,
  ) {
    this.#roomBytes = roomBytes;
    this.chain = chain;
    this.counters = counters;
    this.account = account;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#source = source;
    this.#markers = new LatencyMarkers(chain.outputs, chain.subtask.id, clock, latency);
    this.#input =
      chain.input === undefined ? undefined : new InputHead(chain, chain.input, this.#markers);
    if (source) source.onAsync = (promise) => hooks.track(promise);
    this.#meter.start(clock.monotonicMs());
    chain.control.onSnapshot = (barrier, operators) => this.#onSnapshot(barrier, operators);
  }

  /** Takes state back, before `open`. @param finished whether it had finished by then */
  restore(
    states: Readonly<Record<string, RestoredState>>,
    splits: SplitPositions | undefined,
    finished: boolean,
  ): void {
    this.#restoredFinished = finished;
    if (finished) return;
    this.chain.restore(states);
    if (splits !== undefined) this.#source?.restore(splits);
  }

  /** A checkpoint begins here: the next steps send its barrier. Only for sources; others get theirs from their inputs. */
  trigger(barrier: BarrierWork): void {
    if (this.state === 'running') this.chain.control.barrier(barrier);
  }

  /** What it held at the end of its input; undefined before. */
  get lastSnapshot(): SubtaskSnapshot | undefined {
    return this.#last;
  }

  /** Whether it is idle, has ended, and which input channel (by number, or -1) holds its watermark back. */
  get inputStatus(): { readonly idle: boolean; readonly ended: boolean; readonly holding: number } {
    return {
      idle: this.#source?.idle ?? this.#input?.idle ?? false,
      ended: this.state !== 'running',
      holding: this.#input?.holdingChannel ?? -1,
    };
  }

  /** `operator (subtask)` of the chain's head, for logs. */
  get name(): string {
    return this.chain.plan.name;
  }

  /** Whether it will never step again. */
  get done(): boolean {
    return this.state === 'finished' || this.state === 'failed' || this.state === 'canceled';
  }

  /** Opens operators, then the source. Failures put it into `failed`. */
  async open(): Promise<void> {
    if (this.#restoredFinished) {
      this.state = 'finishing';
      return;
    }
    try {
      for (const [k, { operator }] of this.chain.spec.operators.entries()) {
        this.#opening = k;
        await operator?.open?.();
        this.#opening = -1;
        if (this.done) {
          // Canceled meanwhile: what was just opened is closed by whoever opened it.
          await operator?.close?.(true);
          return;
        }
      }
      this.#opening = 0;
      await this.#source?.open();
      this.#opening = -1;
    } catch (error) {
      this.chain.spec.current.operator = Math.max(0, this.#opening);
      this.#opening = -1;
      await this.#fail(error);
    }
  }

  /** One bounded step. Never throws: what user code throws ends in `failed`. */
  step(): Progress {
    const rows = this.account.allowance();
    if (rows === 0) return Progress.progress;
    const startMs = this.#clock.monotonicMs();
    let rowsDone = 0;
    let result: Progress;
    try {
      if (!this.chain.hasRoom(this.#roomBytes)) {
        this.#source?.blocked();
        result = Progress.blocked;
      } else {
        result = this.#work(rows);
        rowsDone = this.#rowsOfStep();
      }
    } catch (error) {
      const row = this.#source?.failedRow ?? this.#input?.failedRow;
      this.#track(this.#fail(error, row));
      result = Progress.progress;
    }
    this.#account(startMs, rowsDone, result);
    return result;
  }

  /** Graceful stop of a source: no further row, then the end of the input. */
  drain(): void {
    this.#source?.stop();
  }

  /** Stops now; operators and readers are closed as aborted. */
  async cancel(): Promise<void> {
    if (this.done || this.state === 'closing') return this.#letGo;
    this.state = 'canceled';
    await this.#close(true).catch(() => undefined);
    this.#hooks.onEnd(this);
  }

  /** Milliseconds until the clock alone may give it work; undefined when it cannot. */
  waitMs(): number | undefined {
    // While the end of time waits for requests under way, their timeouts and retries are due by the clock as well.
    if (this.state !== 'running' && this.state !== 'finishing') return undefined;
    const waitMs = (this.state === 'running' ? this.#source?.waitMs() : undefined) ?? Infinity;
    const due = this.chain.control.processingTimeDue();
    const clockMs = due === Infinity ? Infinity : due - this.#clock.nowMs();
    const wait = Math.min(waitMs, clockMs);
    return wait === Infinity ? undefined : Math.max(0, wait);
  }

  /** Publishes the counters. */
  publish(): void {
    const { counters, chain } = this;
    const nowMs = this.#clock.monotonicMs();
    this.#meter.enter(this.#meter.state, nowMs);
    counters.busyMs = this.#meter.busyMs;
    counters.idleMs = this.#meter.idleMs;
    counters.backpressuredMs = this.#meter.backpressuredMs;
    const progress = this.#source?.progress();
    if (progress !== undefined) {
      counters.progressDone = progress.done;
      // Nothing to read is not the same as an unknown size.
      counters.progressTotal = progress.total === 0 ? -1 : progress.total;
    }
    if (this.#source !== undefined && this.state === 'running') this.#markers.send(nowMs);
    const { idle, ended, holding } = this.inputStatus;
    counters.inputStatus = ended ? 2 : idle ? 1 : 0;
    counters.watermarkHolder = chain.producers[holding] ?? -1;
    countChain(chain, counters);
    chain.input?.adjustWindows(nowMs);
    counters.publish();
  }

  #work(rows: number): Progress {
    const { control } = this.chain;
    if (this.state === 'running' || this.state === 'finishing') {
      if (control.clocked && control.tell(this.#clock.nowMs())) {
        this.#control();
        this.chain.publishOutputs();
        return Progress.progress;
      }
    }
    if (control.pending) {
      if (!this.chain.ready) return this.#waitForOperators();
      this.#control();
      this.chain.publishOutputs();
      return Progress.progress;
    }
    switch (this.state) {
      case 'running':
        if (!this.chain.ready) return this.#waitForOperators();
        return this.#source === undefined
          ? this.#stepInput(rows)
          : this.#stepSource(this.#source, rows);
      case 'finishing':
        return this.chain.ready ? this.#finish() : this.#waitForOperators();
      case 'flushing':
        this.state = 'closing';
        this.#track(this.#end());
        return Progress.progress;
      case 'closing':
      case 'finished':
      case 'failed':
      case 'canceled':
        return Progress.idle;
    }
  }

  #stepSource(source: SourceHead, rows: number): Progress {
    const outcome = source.step(rows);
    this.counters.recordsIn += source.rows;
    this.chain.spec.counts[1]! += source.mainRows;
    this.#afterRows(source.watermark, source.idle);
    this.chain.publishOutputs();
    if (outcome === 'end') {
      this.#beginFinish();
      return Progress.progress;
    }
    if (outcome === 'progress') {
      this.#idleFlushed = false;
      return Progress.progress;
    }
    if (!source.opening && this.#waiting === undefined) {
      this.chain.spec.current.operator = 0;
      this.#wait(source.available());
    }
    return this.#idle();
  }

  #stepInput(rows: number): Progress {
    const input = this.#input!;
    const progressed = input.step(rows);
    this.counters.recordsIn += input.rows;
    this.chain.spec.counts[0]! += input.rows;
    if (input.barrier !== undefined) this.chain.control.barrier(input.barrier);
    this.#afterRows(input.watermark, input.idle);
    this.chain.publishOutputs();
    if (input.ended) {
      this.#beginFinish();
      return Progress.progress;
    }
    if (!progressed) return this.#idle();
    this.#idleFlushed = false;
    return Progress.progress;
  }

  /** Nothing came: what operators buffer goes out once. */
  #idle(): Progress {
    if (!this.#idleFlushed) {
      this.#idleFlushed = true;
      this.chain.flush();
      this.chain.publishOutputs();
    }
    return Progress.idle;
  }

  #advance(watermark: number): void {
    this.#watermark = watermark;
    this.counters.watermark = watermark;
    this.counters.watermarkSinceMs = this.#clock.nowMs();
    this.chain.control.watermark(watermark);
  }

  /** What follows a step's rows. Going idle is said last, since what an idle input says does not count. */
  #afterRows(watermark: number, idle: boolean): void {
    if (!idle) this.#say(false);
    if (watermark > this.#watermark) this.#advance(watermark);
    this.#control();
    if (idle && !this.chain.control.pending) this.#say(true);
  }

  /** Carries out what is pending, as far as this step may. */
  #control(): void {
    this.chain.control.run();
  }

  /** Tells what follows that this subtask went idle, or is active again. */
  #say(idle: boolean): void {
    if (idle === this.#idleSaid) return;
    this.#idleSaid = idle;
    this.chain.control.status(idle);
  }

  #onSnapshot(barrier: BarrierWork, operators: readonly (OperatorSnapshot | undefined)[]): void {
    this.#hooks.onSnapshot?.(this, barrier, this.#snapshotOf(operators, false));
    if (this.#input?.barrier !== undefined) this.#input.resume();
  }

  #snapshotOf(
    operators: readonly (OperatorSnapshot | undefined)[],
    finished: boolean,
  ): SubtaskSnapshot {
    const byUid: Record<string, OperatorSnapshot> = {};
    operators.forEach((snapshot, k) => {
      if (snapshot !== undefined) byUid[this.chain.plan.operators[k]!.uid] = snapshot;
    });
    return { operators: byUid, splits: this.#source?.positions(), finished };
  }

  #beginFinish(): void {
    this.#say(false);
    if (this.#watermark < END_OF_TIME) this.#advance(END_OF_TIME);
    this.#control();
    this.state = 'finishing';
  }

  /** One call of `finish` per step, so that a large result never has to fit beyond the rings. */
  #finish(): Progress {
    const { operators, current } = this.chain.spec;
    const next = this.#restoredFinished ? undefined : operators[this.#finishing];
    if (next !== undefined) {
      current.operator = this.#finishing;
      if (next.operator?.finish?.() !== false) this.#finishing++;
    } else {
      this.chain.driver.flush();
      this.#last = this.#snapshotOf([], true);
      for (const gate of this.chain.outputs) {
        if (this.#restoredFinished) gate.watermark(END_OF_TIME);
        gate.end();
      }
      this.state = 'flushing';
    }
    this.chain.publishOutputs();
    return Progress.progress;
  }

  async #end(): Promise<void> {
    try {
      await this.#close(false);
      if (this.state !== 'closing') return;
      this.state = 'finished';
      this.#meter.enter(LoadState.idle, this.#clock.monotonicMs());
      this.publish();
      this.#hooks.onEnd(this);
    } catch (error) {
      await this.#fail(error);
    }
  }

  /** @param row text of the row that was being processed, if one was */
  async #fail(thrown: unknown, row?: string): Promise<void> {
    if (this.done) return;
    const { spec, subtask } = this.chain;
    const error = userError(thrown, {
      operator: spec.operators[spec.current.operator]!.name,
      subtask: subtask.index,
      row,
    });
    this.state = 'failed';
    this.error = error;
    // Told at once: a close that never settles must not hide the failure.
    this.#letGo = this.#close(true).catch(() => undefined);
    this.publish();
    this.#hooks.onFailure(this, error);
    await this.#letGo;
  }

  /** Closes source and operators; the first failure is thrown. */
  #close(aborted: boolean): Promise<void> {
    return this.chain.close(aborted, this.#opening, async () => this.#source?.close());
  }

  #waitForOperators(): Progress {
    if (this.#waiting === undefined) this.#wait(this.chain.whenReady());
    return Progress.waiting;
  }

  #wait(promise: Promise<unknown> | undefined): void {
    if (promise === undefined) return;
    const { current } = this.chain.spec;
    const { operator } = current;
    const waiting = promise.then(
      () => {
        this.#waiting = undefined;
      },
      (error: unknown) => {
        this.#waiting = undefined;
        current.operator = operator;
        return this.#fail(error);
      },
    );
    this.#waiting = waiting;
    this.#track(waiting);
  }

  #track(promise: Promise<unknown>): void {
    this.#hooks.track(promise);
  }

  #rowsOfStep(): number {
    return this.#source?.rows ?? this.#input?.rows ?? 0;
  }

  #account(startMs: number, rows: number, result: Progress): void {
    const endMs = this.#clock.monotonicMs();
    const elapsedMs = endMs - startMs;
    const { counters } = this;
    if (result === Progress.progress) {
      this.account.charge(rows, elapsedMs);
      counters.steps++;
      if (elapsedMs > counters.longestStepMs) counters.longestStepMs = elapsedMs;
      // Busy from the start of the step on: what came before belongs to the state before.
      this.#meter.enter(LoadState.busy, startMs);
    } else {
      this.account.idle();
      this.#meter.enter(LOAD_OF[result], endMs);
    }
  }
}

/** What a step that made no progress counts as. */
const LOAD_OF = {
  [Progress.idle]: LoadState.idle,
  [Progress.blocked]: LoadState.backpressured,
  [Progress.waiting]: LoadState.busy,
} as const;
