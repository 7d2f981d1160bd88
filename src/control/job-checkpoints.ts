/**
 * Takes the checkpoints of one job: gives the protocol of the checkpoint room its clock, its messages and its store. Decides
 * nothing itself. Main thread.
 */

import { join, resolve } from 'node:path';
import { EngineError, toEngineError } from '../base/index.ts';
import type { Clock, SubtaskId } from '../base/index.ts';
import {
  advance,
  beginningOf,
  beginProtocol,
  CHECKPOINT_DEFAULTS,
  CheckpointFolder,
  checkRestore,
  fileStore,
  isSettled,
  manifestOf,
  nextWakeMs,
  nodeDisk,
  packOptions,
  recover,
  removeOrphans,
  requireChosen,
} from '../checkpoint/index.ts';
import type {
  CheckpointKind,
  CheckpointSettings,
  CheckpointStore,
  Manifest,
  ManifestJob,
  PendingCheckpoint,
  ProtocolCommand,
  ProtocolEvent,
  ProtocolState,
  ProtocolSubtask,
  Recovered,
} from '../checkpoint/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { DeployMessage, FromWorker, ToWorker } from '../runtime/index.ts';

/** A checkpoint or savepoint that is complete. */
export interface CheckpointInfo {
  readonly checkpoint: number;
  readonly kind: 'checkpoint' | 'savepoint';
  /** Folder that holds it; of a savepoint, one of its own. */
  readonly folder: string;
  /** ms since the epoch. */
  readonly completedAtMs: number;
  /** From the trigger until it was complete, in ms. */
  readonly durationMs: number;
  /** Written for it; what it shares with earlier ones is not counted. */
  readonly bytes: number;
}

/** What an attempt to run the job begins with. */
export type RestorePoint = NonNullable<DeployMessage['restore']>;

/** What a job is to go on from. */
export interface RestoreOptions {
  /** `latest`: the newest intact checkpoint of the job's own folder; else the folder of a checkpoint or savepoint. */
  readonly from: string;
  /** Whether state of operators that the job does not have is left out instead of being an error; default false. */
  readonly allowNonRestoredState?: boolean;
}

/** What it needs of the run. */
export interface JobCheckpointsHost {
  readonly clock: Clock;
  /** Posts to every worker of the current attempt; `job` is filled in. */
  post(message: CheckpointMail): void;
  /** The job is to fail; it may be started again. */
  fail(error: EngineError): void;
  /** A savepoint that ends the job is complete. */
  end(): void;
  onComplete(info: CheckpointInfo): void;
  /** Older checkpoints than this one are not gone back to any more. */
  onKept(oldest: number): void;
  /** A checkpoint or a file of one that cannot be used, or was not written. */
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** What is posted to workers. */
export type CheckpointMail = WithoutJob<
  Extract<ToWorker, { readonly kind: 'checkpoint' | 'checkpointComplete' | 'checkpointAborted' }>
>;
type WithoutJob<M> = M extends unknown ? Omit<M, 'job'> : never;

/** See the file header. */
export class JobCheckpoints {
  readonly #job: ManifestJob;
  readonly #subtasks: readonly ProtocolSubtask[];
  /** Folder of the job's checkpoints; undefined when only savepoints can be taken. */
  readonly #folder: string | undefined;
  readonly #store: CheckpointStore | undefined;
  readonly #host: JobCheckpointsHost;
  #state: ProtocolState = beginProtocol(CHECKPOINT_DEFAULTS);
  #files: CheckpointFolder | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #nextRequest = 0;
  readonly #requests = new Map<number, PromiseWithResolvers<CheckpointInfo>>();
  /** Of those that are complete and were asked for. */
  readonly #infos = new Map<number, CheckpointInfo>();
  #settled: PromiseWithResolvers<void> = Promise.withResolvers();
  #cleaned: Promise<void> = Promise.resolve();
  /** What sources that finished have read: splits may be dealt out otherwise after a restore. */
  readonly #read = new Map<number, Manifest['subtasks'][number]['splits']>();
  /** Older ones are of another run, whose state is not this one's. */
  #oldest = 0;
  /** What the first attempt began with. */
  #first: RestorePoint | undefined = undefined;

