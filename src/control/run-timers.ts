/** Timers of the main thread as a parameter: a run waits for nothing else, so that a test can own its time. */

/** Calls things later. Main thread. */
export interface RunTimers {
  /** Calls `work` once after `ms` milliseconds, an integer ≥ 0. @returns what takes it back; without effect afterwards */
  after(ms: number, work: () => void): () => void;
}

/** The timers of this process. */
export const systemTimers: RunTimers = {
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
