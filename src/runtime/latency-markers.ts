/**
 * Latency from source to sink, by markers that queue with the rows and skip user code.
 *
 * Every source subtask sends a marker with the time it was due, some times a second; each chain passes it on down one
 * channel per output edge, in turn; where a chain has no output the age of the marker is recorded. Owner: the worker.
 */

import type { Clock } from '../base/index.ts';
import type { OutputGate } from '../exchange/index.ts';
import { createLatencyRecorder } from '../metrics/index.ts';
import type { LatencyRecorder } from '../metrics/index.ts';

/** A source sends a marker at most so often. */
export const MARKER_INTERVAL_MS = 100;

/** The histogram of one job on one worker; its library is loaded with the first marker that arrives. */
export class LatencyTrack {
  #recorder: LatencyRecorder | undefined = undefined;
  #loading: Promise<void> | undefined = undefined;
  readonly #track: (promise: Promise<unknown>) => void;

  /** @param track keeps the event loop turning until the promise settles */
  constructor(track: (promise: Promise<unknown>) => void) {
    this.#track = track;
  }

  /** @param us microseconds; not recorded while the library is being loaded */
  record(us: number): void {
    if (this.#recorder !== undefined) this.#recorder.record(us);
    else if (this.#loading === undefined) {
      this.#loading = createLatencyRecorder().then((recorder) => {
        this.#recorder = recorder;
      });
      this.#track(this.#loading);
    }
  }

  /** Everything recorded so far, for `mergeLatency`; undefined when nothing was. */
  encode(): string | undefined {
    return this.#recorder?.encode();
  }
}

/** The markers of one subtask. */
export class LatencyMarkers {
  readonly #outputs: readonly OutputGate[];
  readonly #subtask: number;
  readonly #clock: Clock;
  readonly #track: LatencyTrack;
  #dueMs = 0;
  #turn = 0;

  constructor(outputs: readonly OutputGate[], subtask: number, clock: Clock, track: LatencyTrack) {
    this.#outputs = outputs;
    this.#subtask = subtask;
    this.#clock = clock;
    this.#track = track;
  }

  /** Sends a marker of this source subtask if one is due; the rows before it were handed to the writers. */
  send(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    // The first is due now; later ones when they were to be sent, however late the step that sends them.
    const intendedMs = this.#dueMs === 0 ? nowMs : this.#dueMs;
    this.#dueMs = Math.max(intendedMs + MARKER_INTERVAL_MS, nowMs);
    this.pass(intendedMs, this.#subtask);
    for (const gate of this.#outputs) gate.publish();
  }

  /** Passes a marker on, or records its age where the chain ends. */
  pass(intendedMs: number, source: number): void {
    if (this.#outputs.length === 0) {
      this.#track.record((this.#clock.monotonicMs() - intendedMs) * 1000);
      return;
    }
    this.#turn++;
    for (const gate of this.#outputs) {
      gate.latencyMarker(this.#turn % gate.writers.length, intendedMs, source);
    }
  }
}