  /** @param folder of this job alone */
  constructor(
    plan: PhysicalPlan,
    settings: CheckpointSettings,
    folder: string | undefined,
    host: JobCheckpointsHost,
  ) {
    this.#job = manifestJob(plan);
    this.#subtasks = protocolSubtasks(plan);
    this.#folder = folder;
    this.#store = folder === undefined ? undefined : fileStore(folder, nodeDisk);
    this.#host = host;
    this.#state = beginProtocol(
      folder === undefined ? { ...settings, intervalMs: undefined } : settings,
    );
  }

  /** Folder that workers write state to. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /**
   * Looks at what the folder holds, before the first attempt: numbers go on from there.
   *
   * @throws ERR_CHECKPOINT_NONE there is nothing to go on from; ERR_CHECKPOINT_RESTORE the job cannot; ERR_CHECKPOINT_IO
   */
  async open(restore: RestoreOptions | undefined): Promise<RestorePoint | undefined> {
    const latest = restore?.from === 'latest';
    if (latest && this.#store === undefined) {
      const place = 'checkpoint.directory of the job, which is not set';
      throw new EngineError('ERR_CHECKPOINT_NONE', { job: this.#job.job, place, found: 'nothing' });
    }
    const own = this.#store && (await this.#openOwn(this.#store, latest));
    if (restore === undefined) return undefined;
    const folder = latest ? this.#folder! : resolve(restore.from);
    const recovered = latest ? own! : await this.#recover(fileStore(folder, nodeDisk));
    const manifest = requireChosen(recovered, this.#job.job, folder);
    const { job } = this.#job;
    for (const { uid, name } of checkRestore(
      this.#job,
      manifest,
      restore.allowNonRestoredState ?? false,
    )) {
      this.#host.warn('state not restored', { job, uid, operator: name });
    }
    this.#first = { folder, manifest };
    return this.#first;
  }

  /** What a further attempt begins with; undefined: the beginning. Only after `halt`. @throws ERR_CHECKPOINT_IO */
  async again(): Promise<RestorePoint | undefined> {
    if (this.#store === undefined || this.#state.latest === undefined) return this.#first;
    const { chosen } = await this.#recover(this.#store);
    if (chosen === undefined || chosen.checkpoint < this.#oldest) return this.#first;
    return { folder: this.#folder!, manifest: chosen };
  }

  async #openOwn(store: CheckpointStore, latest: boolean): Promise<Recovered> {
    const recovered = await this.#recover(store);
    this.#files = new CheckpointFolder(store, recovered.readable);
    const beginning = beginningOf(recovered);
    // Those of an earlier run count for retention, but only a run that was told to goes on from them.
    this.#state = { ...this.#state, ...beginning };
    if (!latest) {
      this.#state = { ...this.#state, latest: undefined };
      this.#oldest = beginning.nextCheckpoint;
    }
    await removeOrphans(store, recovered.readable, beginning.nextCheckpoint);
    return recovered;
  }

  /** The checkpoint that rows of this run came before; undefined: none did. */
  ownNumber(point: RestorePoint | undefined): number | undefined {
    return point === this.#first ? undefined : point?.manifest.checkpoint;
  }

  /** The job runs. */
  start(): void {
    this.#read.clear();
    this.#take({ kind: 'start', nowMs: this.#nowMs, subtasks: this.#subtasks });
  }

  /** The job does not run any more. Settles when no checkpoint is being published. */
  async halt(reason: string): Promise<void> {
    this.#take({ kind: 'halt', nowMs: this.#nowMs, reason });
    clearTimeout(this.#timer);
    while (!isSettled(this.#state)) await this.#settled.promise;
  }

  /** The job finished by itself: nothing is left to go on with. After `halt`. Never throws. */
  async drop(): Promise<void> {
    const { completed, nextCheckpoint } = this.#state;
    const store = this.#store;
    if (store === undefined) return;
    const all = async (): Promise<void> => {
      await this.#filesIn(undefined).drop(completed);
      // What a thread wrote that ended before it could say so.
      await removeOrphans(store, [], nextCheckpoint);
    };
    this.#clean(nextCheckpoint - 1, all());
    await this.#cleaned;
  }

  /** A worker said something about a checkpoint, or that a subtask finished. */
  receive(message: FromWorker): void {
    const nowMs = this.#nowMs;
    if (message.kind === 'acknowledged') {
      const { checkpoint, report } = message;
      this.#take({ kind: 'acknowledged', nowMs, checkpoint, report });
    } else if (message.kind === 'declined') {
      const { checkpoint, subtask, reason } = message;
      this.#take({ kind: 'declined', nowMs, checkpoint, subtask, reason });
    } else if (message.kind === 'finished') {
      const { subtask, lastCheckpoint, splits } = message;
      if (splits !== undefined) this.#read.set(subtask, splits);
      this.#take({ kind: 'finished', nowMs, subtask, lastCheckpoint });
    }
  }

  /**
   * Takes one now.
   *
   * @param parent folder in which a savepoint gets a folder of its own
   * @throws ERR_CHECKPOINT_REFUSED, ERR_CHECKPOINT_FAILED
   */
  request(kind: CheckpointKind, parent: string | undefined): Promise<CheckpointInfo> {
    if (kind === 'checkpoint' && this.#folder === undefined) {
      const reason = 'there is no folder for checkpoints; set checkpoint.directory of the job';
      return Promise.reject(new EngineError('ERR_CHECKPOINT_REFUSED', { kind, reason }));
    }
    const request = this.#nextRequest++;
    const answer = Promise.withResolvers<CheckpointInfo>();
    this.#requests.set(request, answer);
    const target =
      parent && join(parent, `savepoint-${this.#job.job}-${this.#state.nextCheckpoint}`);
    this.#take({ kind: 'request', nowMs: this.#nowMs, request, checkpointKind: kind, target });
    return answer.promise;
  }

  get #nowMs(): number {
    return this.#host.clock.monotonicMs();
  }

  async #recover(store: CheckpointStore): Promise<Recovered> {
    const recovered = await recover(store, this.#job.job);
    for (const { file, error } of recovered.rejected) {
      const { code, message } = error;
      this.#host.warn('checkpoint rejected', { job: this.#job.job, file, code, reason: message });
    }
    return recovered;
  }

  #take(event: ProtocolEvent): void {
    const { state, commands } = advance(this.#state, event);
    this.#state = state;
    for (const command of commands) this.#do(command);
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
    clearTimeout(this.#timer);
    const waitMs = nextWakeMs(this.#state) - this.#nowMs;
    if (waitMs === Infinity) return;
    const tick = (): void => this.#take({ kind: 'tick', nowMs: this.#nowMs });
    this.#timer = setTimeout(tick, Math.max(0, Math.ceil(waitMs)));
  }

  #do(command: ProtocolCommand): void {
    switch (command.kind) {
      case 'trigger': {
        const { checkpoint, options, target, subtasks } = command;
        this.#host.post({
          kind: 'checkpoint',
          checkpoint,
          triggeredAtMs: this.#host.clock.nowMs(),
          options: packOptions(options),
          subtasks: subtasks as readonly SubtaskId[],
          folder: target ?? this.#folder!,
        });
        return;
      }
      case 'publish':
        void this.#publish(command.pending);
        return;
      case 'notifyComplete':
        this.#host.post({ kind: 'checkpointComplete', checkpoint: command.checkpoint });
        return;
      case 'notifyAborted':
        this.#host.post({ kind: 'checkpointAborted', checkpoint: command.checkpoint });
        return;
      case 'discard':
        this.#clean(command.checkpoint, this.#filesIn(command.target).discard(command.checkpoint));
        return;
      case 'drop':
        this.#clean(
          command.checkpoints.at(-1)!,
          this.#filesIn(undefined).drop(command.checkpoints),
        );
        return;
      case 'answer': {
        const answer = this.#requests.get(command.request);
        this.#requests.delete(command.request);
        if (command.error === undefined) answer?.resolve(this.#infos.get(command.checkpoint!)!);
        else answer?.reject(command.error);
        this.#infos.delete(command.checkpoint ?? -1);
        return;
      }
      case 'failJob':
        this.#host.fail(command.error);
        return;
      case 'endJob':
        this.#host.end();
        return;
    }
  }

  async #publish(pending: PendingCheckpoint): Promise<void> {
    const { checkpoint, options, target, triggeredAtMs, reports } = pending;
    const { clock } = this.#host;
    try {
      const durationMs = this.#nowMs - triggeredAtMs;
      const completedAtMs = clock.nowMs();
      const manifest = manifestOf(this.#job, pending, {
        triggeredAtMs: Math.round(completedAtMs - durationMs),
        completedAtMs,
      });
      const subtasks = manifest.subtasks.map((one, subtask) =>
        one.splits === undefined ? { ...one, splits: this.#read.get(subtask) } : one,
      );
      await this.#filesIn(target).publish({ ...manifest, subtasks });
      const kind = options.kind === 'checkpoint' ? 'checkpoint' : 'savepoint';
      const bytes = [...reports.values()].reduce((sum, report) => sum + report.bytes, 0);
      const folder = target ?? this.#folder!;
      const info = { checkpoint, kind, folder, completedAtMs, durationMs, bytes } as const;
      if (pending.request !== undefined) this.#infos.set(checkpoint, info);
      this.#host.onComplete(info);
      this.#take({ kind: 'published', nowMs: this.#nowMs, checkpoint });
      const [oldest] = this.#state.completed;
      if (oldest !== undefined && oldest >= this.#oldest) this.#host.onKept(oldest);
    } catch (error) {
      const reason = toEngineError(error).message;
      this.#take({ kind: 'publishFailed', nowMs: this.#nowMs, checkpoint, reason });
    }
  }

  /** Files that cannot be removed now are found by the next run. */
  #clean(checkpoint: number, done: Promise<void>): void {
    this.#cleaned = done.catch((error: unknown) => {
      const reason = toEngineError(error).message;
      this.#host.warn('checkpoint files left', { job: this.#job.job, checkpoint, reason });
    });
  }

  #filesIn(target: string | undefined): CheckpointFolder {
    if (target !== undefined) return new CheckpointFolder(fileStore(target, nodeDisk), []);
    return (this.#files ??= new CheckpointFolder(this.#store!, []));
  }
}

function manifestJob({
  job,
  graphFingerprint,
  chains,
  subtasks,
  maxParallelism,
}: PhysicalPlan): ManifestJob {
  return {
    job,
    graphFingerprint,
    operators: chains.flatMap(({ operators, parallelism }) =>
      operators.map(({ uid, name }) => ({ uid, name, parallelism, maxParallelism })),
    ),
    subtasks: subtasks.map(({ chain, index }) => {
      const { operators, parallelism } = chains[chain]!;
      return { head: operators[0]!.uid, index, parallelism };
    }),
  };
}

function protocolSubtasks({ subtasks, channels }: PhysicalPlan): ProtocolSubtask[] {
  return subtasks.map(({ id }) => {
    const into = channels.filter(({ consumer }) => consumer === id);
    return { subtask: id, producers: [...new Set<number>(into.map(({ producer }) => producer))] };
  });
}
