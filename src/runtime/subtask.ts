/**
 * One subtask: a chain that runs in bounded, non-blocking steps. Owner: its worker.
 *
 * States, each reads "step does X until Y":
 *
 *     running    takes rows from the source or the input gate, until all input ended
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
import { END_OF_TIME, NO_WATERMARK } from '../record/index.ts';
import type { Chain } from './chain.ts';
import { countChain } from './chain-counts.ts';
import type { TimeAccount } from './fairness.ts';
import { InputHead } from './input-head.ts';
import type { SourceHead } from './source-head.ts';
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
    return this.state === 'running' ? this.#source?.waitMs() : undefined;
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
    countChain(chain, counters);
    chain.input?.adjustWindows(nowMs);
    counters.publish();
  }

  #work(rows: number): Progress {
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
    this.chain.spec.counts[1]! += source.rows;
    const watermark = source.watermarkAfter(this.#watermark);
    if (watermark !== NO_WATERMARK) this.#advance(watermark);
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
    if (input.watermark > this.#watermark) this.#advance(input.watermark);
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
    this.chain.advance(watermark);
  }

  #beginFinish(): void {
    if (this.#watermark < END_OF_TIME) this.#advance(END_OF_TIME);
    this.state = 'finishing';
  }

  /** One call of `finish` per step, so that a large result never has to fit beyond the rings. */
  #finish(): Progress {
    const { operators, current } = this.chain.spec;
    const next = operators[this.#finishing];
    if (next !== undefined) {
      current.operator = this.#finishing;
      if (next.operator?.finish?.() !== false) this.#finishing++;
    } else {
      this.chain.driver.flush();
      for (const gate of this.chain.outputs) gate.end();
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
