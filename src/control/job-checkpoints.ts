/**
 * Takes the checkpoints of one job: gives the protocol of the checkpoint room its clock, its messages and its store. Decides
 * nothing itself. Main thread.
 */

import { resolve } from 'node:path';
import { EngineError, toEngineError } from '../base/index.ts';
import type { SubtaskId } from '../base/index.ts';
import {
  advance,
  beginningOf,
  beginProtocol,
  CHECKPOINT_DEFAULTS,
  CheckpointFolder,
  CheckpointNumbers,
  checkRestore,
  fileStore,
  forgetRun,
  isSettled,
  manifestOf,
  nextWakeMs,
  packOptions,
  removeOrphans,
  requireChosen,
  runIdentity,
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
import type { FromWorker } from '../runtime/index.ts';
import { manifestJob, protocolSubtasks } from './checkpoint-plan.ts';
import type {
  CheckpointInfo,
  JobCheckpointsHost,
  RestoreOptions,
  RestorePoint,
} from './checkpoint-types.ts';
import { recoverPatiently } from './patient-recovery.ts';
import { CheckpointRequests } from './checkpoint-requests.ts';
import { HandOvers, savepointFolder } from './savepoint-folders.ts';

/** See the file header. */
export class JobCheckpoints {
  /** The same for all attempts, and for processes that go on from the same place: sinks know by it what an earlier one left. */
  runId: string = '';
  readonly #planned: { job: ManifestJob; subtasks: readonly ProtocolSubtask[] };
  /** Folder of the job's checkpoints; undefined when only savepoints can be taken. */
  readonly #folder: string | undefined;
  readonly #store: CheckpointStore | undefined;
  readonly #host: JobCheckpointsHost;
  #state: ProtocolState = beginProtocol(CHECKPOINT_DEFAULTS);
  #files: CheckpointFolder | undefined = undefined;
  #stopTimer: () => void = () => undefined;
  readonly #requests: CheckpointRequests = new CheckpointRequests();
  #settled: PromiseWithResolvers<void> = Promise.withResolvers();
  #cleaned: Promise<void> = Promise.resolve();
  /** What sources that finished have read: splits may be dealt out otherwise after a restore. */
  readonly #read = new Map<number, Manifest['subtasks'][number]['splits']>();
  /** Older ones are of another run, whose state is not this one's. */
  #oldest = 0;
  /** What the first attempt began with. */
  #first: RestorePoint | undefined = undefined;
  readonly #handOvers: HandOvers = new HandOvers();
  readonly #numbers: CheckpointNumbers | undefined;

  /** @param folder of this job alone */
  constructor(
    plan: PhysicalPlan,
    settings: CheckpointSettings,
    folder: string | undefined,
    host: JobCheckpointsHost,
  ) {
    this.#planned = { job: manifestJob(plan), subtasks: protocolSubtasks(plan) };
    this.#folder = folder;
    this.#store = folder === undefined ? undefined : fileStore(folder, host.disk);
    this.#numbers = this.#store && new CheckpointNumbers(this.#store);
    this.#host = host;
    this.runId = host.runId;
    this.#state = beginProtocol(
      folder === undefined ? { ...settings, intervalMs: undefined } : settings,
    );
  }

  /** Whether there is anything to wait for when the job ends. */
  get writes(): boolean {
    return this.#folder !== undefined || this.#handOvers.used;
  }

  /**
   * Looks at what the folder holds, before the first attempt: numbers go on from there.
   *
   * @throws ERR_CHECKPOINT_NONE there is nothing to go on from; ERR_CHECKPOINT_RESTORE the job cannot; ERR_CHECKPOINT_IO
   */
  async open(restore: RestoreOptions | undefined): Promise<RestorePoint | undefined> {
    const orNew = restore?.from === 'latest-or-new';
    const latest = restore?.from === 'latest' || orNew;
    if (latest && this.#store === undefined) {
      const place = 'checkpoint.directory of the job, which is not set';
      throw new EngineError('ERR_CHECKPOINT_NONE', {
        job: this.#planned.job.job,
        place,
        found: 'nothing',
      });
    }
    const own = this.#store && (await this.#openOwn(this.#store, latest));
    if (restore === undefined || (orNew && own!.chosen === undefined && own!.rejected.length === 0))
      return undefined;
    const folder = latest ? this.#folder! : resolve(restore.from);
    const recovered = latest ? own! : await this.#recover(fileStore(folder, this.#host.disk));
    const manifest = requireChosen(recovered, this.#planned.job.job, folder);
    // Numbers go on from a savepoint that lies elsewhere, too.
    const nextCheckpoint = Math.max(this.#state.nextCheckpoint, manifest.checkpoint + 1);
    this.#state = { ...this.#state, nextCheckpoint };
    const left = checkRestore(this.#planned.job, manifest, restore.allowNonRestoredState ?? false);
    for (const { uid, name } of left) {
      this.#host.warn('state not restored', { job: this.#planned.job.job, uid, operator: name });
    }
    this.#first = { folder, manifest };
    return this.#first;
  }

  /** What a further attempt begins with; undefined: the beginning. Only after `halt`. @throws ERR_CHECKPOINT_NONE, ERR_CHECKPOINT_IO */
  async again(): Promise<RestorePoint | undefined> {
    const { latest } = this.#state;
    if (latest?.target !== undefined) {
      const { target: folder } = latest;
      const recovered = await this.#recover(fileStore(folder, this.#host.disk));
      return { folder, manifest: requireChosen(recovered, this.#planned.job.job, folder) };
    }
    if (this.#store === undefined || latest === undefined) return this.#first;
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
    this.runId = await runIdentity(store, latest ? recovered : undefined, this.runId);
    return recovered;
  }

  /** The next attempt has these subtasks. Only after `halt`. */
  replan(plan: PhysicalPlan): void {
    this.#planned.job = manifestJob(plan);
    this.#planned.subtasks = protocolSubtasks(plan);
  }

  /** The checkpoint that rows of this run came before; undefined: none did. */
  ownNumber(point: RestorePoint | undefined): number | undefined {
    return point === this.#first ? undefined : point?.manifest.checkpoint;
  }

  /** The job runs. */
  start(): void {
    this.#read.clear();
    this.#take({ kind: 'start', nowMs: this.#nowMs, subtasks: this.#planned.subtasks });
  }

  /** The job does not run any more. Settles when no checkpoint is being published. */
  async halt(reason: string): Promise<void> {
    this.#take({ kind: 'halt', nowMs: this.#nowMs, reason });
    this.#stopTimer();
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
      await this.#numbers?.forget();
      await forgetRun(store);
    };
    this.#clean(nextCheckpoint - 1, all());
    await this.#cleaned;
  }

  /** The job is final. Never throws. */
  async close(): Promise<void> {
    this.#clean(this.#state.nextCheckpoint - 1, this.#handOvers.remove());
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
    const target =
      parent && savepointFolder(parent, this.#planned.job.job, this.#state.nextCheckpoint);
    return this.#request(kind, target).answer;
  }

  /**
   * Takes one behind which nothing is processed, for another attempt to go on from: in the folder of the job's checkpoints, or
   * where there is none in a temporary one that lives as long as the job.
   *
   * @throws ERR_CHECKPOINT_REFUSED, ERR_CHECKPOINT_FAILED the job goes on
   */
  async handOver(): Promise<void> {
    const { job } = this.#planned.job;
    const target =
      this.#folder === undefined
        ? this.#handOvers.folder(job, this.#state.nextCheckpoint)
        : undefined;
    const { request, answer } = this.#request('suspend', target);
    this.#handOvers.requests.add(request);
    await answer;
    if (target !== undefined) this.#clean(this.#state.nextCheckpoint, this.#handOvers.keep(target));
  }

  #request(
    checkpointKind: CheckpointKind,
    target: string | undefined,
  ): { readonly request: number; readonly answer: Promise<CheckpointInfo> } {
    const { request, answer } = this.#requests.begin();
    this.#take({ kind: 'request', nowMs: this.#nowMs, request, checkpointKind, target });
    return { request, answer };
  }

  get #nowMs(): number {
    return this.#host.clock.monotonicMs();
  }

  #recover(store: CheckpointStore): Promise<Recovered> {
    return recoverPatiently(store, this.#planned.job.job, this.#host);
  }

  #take(event: ProtocolEvent): void {
    const { state, commands } = advance(this.#state, event);
    this.#state = state;
    for (const command of commands) this.#do(command);
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
    this.#stopTimer();
    const waitMs = nextWakeMs(this.#state) - this.#nowMs;
    if (waitMs === Infinity) return;
    const tick = (): void => this.#take({ kind: 'tick', nowMs: this.#nowMs });
    this.#stopTimer = this.#host.timers.after(Math.max(0, Math.ceil(waitMs)), tick);
  }

  #do(command: ProtocolCommand): void {
    switch (command.kind) {
      case 'trigger':
        this.#trigger(command);
        return;
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
      case 'answer':
        if (command.error === undefined) {
          this.#handOvers.complete(command.request, command.checkpoint!);
        }
        this.#requests.answer(command);
        return;
      case 'failJob':
        this.#host.fail(command.error);
        return;
      case 'endJob':
        if (this.#handOvers.latest === command.checkpoint) this.#host.handedOver();
        else this.#host.end(command.drained);
        return;
    }
  }

  #trigger(command: Extract<ProtocolCommand, { readonly kind: 'trigger' }>): void {
    const { checkpoint, options, target, subtasks } = command;
    const begin = (): void => {
      this.#host.post({
        kind: 'checkpoint',
        checkpoint,
        triggeredAtMs: this.#host.clock.nowMs(),
        options: packOptions(options),
        subtasks: subtasks as readonly SubtaskId[],
        folder: target ?? this.#folder!,
      });
    };
    const reserved = this.#numbers?.reserve(checkpoint);
    if (reserved === undefined) return begin();
    reserved.then(
      () => {
        if (this.#state.pending.some((one) => one.checkpoint === checkpoint)) begin();
      },
      (error: unknown) => {
        const reason = toEngineError(error).message;
        const [subtask] = subtasks;
        this.#take({ kind: 'declined', nowMs: this.#nowMs, checkpoint, subtask: subtask!, reason });
      },
    );
  }

  async #publish(pending: PendingCheckpoint): Promise<void> {
    const { checkpoint, target, triggeredAtMs, reports } = pending;
    const { clock } = this.#host;
    try {
      const durationMs = this.#nowMs - triggeredAtMs;
      const completedAtMs = clock.nowMs();
      const manifest = manifestOf(this.#planned.job, pending, {
        triggeredAtMs: Math.round(completedAtMs - durationMs),
        completedAtMs,
      });
      const subtasks = manifest.subtasks.map((one, subtask) =>
        one.splits === undefined ? { ...one, splits: this.#read.get(subtask) } : one,
      );
      await this.#filesIn(target).publish({ ...manifest, subtasks });
      const { kind } = manifest;
      const bytes = [...reports.values()].reduce((sum, report) => sum + report.bytes, 0);
      const folder = target ?? this.#folder!;
      const info = { checkpoint, kind, folder, completedAtMs, durationMs, bytes } as const;
      if (pending.request !== undefined) this.#requests.know(info);
      const temporary = target !== undefined && this.#handOvers.requests.has(pending.request ?? -1);
      if (!temporary) this.#host.onComplete(info);
      this.#take({ kind: 'published', nowMs: this.#nowMs, checkpoint });
      // Without a folder of its own, the last hand-over is what there is to go back to.
      const oldest = temporary ? checkpoint : this.#state.completed[0];
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
      this.#host.warn('checkpoint files left', { job: this.#planned.job.job, checkpoint, reason });
    });
  }

  #filesIn(target: string | undefined): CheckpointFolder {
    if (target !== undefined) return new CheckpointFolder(fileStore(target, this.#host.disk), []);
    return (this.#files ??= new CheckpointFolder(this.#store!, []));
  }
}
