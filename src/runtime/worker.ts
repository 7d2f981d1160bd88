/** What a worker thread runs: mailbox, loop over the steps of all jobs it hosts, idling. */

import { readlinkSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { receiveMessageOnPort, threadId as nodeThreadId } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { setImmediate as nextEventLoopTurn } from 'node:timers/promises';
import { EngineError, systemClock, toEngineError } from '../base/index.ts';
import { nodeDisk } from '../checkpoint/index.ts';
import { Doorbell, IdleStrategy } from '../exchange/index.ts';
import { loadJob } from '../graph/index.ts';
import { JobSlice } from './job-slice.ts';
import type { SliceHost } from './job-slice.ts';
import { WorkerWord } from './protocol.ts';
import type { FromWorker, ToWorker, WorkerStart } from './protocol.ts';
import { WorkerLoop } from './worker-loop.ts';
import { answerProbes, stepPlace } from './step-place.ts';

/** Longest sleep: a bound on every mistake in waking up, and the period of idle bookkeeping. */
const PARK_MS_MAX = 100;
/** A worker with pending promises lets its event loop turn at least so often. */
const EVENT_LOOP_INTERVAL_MS = 1;

/** Without any it does so too, for timers and unhandled rejections of user code. */
const EVENT_LOOP_INTERVAL_MS_MAX = 50;

/** The worker's own figures are read so often. */
const STATUS_INTERVAL_MS = 50;

/** One worker: mailbox, loop, idling. */
class Worker {
  readonly #port: MessagePort;
  readonly #start: WorkerStart;
  readonly #bell: Doorbell;
  readonly #mail: Int32Array;
  readonly #status: Float64Array;
  readonly #loop: WorkerLoop;
  readonly #host: SliceHost;
  #mailSeen = 0;
  /** Promises whose settling may give a subtask work. */
  #pending = 0;
  #stopped = false;
  #turns = 0;
  #eventLoopMs = 0;
  #statusMs = 0;

  constructor(start: WorkerStart, port: MessagePort) {
    this.#start = start;
    this.#port = port;
    const bells = start.doorbells.map((words) => new Doorbell(words));
    this.#bell = bells[start.worker]!;
    this.#mail = new Int32Array(start.mail);
    this.#status = new Float64Array(start.status);
    this.#loop = new WorkerLoop(systemClock, this.#status);
    this.#host = {
      worker: start.worker,
      clock: systemClock,
      disk: nodeDisk,
      bells,
      loadJob,
      post: (message) => this.#post(message),
      track: (promise) => this.#track(promise),
    };
  }

  /** Runs until told to shut down. */
  async run(): Promise<void> {
    // Job modules import the package's face: done now, it is not part of the first job's start.
    this.#track(import(this.#start.preloadUrl));
    answerProbes(() => stepPlace(this.#loop));
    // Whatever ends the thread in an orderly way: the words outlive it.
    process.once('exit', () => {
      const stepping = this.#loop.stepping;
      if (stepping !== undefined)
        this.#status[WorkerWord.endedIn] = stepping.chain.spec.current.operator + 1;
    });
    const worker = this.#start.worker;
    this.#post({ kind: 'online', worker, threadId: threadId(), nodeThread: nodeThreadId });
    const idle = new IdleStrategy(this.#start.spinTurns);
    while (!this.#stopped) {
      const gotMail = this.#readMail();
      const progressed = this.#loop.turn();
      this.#turns++;
      const nowMs = systemClock.monotonicMs();
      if (nowMs - this.#statusMs > STATUS_INTERVAL_MS) this.#publishStatus(nowMs);
      if (
        nowMs - this.#eventLoopMs > EVENT_LOOP_INTERVAL_MS_MAX ||
        (this.#pending > 0 &&
          (gotMail || !progressed || nowMs - this.#eventLoopMs > EVENT_LOOP_INTERVAL_MS))
      ) {
        await nextEventLoopTurn();
        this.#eventLoopMs = nowMs;
      }
      if (gotMail || progressed) {
        idle.reset();
        continue;
      }
      if (idle.next() === 'spin') {
        idle.spin();
        continue;
      }
      await this.#park();
      idle.reset();
    }
    this.#port.close();
  }

  /** Sleeps until the doorbell rings; arms it first and looks at everything once more. */
  async #park(): Promise<void> {
    const bell = this.#bell;
    bell.arm();
    if (this.#mailWaits() || this.#loop.turn() || this.#loop.settle()) {
      bell.disarm();
      return;
    }
    const waitMs = this.#loop.waitMs(PARK_MS_MAX);
    if (waitMs === 0) {
      // Due at once, as with a source paced by the clock: it does not sleep, so there is nothing to leave in order.
      bell.disarm();
      return;
    }
    const nowMs = systemClock.monotonicMs();
    this.#loop.publish(nowMs);
    if (nowMs - this.#statusMs > STATUS_INTERVAL_MS) this.#publishStatus(nowMs);
    // A blocked thread settles no promise: while any is pending the event loop has to turn.
    if (this.#pending > 0) await bell.parkAsync(waitMs);
    else bell.park(waitMs);
  }

  #mailWaits(): boolean {
    // Observes messages posted before the count was raised.
    return Atomics.load(this.#mail, 0) !== this.#mailSeen;
  }

  #readMail(): boolean {
    if (!this.#mailWaits()) return false;
    this.#mailSeen = Atomics.load(this.#mail, 0);
    for (;;) {
      const received = receiveMessageOnPort(this.#port) as { message: ToWorker } | undefined;
      if (received === undefined) return true;
      this.#handle(received.message);
    }
  }

  #handle(message: ToWorker): void {
    switch (message.kind) {
      case 'deploy': {
        const slice = new JobSlice(message, this.#host);
        this.#loop.add(slice);
        this.#track(slice.deploy());
        return;
      }
      case 'start':
        this.#loop.slice(message.job)?.start();
        this.#loop.refresh();
        return;
      case 'drain':
        this.#loop.slice(message.job)?.drain();
        return;
      case 'cancel': {
        const slice = this.#loop.slice(message.job);
        if (slice === undefined) {
          this.#post({
            kind: 'released',
            job: message.job,
            worker: this.#start.worker,
            latency: undefined,
          });
          return;
        }
        this.#track(slice.cancel().finally(() => this.#loop.remove(slice)));
        this.#loop.refresh();
        return;
      }
      case 'ack':
        this.#loop.slice(message.job)?.acknowledge(message.batch);
        // The promise that this settled runs its continuations in the event loop.
        this.#track(Promise.resolve());
        return;
      case 'checkpoint':
        this.#loop.slice(message.job)?.checkpoint(message);
        return;
      case 'checkpointComplete':
      case 'checkpointAborted':
        this.#loop
          .slice(message.job)
          ?.checkpointEnded(message.checkpoint, message.kind === 'checkpointComplete');
        return;
      case 'latency': {
        const slice = this.#loop.slice(message.job);
        if (slice !== undefined) slice.reportLatency();
        else {
          const worker = this.#start.worker;
          this.#post({ kind: 'latency', job: message.job, worker, latency: undefined });
        }
        return;
      }
      case 'shutdown':
        this.#stopped = true;
        return;
    }
  }

  #track(promise: Promise<unknown>): void {
    this.#pending++;
    const settled = (): void => {
      this.#pending--;
      // Wakes the loop out of `parkAsync`.
      this.#bell.ring();
    };
    promise.then(settled, settled);
  }

  #post(message: FromWorker): void {
    try {
      this.#port.postMessage(message);
    } catch (error) {
      // Rows for the driver that cannot be cloned (functions, class instances with private parts).
      if (message.kind !== 'driver') throw error;
      throw new EngineError(
        'ERR_RUNTIME_DRIVER_ROW',
        {
          operator: message.operator,
          reason: error instanceof Error ? error.message : String(error),
        },
        { cause: error },
      );
    }
  }

  #publishStatus(nowMs: number): void {
    this.#statusMs = nowMs;
    const status = this.#status;
    status[WorkerWord.turns] = this.#turns;
    status[WorkerWord.cpuUs] = threadCpuUs();
    status[WorkerWord.heapUsedBytes] = getHeapStatistics().used_heap_size;
    status[WorkerWord.parks] = this.#bell.parks;
  }
}

/** CPU time of this thread in microseconds; 0 on Node before 22.19, which cannot tell. */
function threadCpuUs(): number {
  if (typeof process.threadCpuUsage !== 'function') return 0;
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** The kernel's id of this thread, for pinning; undefined where the platform has none. */
function threadId(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self').split('/').pop();
  } catch {
    return undefined;
  }
}

/** What the pool hands to a worker thread. */
export interface WorkerTask {
  readonly start: WorkerStart;
  readonly port: MessagePort;
}

/** Runs the worker until the pool shuts down. @throws a failure of the loop itself: everything it hosts is lost */
export async function runWorker({ start, port }: WorkerTask): Promise<void> {
  try {
    await new Worker(start, port).run();
  } catch (error) {
    throw toEngineError(error);
  }
}
