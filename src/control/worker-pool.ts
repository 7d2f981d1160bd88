/**
 * The real workers: one Piscina instance per worker slot, with one thread that runs one task, the worker loop, for as
 * long as the pool lives. Main thread.
 *
 * One instance per slot and not one for all, so that each slot keeps its own thread: rings and doorbells belong to a
 * slot. `atomics: 'disabled'`, since our loop parks on its own doorbell and must never be parked by the pool's.
 */

import { url as debuggerUrl } from 'node:inspector';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';

import { EngineError, MiB, systemClock, workerId } from '../base/index.ts';
import type { WorkerId } from '../base/index.ts';
import { createDoorbell, Doorbell } from '../exchange/index.ts';
import { pinThread, workerHeapLimits } from '../placement/index.ts';
import type { WatchdogAction } from '../placement/index.ts';
import { labelledStep, WorkerWord, workerEntry } from '../runtime/index.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../runtime/index.ts';
import { duringText, NOWHERE, placeOf, stuckError, stuckStep } from './stuck-step.ts';
import type { WorkPlace } from './stuck-step.ts';
import { sampleThread } from './thread-sample.ts';
import { BeatWatch, lookIntervalMs } from './watchdog.ts';
import type { WorkerHost, WorkerListener, WorkerStatus, WorkerStep } from './worker-host.ts';

/** How the pool is to be. */
export interface PoolOptions {
  readonly threads: number;
  /** CPUs each worker is pinned to; an empty list leaves it to the kernel. */
  readonly cpusOf: (worker: number) => readonly number[];
  /** Heap limit of each worker, young and old generation together. */
  readonly heapBytes: number;
  /** Turns without progress that a worker spins before it parks. */
  readonly spinTurns: number;
  /** What becomes of a worker whose step does not return; `stepTimeout` in ms. */
  readonly watchdog: { readonly stepTimeout: number; readonly action: WatchdogAction };
}

/** A thread that is asked for its stack answers at once, or it will not. */
const SAMPLE_MS_MAX = 5000;

/** Piscina derives it from `MessagePort` in a way that newer Node typings no longer match. */
type TransferList = NonNullable<NonNullable<Parameters<Piscina['run']>[1]>['transferList']>;

/** The package's face, as sources or built. */
const FACE_URL: string = new URL(`../index${extname(import.meta.filename)}`, import.meta.url).href;

/** All workers of an engine. */
export class WorkerPool {
  readonly workers: readonly WorkerHost[];

  constructor(options: PoolOptions, listener: WorkerListener) {
    const doorbells = Array.from({ length: options.threads }, () => createDoorbell());
    this.workers = doorbells.map(
      (_, index) => new PooledWorker(workerId(index), doorbells, options, listener),
    );
  }

  /** Starts every thread; settles when all loops run. @throws ERR_CONTROL_WORKER_START */
  async ready(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.ready()));
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close(graceMs)));
  }
}

