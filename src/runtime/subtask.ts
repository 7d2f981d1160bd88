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
import type { SubtaskCounters } from '../metrics/index.ts';
import type { OperatorSnapshot } from '../state/index.ts';
import type { Chain } from './chain.ts';
import type { TimeAccount } from './fairness.ts';
import { tellOutcome } from './checkpoint-outcome.ts';
import { FinishWork } from './finish-work.ts';
import { InputHead } from './input-head.ts';
import type { BarrierWork } from './control-work.ts';
import type { SourceHead } from './source-head.ts';
import { inFlightRows } from './in-flight-rows.ts';
import { Overtaking } from './overtaking.ts';
import { LatencyMarkers } from './latency-markers.ts';
import type { LatencyTrack } from './latency-markers.ts';
import type { SubtaskRestore } from './restored-subtask.ts';
import { SubtaskLoad } from './subtask-load.ts';
import { SubtaskWait } from './subtask-wait.ts';
import { Suspension } from './suspension.ts';
import type { InputStatus } from './subtask-load.ts';
import { Progress, subtaskSnapshot } from './subtask-states.ts';
import type { SubtaskHooks, SubtaskSnapshot, SubtaskState } from './subtask-states.ts';
import { TimeProgress } from './time-progress.ts';
import { userError } from './user-error.ts';

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
  readonly #load: SubtaskLoad;
  readonly #time: TimeProgress;
  readonly #finishing: FinishWork;
  /** Index of the operator that is being opened, or -1. */
  #opening = -1;
  /** Settles when a failed subtask let go of everything. */
  #letGo: Promise<void> | undefined = undefined;
  readonly #wait: SubtaskWait;
  readonly #overtaking: Overtaking;
  #idleFlushed = false;
  readonly #suspension: Suspension = new Suspension();
  /** What it held when its input had ended. */
  #last: SubtaskSnapshot | undefined = undefined;

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
    this.#finishing = new FinishWork(chain);
    this.counters = counters;
    this.account = account;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#source = source;
    this.#markers = new LatencyMarkers(chain.outputs, chain.subtask.id, clock, latency);
    this.#input =
      chain.input && new InputHead(chain, chain.input, this.#markers, () => clock.monotonicMs());
    this.#time = new TimeProgress(chain, counters, clock);
    this.#overtaking = new Overtaking(chain, this.#input, clock);
    this.#wait = new SubtaskWait(chain.spec.current, hooks, (error) => this.#fail(error));
    if (source) source.onAsync = (promise) => hooks.track(promise);
    this.#load = new SubtaskLoad(counters, account, clock.monotonicMs());
    chain.control.onSnapshot = (barrier, passed) => {
      const incoming = this.#input?.resume();
      const inFlight = inFlightRows(chain, passed.overtaken, incoming);
      const held = this.#snapshotOf(passed.operators, false);
      hooks.onSnapshot?.(barrier, held, inFlight === undefined ? passed : { ...passed, inFlight });
      this.#suspension.passed(barrier);
    };
  }

  /** Takes state back, before `open`; splits also of one that had finished: a later checkpoint says what it had read. */
  restore({ states, splits, finished, inFlight }: SubtaskRestore): void {
    this.#finishing.restored = finished;
    if (splits !== undefined) this.#source?.restore(splits);
    if (inFlight !== undefined && !finished) this.#input?.restore(inFlight);
    if (!finished) this.chain.restore(states);
  }

  /** A checkpoint begins here, since no producer sends its barrier: there is none, or all have finished. */
  trigger(barrier: BarrierWork): void {
    if (this.state !== 'running') return;
    if (this.#input !== undefined) this.#input.trigger(barrier);
    else if (!this.#suspension.begins(barrier)) this.chain.control.barrier(barrier);
  }

  /** A checkpoint is complete, or never will be: its channels do not wait for its barriers any more. */
  checkpointEnded(checkpoint: number, complete: boolean): Promise<unknown> | undefined {
    if (this.done) return undefined;
    if (!complete && this.#input === undefined) this.chain.control.drop(checkpoint);
    else if (!complete) this.#input!.abort(checkpoint);
    const told = tellOutcome(this.chain, checkpoint, complete, (error) => this.#fail(error));
    if (!this.#suspension.ended(checkpoint, complete)) return told;
    return Promise.resolve(told).then(() => this.done || this.#endOutputs());
  }

  /** What it held at the end of its input; undefined before. */
  get lastSnapshot(): SubtaskSnapshot | undefined {
    return this.#last;
  }

  /** Whether it is idle, has ended, and which input channel (by number, or -1) holds its watermark back. */
  get inputStatus(): InputStatus {
    return {
      idle: this.#source?.idle ?? this.#input?.idle ?? false,
      ended: this.state !== 'running',
      holding: this.#input?.holdingChannel ?? -1,
    };
  }

  /** Whether it will never step again. */
  get done(): boolean {
    return this.state === 'finished' || this.state === 'failed' || this.state === 'canceled';
  }

  /** Opens operators, then the source. Failures put it into `failed`. */
  async open(): Promise<void> {
    if (this.#finishing.restored) {
      this.state = 'finishing';
      return;
    }
    try {
      const opened = await this.chain.open((k) => {
        this.#opening = k;
        return this.done;
      });
      if (!opened) return;
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
      const room = this.chain.hasRoom(this.#roomBytes);
      if (!this.#overtaking.look(this.state === 'running') && !room) {
        this.#source?.blocked();
        result = Progress.blocked;
      } else {
        result = this.#work(rows);
        rowsDone = this.#source?.rows ?? this.#input?.rows ?? 0;
      }
    } catch (error) {
      const row = this.#source?.failedRow ?? this.#input?.failedRow;
      this.#hooks.track(this.#fail(error, row));
      result = Progress.progress;
    }
    this.#load.step(startMs, this.#clock.monotonicMs(), rowsDone, result);
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
    this.#hooks.onEnd(this.state);
  }

  /** Milliseconds until the clock alone may give it work; undefined when it cannot. */
  waitMs(): number | undefined {
    // While the end of time waits for requests under way, their timeouts and retries are due by the clock as well.
    if (this.state !== 'running' && this.state !== 'finishing') return undefined;
    if (this.#suspension.holds) return undefined;
    const waitMs = (this.state === 'running' ? this.#source?.waitMs() : undefined) ?? Infinity;
    const due = this.chain.control.processingTimeDue();
    const dueMs = due === Infinity ? Infinity : due - this.#clock.nowMs();
    const wait = Math.min(waitMs, dueMs, this.#overtaking.waitMs());
    return wait === Infinity ? undefined : Math.max(0, wait);
  }

  /** Publishes the counters. */
  publish(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#source !== undefined && this.state === 'running') this.#markers.send(nowMs);
    this.#load.publish(this.chain, this.inputStatus, this.#source?.progress(), nowMs);
  }

  #work(rows: number): Progress {
    const { control } = this.chain;
    const live = this.state === 'running' || this.state === 'finishing';
    if (live && this.#suspension.holds) return Progress.idle;
    if (live && control.clocked && control.tell(this.#clock.nowMs())) return this.#control();
    if (control.pending) return this.chain.ready ? this.#control() : this.#waitForOperators();
    switch (this.state) {
      case 'running':
        if (!this.chain.ready) return this.#waitForOperators();
        if (this.#beginDrain()) return this.#control();
        return this.#source === undefined
          ? this.#stepInput(rows)
          : this.#stepSource(this.#source, rows);
      case 'finishing':
        return this.chain.ready ? this.#finish() : this.#waitForOperators();
      case 'flushing':
        this.state = 'closing';
        this.#hooks.track(this.#end());
        return Progress.progress;
      case 'closing':
      case 'finished':
      case 'failed':
      case 'canceled':
        return Progress.idle;
    }
  }

  #control(): Progress {
    this.chain.control.run();
    this.chain.publishOutputs();
    return Progress.progress;
  }

  #stepSource(source: SourceHead, rows: number): Progress {
    const outcome = source.step(rows);
    this.counters.recordsIn += source.rows;
    this.chain.spec.counts[1]! += source.mainRows;
    this.#time.afterRows(source.watermark, source.idle);
    this.chain.publishOutputs();
    if (outcome === 'end') {
      this.#beginFinish();
      return Progress.progress;
    }
    if (outcome === 'progress') {
      this.#idleFlushed = false;
      return Progress.progress;
    }
    if (!source.opening && !this.#wait.waits) {
      this.chain.spec.current.operator = 0;
      this.#wait.on(source.available());
    }
    return this.#idle();
  }

  #stepInput(rows: number): Progress {
    const input = this.#input!;
    const progressed = input.step(rows);
    this.counters.recordsIn += input.rows;
    this.chain.spec.counts[0]! += input.rows;
    const { barrier } = input;
    if (barrier !== undefined && !this.#suspension.begins(barrier)) {
      this.chain.control.barrier(barrier);
    }
    this.#time.afterRows(input.watermark, input.idle);
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

  #snapshotOf(held: readonly (OperatorSnapshot | undefined)[], finished: boolean): SubtaskSnapshot {
    const { operators } = this.chain.plan;
    return subtaskSnapshot(operators, held, this.#source?.positions(), finished);
  }

  #beginFinish(): void {
    this.#time.end();
    this.chain.control.run();
    // Before the outputs are drained: a row that no writer has been handed would be passed over.
    this.chain.publishOutputs();
    this.state = 'finishing';
  }

  /** The barrier of a drain goes behind the end of time. */
  #beginDrain(): boolean {
    const drain = this.#suspension.takeDrain();
    if (drain === undefined) return false;
    this.#time.end();
    this.chain.control.barrier(drain);
    return true;
  }

  #finish(): Progress {
    if (this.#finishing.step()) this.#endOutputs();
    else this.chain.publishOutputs();
    return Progress.progress;
  }

  #endOutputs(): void {
    this.#last = this.#snapshotOf([], true);
    this.#finishing.end();
    this.chain.publishOutputs();
    this.state = 'flushing';
  }

  async #end(): Promise<void> {
    try {
      await this.#close(false);
      if (this.state !== 'closing') return;
      this.state = 'finished';
      this.#load.end(this.#clock.monotonicMs());
      this.publish();
      this.#hooks.onEnd(this.state);
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
    this.#hooks.onFailure(error);
    await this.#letGo;
  }

  /** Closes source and operators; the first failure is thrown. */
  #close(aborted: boolean): Promise<void> {
    this.#input?.drop();
    return this.chain.close(aborted, this.#opening, async () => this.#source?.close());
  }

  #waitForOperators(): Progress {
    if (!this.#wait.waits) this.#wait.on(this.chain.whenReady());
    return Progress.waiting;
  }
}
