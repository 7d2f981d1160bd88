/** What signals do to a run: the first lets it run out, the second cancels it, the third ends the process. */

import type { JobRun } from '../control/index.ts';
import type { StopSignal } from './io.ts';

/** What it tells the person. */
export interface StopListener {
  /** A signal came and the job is being stopped in this way. */
  onStopping(how: 'drain' | 'cancel', signal: StopSignal): void;
  /** It does not end. */
  onGivenUp(signal: StopSignal): void;
}

/** Owner: one run. */
export class StopControl {
  /** The first signal; it decides the exit code. */
  signal: StopSignal | undefined = undefined;
  readonly #abort = new AbortController();
  readonly #listener: StopListener;
  #run: JobRun | undefined = undefined;
  #count = 0;

  constructor(listener: StopListener) {
    this.#listener = listener;
  }

  /** Aborted by a signal that comes before there is a run. */
  get beforeRun(): AbortSignal {
    return this.#abort.signal;
  }

  /** From now on signals go to this run. */
  attach(run: JobRun): void {
    this.#run = run;
    if (this.signal !== undefined) this.#stop();
  }

  receive(signal: StopSignal): void {
    this.signal ??= signal;
    // With nobody to read it, what a drain would still put out is lost anyway.
    this.#count += signal === 'SIGPIPE' ? 2 : 1;
    if (this.#count > 2 && signal !== 'SIGPIPE') this.#listener.onGivenUp(this.signal);
    else this.#stop();
  }

  #stop(): void {
    const run = this.#run;
    if (run === undefined) {
      this.#abort.abort(new Error('stopped before it was submitted'));
      return;
    }
    const how = this.#count === 1 ? 'drain' : 'cancel';
    this.#listener.onStopping(how, this.signal!);
    void (how === 'drain' ? run.stop() : run.cancel());
  }
}
