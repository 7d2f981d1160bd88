/**
 * The states of a job and what moves it from one to the next: one table, pure.
 *
 *     created     admitted by the allocator, nothing started
 *     deploying   workers rebuild the graph and open their subtasks
 *     running     rows flow
 *     stopping    graceful stop: sources ended, the rest runs out
 *     restarting  something failed, or its subtasks change; workers let go, then it is deployed again, after a delay
 *     finishing   all subtasks finished, workers let go of the job
 *     cancelling  workers stop and let go
 *     failing     something failed; workers stop and let go
 *     finished | canceled | failed      final
 */

/** See the file header. */
export type JobState =
  | 'created'
  | 'deploying'
  | 'running'
  | 'stopping'
  | 'restarting'
  | 'finishing'
  | 'cancelling'
  | 'failing'
  | 'finished'
  | 'canceled'
  | 'failed';

/** What happens to a job. */
export type JobEvent =
  /** Deployment began. */
  | 'deploy'
  /** Every worker is ready and was told to begin. */
  | 'started'
  /** A graceful stop was asked for. */
  | 'stop'
  /** The job is to end now. */
  | 'cancel'
  /** User code, input, output or a worker failed, for good. */
  | 'failure'
  /** The same, and the job is to be started again. */
  | 'restart'
  /** Its state was handed over for other subtasks to go on from. */
  | 'handedOver'
  /** A savepoint that ends the job is complete. */
  | 'suspended'
  /** The last subtask finished. */
  | 'allFinished'
  /** No worker holds anything of the job any more. */
  | 'released';

const TRANSITIONS: Readonly<Record<JobState, Partial<Record<JobEvent, JobState>>>> = {
  created: { deploy: 'deploying', cancel: 'canceled', failure: 'failed' },
  deploying: {
    started: 'running',
    stop: 'cancelling',
    cancel: 'cancelling',
    failure: 'failing',
    restart: 'restarting',
  },
  running: {
    stop: 'stopping',
    handedOver: 'restarting',
    suspended: 'finishing',
    cancel: 'cancelling',
    failure: 'failing',
    restart: 'restarting',
    allFinished: 'finishing',
  },
  stopping: {
    handedOver: 'restarting',
    suspended: 'finishing',
    cancel: 'cancelling',
    failure: 'failing',
    restart: 'restarting',
    allFinished: 'finishing',
  },
  restarting: {
    deploy: 'deploying',
    // Its manifest was being written when something failed.
    suspended: 'finishing',
    cancel: 'cancelling',
    failure: 'failing',
  },
  finishing: { released: 'finished' },
  cancelling: { released: 'canceled' },
  failing: { released: 'failed' },
  finished: {},
  canceled: {},
  failed: {},
};

/** The state after `event`, or undefined when the event changes nothing in this state. */
export function nextState(state: JobState, event: JobEvent): JobState | undefined {
  return TRANSITIONS[state][event];
}

/** Whether the job will not change any more. */
export function isFinal(state: JobState): boolean {
  return Object.keys(TRANSITIONS[state]).length === 0;
}

/** Whether workers are being told to let go of the job. */
export function isReleasing(state: JobState): boolean {
  return 'released' in TRANSITIONS[state];
}
