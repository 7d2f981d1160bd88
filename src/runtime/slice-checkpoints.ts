/** Checkpoints of the subtasks that one worker hosts of a job: written beside the steps, then acknowledged. Owner: the worker. */

import { toEngineError } from '../base/index.ts';
import type { Clock, SubtaskId } from '../base/index.ts';
import { fileStore, unpackOptions, writeInFlight, writeSubtaskState } from '../checkpoint/index.ts';
import type { CheckpointStore, Disk, SubtaskIdentity } from '../checkpoint/index.ts';
import type { BarrierPassed, BarrierWork } from './control-work.ts';
import type { CheckpointMessage, DeployMessage, FromWorker } from './protocol.ts';
import { restoredSubtask } from './restored-subtask.ts';
import type { SubtaskRestore } from './restored-subtask.ts';
import type { SubtaskSnapshot } from './subtask-states.ts';

/** What it needs of the worker. */
export interface SliceCheckpointsHost {
  readonly clock: Clock;
  readonly disk: Disk;
  post(message: FromWorker): void;
  /** Keeps the event loop turning until the promise settles. */
  track(promise: Promise<unknown>): void;
}

/** See the file header. */
export class SliceCheckpoints {
  readonly #deploy: DeployMessage;
  readonly #host: SliceCheckpointsHost;
  readonly #stores = new Map<string, CheckpointStore>();
  /** Folders of savepoints; a barrier may come through a ring before the message that says where to. */
  readonly #folders = new Map<number, PromiseWithResolvers<string>>();
  readonly #last = new Map<SubtaskId, number>();
  readonly #writing = new Set<Promise<void>>();

  constructor(deploy: DeployMessage, host: SliceCheckpointsHost) {
    this.#deploy = deploy;
    this.#host = host;
  }

  /** A checkpoint begins. */
  begin({ checkpoint, folder, options }: CheckpointMessage): void {
    if (unpackOptions(options).kind !== 'checkpoint') this.#folderOf(checkpoint).resolve(folder);
  }

  /** It has an outcome. */
  end(checkpoint: number): void {
    this.#folders.delete(checkpoint);
  }

  /** Settles when nothing is being written any more: what still comes is told before the job is let go of. */
  async idle(): Promise<void> {
    for (const folder of this.#folders.values()) folder.reject(new Error('the job ends'));
    await Promise.all(this.#writing);
  }

  /** The last checkpoint whose barrier passed this subtask; -1: none did. */
  lastOf(id: SubtaskId): number {
    return this.#last.get(id) ?? -1;
  }

  /** A barrier passed a subtask: writes what it held, and says so. */
  onSnapshot(
    id: SubtaskId,
    barrier: BarrierWork,
    snapshot: SubtaskSnapshot,
    passed: BarrierPassed,
  ): void {
    this.#last.set(id, barrier.checkpoint);
    const written = this.#write(id, barrier, snapshot, passed);
    this.#writing.add(written);
    this.#host.track(written.finally(() => this.#writing.delete(written)));
  }

  /** What a subtask begins with; undefined when the job begins anew. @throws ERR_CHECKPOINT_… */
  async restoreOf(id: SubtaskId): Promise<SubtaskRestore | undefined> {
    const { restore, plan } = this.#deploy;
    if (restore === undefined) return undefined;
    const store = this.#storeIn(restore.folder);
    return restoredSubtask(store, restore.manifest, plan, plan.subtasks[id]!);
  }

  async #write(
    id: SubtaskId,
    { checkpoint, options, alignmentMs = 0 }: BarrierWork,
    snapshot: SubtaskSnapshot,
    { syncMs, precommitted, inFlight }: BarrierPassed,
  ): Promise<void> {
    const { job } = this.#deploy;
    const { clock } = this.#host;
    const startMs = clock.monotonicMs();
    try {
      const { kind, mode } = unpackOptions(options);
      const folder =
        kind === 'checkpoint'
          ? this.#deploy.checkpointFolder!
          : await this.#folderOf(checkpoint).promise;
      const store = this.#storeIn(folder);
      const held = await writeSubtaskState(
        store,
        this.#identity(id, checkpoint),
        snapshot,
      );
      // Rows on their way may be copied for some time yet.
      const overtaken = await writeInFlight(store, checkpoint, id, (await inFlight) ?? []);
      await precommitted;
      const asyncMs = clock.monotonicMs() - startMs;
      const unaligned = mode === 'unaligned';
      const handles = { ...held.handles, inFlight: overtaken.handles };
      const bytes = held.bytes + overtaken.bytes;
      const report = { subtask: id, handles, bytes, alignmentMs, syncMs, asyncMs, unaligned };
      this.#host.post({ kind: 'acknowledged', job, checkpoint, report });
    } catch (error) {
      const reason = toEngineError(error).message;
      this.#host.post({ kind: 'declined', job, checkpoint, subtask: id, reason });
    }
  }

  #identity(id: SubtaskId, checkpoint: number): SubtaskIdentity {
    const { chains, subtasks } = this.#deploy.plan;
    const { chain, index } = subtasks[id]!;
    const { operators, parallelism } = chains[chain]!;
    return { checkpoint, subtask: id, head: operators[0]!.uid, index, parallelism };
  }

  #storeIn(folder: string): CheckpointStore {
    let store = this.#stores.get(folder);
    if (store === undefined) {
      store = fileStore(folder, this.#host.disk);
      this.#stores.set(folder, store);
    }
    return store;
  }

  #folderOf(checkpoint: number): PromiseWithResolvers<string> {
    let folder = this.#folders.get(checkpoint);
    if (folder === undefined) {
      folder = Promise.withResolvers();
      this.#folders.set(checkpoint, folder);
    }
    return folder;
  }
}