/** One slot. Its thread is replaced when it dies. */
class PooledWorker implements WorkerHost {
  readonly id: WorkerId;
  readonly #doorbells: readonly SharedArrayBuffer[];
  readonly #bell: Doorbell;
  readonly #options: PoolOptions;
  readonly #listener: WorkerListener;
  readonly #mail: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(8));
  readonly #status: Float64Array<SharedArrayBuffer> = new Float64Array(
    new SharedArrayBuffer(8 * WorkerWord.count),
  );
  #pool: Piscina | undefined = undefined;
  #port: MessagePort | undefined = undefined;
  #started: Promise<void> | undefined = undefined;
  #task: Promise<void> | undefined = undefined;
  #alive = false;
  #closing = false;
  #pinned = 'not pinned';
  /** Node's number of the thread. */
  #thread = 0;
  /** Numbers the threads of this slot. */
  #generation = 0;
  /** Why the thread is being ended from here. */
  #condemned: EngineError | undefined = undefined;
  readonly #watch: BeatWatch;
  #looking: NodeJS.Timeout | undefined = undefined;

  constructor(
    id: WorkerId,
    doorbells: readonly SharedArrayBuffer[],
    options: PoolOptions,
    listener: WorkerListener,
  ) {
    this.id = id;
    this.#doorbells = doorbells;
    this.#bell = new Doorbell(doorbells[id]!);
    this.#options = options;
    this.#listener = listener;
    const { stepTimeout } = options.watchdog;
    this.#watch = new BeatWatch(stepTimeout, lookIntervalMs(stepTimeout));
  }

  ready(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  post(message: ToWorker): void {
    this.#port?.postMessage(message);
    // Publishes that a message waits; the loop compares it with what it saw.
    Atomics.add(this.#mail, 0, 1);
    this.#bell.ring();
  }

  status(): WorkerStatus {
    const words = this.#status;
    return {
      worker: this.id,
      alive: this.#alive,
      turns: words[WorkerWord.turns]!,
      cpuMs: words[WorkerWord.cpuUs]! / 1000,
      heapUsedBytes: words[WorkerWord.heapUsedBytes]!,
      parks: words[WorkerWord.parks]!,
      pinned: this.#pinned,
    };
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    clearInterval(this.#looking);
    // A start that is under way sees `#closing`.
    if (this.#pool === undefined) return;
    this.post({ kind: 'shutdown' });
    const { promise: grace, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, graceMs);
    await Promise.race([this.#task, grace]);
    clearTimeout(timer);
    // Ends the thread whether or not the loop answered.
    await this.#pool.destroy();
    this.#port?.close();
  }

  async #start(): Promise<void> {
    const { Piscina: Pool } = await import('piscina');
    if (this.#closing) throw new EngineError('ERR_CONTROL_CLOSED', {});
    const { heapBytes } = this.#options;
    this.#pool = new Pool({
      filename: workerEntry.href,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: 1,
      atomics: 'disabled',
      env: workerEnvironment(),
      idleTimeout: Infinity,
      resourceLimits: workerHeapLimits(heapBytes),
    });
    await this.#run();
  }

  /** Runs the loop on the slot's thread; settles when it is online. */
  #run(): Promise<void> {
    const { port1, port2 } = new MessageChannel();
    this.#generation++;
    this.#condemned = undefined;
    this.#status.fill(0);
    const { promise: online, resolve, reject } = Promise.withResolvers<void>();
    this.#port = port1;
    port1.on('message', (message: FromWorker) => {
      if (message.kind === 'online') {
        this.#alive = true;
        this.#thread = message.nodeThread;
        this.#lookAfter();
        this.#pin(message.threadId).then(resolve, reject);
      } else this.#listener.onMessage(this.id, message);
    });
    const start: WorkerStart = {
      worker: this.id,
      doorbells: this.#doorbells,
      mail: this.#mail.buffer,
      status: this.#status.buffer,
      spinTurns: this.#options.spinTurns,
      preloadUrl: FACE_URL,
    };
    this.#task = this.#pool!
      .run({ start, port: port2 }, { transferList: [port2] as unknown as TransferList })
      .then(
        () => {
          this.#alive = false;
          // Shut down before it said that it runs.
          reject(new EngineError('ERR_CONTROL_CLOSED', {}));
        },
        (error: unknown) => {
          clearInterval(this.#looking);
          const exit =
            this.#condemned ??
            workerExit(this.id, error, this.#options.heapBytes, this.#workPlace());
          const wasAlive = this.#alive;
          this.#alive = false;
          port1.close();
          if (this.#closing) {
            reject(new EngineError('ERR_CONTROL_CLOSED', {}));
            return;
          }
          if (!wasAlive) {
            reject(
              new EngineError(
                'ERR_CONTROL_WORKER_START',
                { worker: this.id, reason: exit.message },
                { cause: error },
              ),
            );
            return;
          }
          // The slot gets a new thread at once, so that other jobs can be submitted while this one's failure is handled.
          this.#started = this.#run();
          this.#started.catch(() => undefined);
          this.#listener.onExit(this.id, exit);
        },
      );
    return online;
  }

  /** Looks at the beat of the thread from time to time. */
  #lookAfter(): void {
    const { action, stepTimeout } = this.#options.watchdog;
    if (action === 'off' || this.#closing) return;
    this.#watch.reset();
    const look = (): void => {
      // Whoever debugs a thread lets it stand still.
      if (debuggerUrl() !== undefined) {
        this.#watch.reset();
        return;
      }
      const inStep = this.#status[WorkerWord.step]! !== 0;
      const beat = this.#status[WorkerWord.beat]!;
      const seen = this.#watch.look(beat, systemClock.monotonicMs(), inStep);
      if (seen?.kind === 'free') this.#listener.onFreed(this.id, seen.ms);
      else if (seen !== undefined) void this.#stuck(seen.ms);
    };
    this.#looking = setInterval(look, lookIntervalMs(stepTimeout));
  }

  async #stuck(elapsedMs: number): Promise<void> {
    const generation = this.#generation;
    const beat = this.#status[WorkerWord.beat]!;
    const place = this.#workPlace();
    const sinceMs = systemClock.nowMs() - elapsedMs;
    const sample = await sampleThread(this.#thread, SAMPLE_MS_MAX);
    // It may have ended by itself, or gone on.
    if (this.#closing || generation !== this.#generation || !this.#alive) return;
    if (beat !== this.#status[WorkerWord.beat]!) return;
    const step = stuckStep(this.id, place, sample, sinceMs, elapsedMs);
    this.#listener.onStuck(step);
    if (this.#options.watchdog.action !== 'fail') return;
    this.#condemned = stuckError(step);
    clearInterval(this.#looking);
    await Promise.all(this.#pool!.threads.map((thread) => thread.terminate()));
  }

  /** What the thread is, or was last, in. */
  #workPlace(): WorkPlace {
    const label = labelledStep(this.#status[WorkerWord.step]!);
    if (label === undefined) return NOWHERE;
    const endedIn = this.#status[WorkerWord.endedIn]!;
    const step: WorkerStep = { ...label, operator: endedIn === 0 ? undefined : endedIn - 1 };
    return this.#listener.placeOf(step);
  }

  async #pin(threadId: string | undefined): Promise<void> {
    const cpus = this.#options.cpusOf(this.id);
    if (cpus.length === 0 || threadId === undefined) return;
    const { pinned, reason } = await pinThread(Number(threadId), cpus);
    this.#pinned = pinned ? `cpu ${cpus.join(',')}` : `not pinned: ${reason}`;
  }
}

/**
 * The environment of worker threads: with the compile cache on from the first module, a thread boots three times as fast (the
 * TypeScript stripper need not be loaded). `NODE_DISABLE_COMPILE_CACHE=1` turns it off.
 */
function workerEnvironment(): NodeJS.ProcessEnv {
  const cache = process.env['NODE_COMPILE_CACHE'] ?? join(tmpdir(), 'node-compile-cache');
  return { ...process.env, NODE_COMPILE_CACHE: cache };
}

/** Names why a thread ended: heap, exit, or an error that nobody caught. */
function workerExit(
  worker: WorkerId,
  error: unknown,
  heapBytes: number,
  at: WorkPlace,
): EngineError {
  const during = duringText(at);
  const options = { cause: error, place: placeOf(at) };
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const limitMiB = Math.round(heapBytes / MiB);
    return new EngineError('ERR_CONTROL_WORKER_HEAP', { worker, during, limitMiB }, options);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new EngineError('ERR_CONTROL_WORKER_EXIT', { worker, during, reason }, options);
}
