/**
 * The engine: a pool of worker threads that runs jobs side by side. What an embedding program holds.
 */

import { randomUUID } from 'node:crypto';
import { EngineError, Log, systemClock } from '../base/index.ts';
import type { LogSink, WorkerId } from '../base/index.ts';
import { nodeDisk } from '../checkpoint/index.ts';
import { spinTurnsMax } from '../exchange/index.ts';
import type { Plain } from '../operators/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import {
  loadConfig,
  place,
  poolOf,
  probeMachine,
  resolveConfig,
  shortageError,
  usageOf,
} from '../placement/index.ts';
import type { Config, ConfigInput, Machine, Placement, Shortage } from '../placement/index.ts';
import { RemoteServer } from '../remote/index.ts';
import type { FromWorker } from '../runtime/index.ts';
import type { JobObserver } from './job-observer.ts';
import type { RestoreOptions } from './checkpoint-types.ts';
import { graphAndPlan, moduleUrl } from './job-planning.ts';
import type { JobPlan } from './job-planning.ts';
import { JobRun } from './job-run.ts';
import { Layouts } from './layouts.ts';
import { RemoteControl } from './remote-control.ts';
import { isFinal } from './job-states.ts';
import { recoveryOf, runtimeSettings } from './run-settings.ts';
import { systemTimers } from './run-timers.ts';
import { NOWHERE } from './stuck-step.ts';
import type { StuckStep, WorkPlace } from './stuck-step.ts';
import type { WorkerStatus, WorkerStep } from './worker-host.ts';
import { WorkerPool } from './worker-pool.ts';

/** Default of {@link EngineOptions.closeGraceMs}. */
const CLOSE_GRACE_MS = 5000;

/** Options of {@link Engine.start}. */
export interface EngineOptions {
  /** Path of a config file, or the configuration itself; default: `millrace.yaml` and the like here, else defaults. */
  readonly config?: string | ConfigInput;
  /** Overrides such as `pool.threads=2`. */
  readonly set?: readonly string[];
  /** Overlay of the config file to use. */
  readonly profile?: string;
  /** Receives structured log entries; silent without one. */
  readonly log?: LogSink;
  /** False runs interpreted drivers instead of generated ones. Default true. */
  readonly codegen?: boolean;
  /** Told of user code that does not return, see `pool.watchdog` of the configuration. */
  readonly onStuckStep?: (step: StuckStep) => void;
  /** How long `close` waits for user code before it ends its thread, in ms. Default 5000. */
  readonly closeGraceMs?: number;
  /**
   * True listens on a socket, for this user alone, so that `millrace list`, `savepoint`, `stop` and `cancel` reach its jobs from
   * other processes. `control.socket` of the configuration, on or off, overrides it. Default false.
   */
  readonly control?: boolean;
}

/** Options of {@link Engine.submit}. */
export interface SubmitOptions extends JobObserver {
  /** Plain data that the job's build function sees as `env.parameters`. */
  readonly parameters?: { readonly [key: string]: Plain };
  /** Overrides the job's default parallelism. */
  readonly parallelism?: number;
  /** A checkpoint or savepoint to go on from; without it the job begins anew. */
  readonly restore?: RestoreOptions;
  /** Cancels the job when aborted; `done` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs jobs on one pool of worker threads.
 *
 * @example
 * await using engine = await Engine.start({ config: { pool: { threads: 2 } } });
 * const run = await engine.submit(new URL('./job.ts', import.meta.url));
 * const result = await run.done;
 */
export class Engine implements AsyncDisposable {
  readonly config: Config;
  readonly machine: Machine;
  readonly #pool: WorkerPool;
  readonly #log: Log;
  readonly #codegen: boolean;
  readonly #closeGraceMs: number;
  readonly #runs = new Map<number, JobRun>();
  /** By the number of the run, while it is not final. */
  readonly #submitters = new Map<number, JobObserver>();
  readonly #remote: RemoteControl = new RemoteControl(systemClock, () => this.jobs);
  #socket: RemoteServer | undefined = undefined;
  /** By the number that messages carry: one for each attempt to run a job. */
  readonly #attempts = new Map<number, JobRun>();
  #nextJob = 0;
  #nextAttempt = 0;
  #closed: Promise<void> | undefined = undefined;

