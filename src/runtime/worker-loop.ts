/**
 * A worker thread's loop over bounded steps. `turn()` does a bounded amount of work and says whether it progressed; real
 * workers, tests and a simulator drive the same method.
 */

import type { Clock } from '../base/index.ts';
import type { JobSlice } from './job-slice.ts';
import { stepLabel, WorkerWord } from './protocol.ts';
import { Progress } from './subtask-states.ts';
import type { Subtask } from './subtask.ts';

/** Counters are published at least so often while the worker is busy. */
const PUBLISH_INTERVAL_MS = 20;

/** Steps the subtasks of all jobs on one worker. Owner: the worker. */
export class WorkerLoop {
  readonly #clock: Clock;
  readonly #words: Float64Array;
  readonly #slices: JobSlice[] = [];
  #runnable: Subtask[] = [];
  /** Of each of them, for the watchdog; outside the heap, since they are beyond 31 bits. */
  #labels: Float64Array = new Float64Array(0);
  #first = 0;
  #publishedMs = 0;
  #beat = 0;

  /** @param words the worker's status, see `WorkerWord`; private ones where no other thread looks */
  constructor(clock: Clock, words: Float64Array = new Float64Array(WorkerWord.count)) {
    this.#clock = clock;
    this.#words = words;
  }

  /** The subtask whose step runs; undefined between steps. */
  get stepping(): Subtask | undefined {
    const label = this.#words[WorkerWord.step]!;
    return label === 0 ? undefined : this.#runnable[this.#labels.indexOf(label)];
  }

  add(slice: JobSlice): void {
    this.#slices.push(slice);
  }

  slice(job: number): JobSlice | undefined {
    return this.#slices.find((slice) => slice.job === job);
  }

  remove(slice: JobSlice): void {
    const index = this.#slices.indexOf(slice);
    if (index >= 0) this.#slices.splice(index, 1);
    this.refresh();
  }

  /** The set of subtasks that may step changed. */
  refresh(): void {
    const labelled = this.#slices.flatMap((slice) =>
      slice.running
        ? slice.subtasks
            .filter((subtask) => !subtask.done)
            .map((subtask) => ({ subtask, label: stepLabel(slice.job, subtask.chain.subtask.id) }))
        : [],
    );
    this.#runnable = labelled.map(({ subtask }) => subtask);
    this.#labels = Float64Array.from(labelled, ({ label }) => label);
    this.#first = 0;
  }

  /** One step of every runnable subtask, the first one in turn; true when any progressed. */
  turn(): boolean {
    const subtasks = this.#runnable;
    const labels = this.#labels;
    const words = this.#words;
    const count = subtasks.length;
    // Plain stores: whoever looks on needs no order, and looks again.
    words[WorkerWord.beat] = ++this.#beat;
    let progressed = false;
    let ended = false;
    if (count > 0) {
      this.#first = (this.#first + 1) % count;
      for (let i = 0, at = this.#first; i < count; i++) {
        const subtask = subtasks[at]!;
        words[WorkerWord.step] = labels[at]!;
        if (subtask.step() === Progress.progress) progressed = true;
        if (subtask.done) ended = true;
        at = at + 1 === count ? 0 : at + 1;
      }
      words[WorkerWord.step] = 0;
    }
    if (ended) this.refresh();
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#publishedMs >= PUBLISH_INTERVAL_MS) this.publish(nowMs);
    return progressed;
  }

  /** Publishes the counters of all subtasks; also before the worker sleeps. */
  publish(nowMs: number = this.#clock.monotonicMs()): void {
    this.#publishedMs = nowMs;
    for (const subtask of this.#runnable) subtask.publish();
  }

  /** After the doorbell was armed: whether a credit came that an output waits for. */
  settle(): boolean {
    let settled = false;
    for (const subtask of this.#runnable) {
      for (const gate of subtask.chain.outputs) if (gate.settle()) settled = true;
    }
    return settled;
  }

  /** Milliseconds until the clock may give any subtask work, at most `maxMs`. */
  waitMs(maxMs: number): number {
    let waitMs = maxMs;
    for (const subtask of this.#runnable) {
      const wait = subtask.waitMs();
      if (wait !== undefined && wait < waitMs) waitMs = wait;
    }
    return Math.max(0, waitMs);
  }
}