  private constructor(config: Config, machine: Machine, options: EngineOptions) {
    this.config = config;
    this.machine = machine;
    this.#log = new Log(options.log);
    this.#codegen = options.codegen ?? true;
    this.#closeGraceMs = options.closeGraceMs ?? CLOSE_GRACE_MS;
    const pool = poolOf(machine, config);
    const poolOptions = {
      threads: pool.threads,
      cpusOf: (worker: number) => pool.workerCpus[worker]!,
      heapBytes: pool.heapLimitBytes,
      spinTurns: spinTurnsMax(config.exchange.idle, pool.threads, machine.cpus.length),
      watchdog: config.pool.watchdog,
    };
    this.#pool = new WorkerPool(poolOptions, {
      onMessage: (worker, message) => this.#receive(worker, message),
      onExit: (worker, error) => this.#workerExited(worker, error),
      placeOf: (step) => this.#placeOf(step),
      onStuck: (step) => {
        this.#log.warn('step does not return', { ...step });
        options.onStuckStep?.(step);
      },
      onFreed: (worker, elapsedMs) => this.#log.info('step returned', { worker, elapsedMs }),
    });
    // Starts the threads now; `submit` waits for them and reports what fails.
    this.#pool.ready().catch(() => undefined);
  }

  /**
   * Loads the configuration, probes the machine and starts the worker threads (in the background; `submit` waits).
   *
   * @throws ERR_CONFIG_… with file, line and column
   * @throws ERR_REMOTE_… the configuration wants a control socket, and there can be none
   */
  static async start(options: EngineOptions = {}): Promise<Engine> {
    const overrides = options.set ?? [];
    const config =
      typeof options.config === 'object'
        ? await resolveConfig(options.config, overrides, options.profile)
        : await loadConfig(options.config, overrides, options.profile);
    const engine = new Engine(config, probeMachine(), options);
    await engine.#listen(options.control ?? false);
    return engine;
  }

  async #listen(asked: boolean): Promise<void> {
    const { socket } = this.config.control;
    if (socket === 'off' || (socket === 'auto' && !asked)) return;
    try {
      this.#socket = await RemoteServer.open((call) => this.#remote.handle(call));
    } catch (error) {
      // What nobody wrote down is no reason not to run jobs.
      if (socket === 'auto') this.#log.warn('no control socket', { reason: String(error) });
      else {
        await this.close();
        throw error;
      }
    }
  }

  /** Jobs that are not final yet. */
  get jobs(): readonly JobRun[] {
    return [...this.#runs.values()];
  }

  /** What each worker measures of itself. */
  workers(): readonly WorkerStatus[] {
    return this.#pool.workers.map((worker) => worker.status());
  }

  /** Settles when every worker thread runs; `submit` waits for it by itself. @throws ERR_CONTROL_WORKER_START */
  ready(): Promise<void> {
    return this.#pool.ready();
  }

  /**
   * Plans and places a job without starting it.
   *
   * @throws ERR_GRAPH_…, ERR_PLAN_…, ERR_CONFIG_…
   */
  async plan(module: URL | string, options: SubmitOptions = {}): Promise<JobPlan> {
    const parameters = plainParameters(options.parameters);
    const { config, machine } = this;
    const made = await graphAndPlan(module, config, machine, { ...options, parameters });
    const { graph, plan, warnings } = made;
    return { graph, plan, warnings, placement: this.#place(plan) };
  }

  #place(plan: PhysicalPlan): Placement | Shortage {
    return place(plan, this.machine, this.config, usageOf(this.#placements()));
  }

  /** What the jobs have, but one. */
  #placements(except?: JobRun): readonly Placement[] {
    return this.jobs.flatMap((run) => (run === except ? [] : run.placements));
  }

  /**
   * Submits a job by the URL or path of its module, whose default export is the job. Settles when it is deployed to the
   * workers' mailboxes; `run.done` settles when it ends.
   *
   * @throws ERR_PLACEMENT_… the job does not fit; nothing was started
   * @throws ERR_GRAPH_…, ERR_PLAN_…, ERR_CONFIG_… the job or its configuration is wrong
   * @throws ERR_CONTROL_CLOSED the engine was closed
   * @throws ERR_CONTROL_PARAMETERS the parameters are not plain data
   * @throws ERR_CHECKPOINT_… what it is to go on from is not there, damaged, or of another job
   */
  async submit(module: URL | string, options: SubmitOptions = {}): Promise<JobRun> {
    const submittedMs = systemClock.monotonicMs();
    this.#checkOpen();
    options.signal?.throwIfAborted();
    const parameters = plainParameters(options.parameters);
    const [planned] = await Promise.all([
      graphAndPlan(module, this.config, this.machine, { ...options, parameters }),
      this.#pool.ready(),
    ]);
    this.#checkOpen();
    options.signal?.throwIfAborted();
    // From here to `#runs.set` without a pause, so that two submissions never count on the same memory.
    const placement = this.#place(planned.plan);
    if (!placement.fits) throw shortageError(placement);
    const id = this.#nextJob++;
    const recovery = recoveryOf(this.config, planned.plan.job);
    const run = new JobRun(
      id,
      {
        moduleUrl: moduleUrl(module),
        parameters,
        plan: planned.plan,
        warnings: planned.warnings,
        placement,
        settings: runtimeSettings(this.config, planned.graph, this.#codegen),
        workers: this.#pool.workers,
        ...recovery,
      },
      this.#observer(id, planned.plan.job, options),
      {
        clock: systemClock,
        timers: systemTimers,
        disk: nodeDisk,
        runId: randomUUID(),
        layouts: new Layouts({
          ...planned,
          config: this.config,
          machine: this.machine,
          taken: () => usageOf(this.#placements(run)),
        }),
        random: Math.random,
        attempt: () => {
          this.#attempts.set(this.#nextAttempt, run);
          return this.#nextAttempt++;
        },
        forget: (attempt) => this.#attempts.delete(attempt),
        ready: () => this.#pool.ready(),
        warn: (message, fields) => this.#log.warn(message, fields),
      },
      submittedMs,
    );
    this.#runs.set(id, run);
    this.#submitters.set(id, options);
    this.#remote.submitted(id, recovery.checkpointFolder);
    if (options.signal) cancelOn(options.signal, run);
    await run.begin(options.restore);
    return run;
  }

  /**
   * Cancels what still runs and ends the worker threads, by force when user code does not return in time. Idempotent.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { promise: grace, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#closeGraceMs);
    // User code that never returns holds its thread; it is ended with it.
    await Promise.race([Promise.all(this.jobs.map((run) => run.cancel())), grace]);
    clearTimeout(timer);
    await this.#pool.close(this.#closeGraceMs);
    for (const run of this.jobs) run.abandon();
    await this.#socket?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What a run reports goes to the log and to who submitted it. */
  #observer(id: number, job: string, options: SubmitOptions): JobObserver {
    return {
      ...(options.onPrint ? { onPrint: (line) => options.onPrint!(line) } : {}),
      onFailure: (failure) => {
        const { error, restartDelayMs } = failure;
        const reason = error.message;
        if (restartDelayMs === undefined) this.#log.error('job failure', { job, id, reason });
        else this.#log.warn('job restarts', { job, id, reason, restartDelayMs });
        options.onFailure?.(failure);
      },
      onRecovery: (failure) => {
        this.#log.info('job recovered', { job, id, ...failure.recovery });
        options.onRecovery?.(failure);
      },
      onCheckpoint: (info) => {
        this.#log.info('checkpoint', { job, id, ...info });
        this.#remote.completed(id, info);
        options.onCheckpoint?.(info);
      },
      onState: (state) => {
        this.#log.info('job state', { job, id, state });
        this.#remote.changed(id, isFinal(state));
        if (isFinal(state)) {
          this.#runs.delete(id);
          this.#submitters.delete(id);
        }
        options.onState?.(state);
      },
    };
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new EngineError('ERR_CONTROL_CLOSED', {});
  }

  #receive(worker: WorkerId, message: FromWorker): void {
    if (message.kind === 'online') return;
    const run = this.#attempts.get(message.job);
    if (message.kind === 'badRow' && run !== undefined) {
      const error = EngineError.fromPlain(message.error);
      this.#log.warn('row left out', {
        job: run.name,
        id: run.id,
        reason: error.message,
        ...error.place,
      });
      this.#submitters.get(run.id)?.onBadRow?.(error);
    }
    run?.receive(this.#pool.workers[worker]!, message);
  }

  /** By the names that users know. */
  #placeOf(step: WorkerStep): WorkPlace {
    const run = this.#attempts.get(step.job);
    const subtask = run?.plan.subtasks[step.subtask];
    if (run === undefined || subtask === undefined) return NOWHERE;
    const chain = run.plan.chains[subtask.chain]!;
    const operator = step.operator === undefined ? undefined : chain.operators[step.operator]?.name;
    return { job: run.name, operator: operator ?? chain.name, subtask: subtask.index };
  }

  #workerExited(worker: WorkerId, error: EngineError): void {
    this.#log.error('worker lost', { worker, reason: error.message });
    for (const run of this.#runs.values()) run.workerExited(worker, error);
  }
}

/** The parameters as every thread sees them: a copy. @throws ERR_CONTROL_PARAMETERS when they are not plain data */
function plainParameters(parameters: SubmitOptions['parameters'] = {}): {
  readonly [key: string]: Plain;
} {
  try {
    return structuredClone(parameters);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError('ERR_CONTROL_PARAMETERS', { reason }, { cause });
  }
}

function cancelOn(signal: AbortSignal, run: JobRun): void {
  const abort = (): void => run.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const forget = (): void => signal.removeEventListener('abort', abort);
  run.done.then(forget, forget);
}
