/** Checkpoints of the subtasks that one worker hosts of a job: written beside the steps, then acknowledged. Owner: the worker. */

import { toEngineError } from '../base/index.ts';
import type { Clock, SubtaskId } from '../base/index.ts';
import { fileStore, unpackOptions, writeInFlight, writeSubtaskState } from '../checkpoint/index.ts';
import type { CheckpointStore, Disk, SubtaskIdentity } from '../checkpoint/index.ts';
import { KeyedBases } from './keyed-bases.ts';
import type { Continued } from './keyed-bases.ts';
import type { BarrierPassed, BarrierWork } from './control-work.ts';
import type { CheckpointMessage, DeployMessage, FromWorker } from './protocol.ts';
import { restoredSubtask } from './restored-subtask.ts';
import type { SubtaskRestore } from './restored-subtask.ts';
import { SnapshotPieces, writtenState } from './snapshot-pieces.ts';
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
  readonly #bases = new KeyedBases();
  readonly #pieces: SnapshotPieces;

  constructor(deploy: DeployMessage, host: SliceCheckpointsHost) {
    this.#deploy = deploy;
    this.#host = host;
    this.#pieces = new SnapshotPieces(host.clock);
  }

  /** A checkpoint begins. */
  begin({ checkpoint, folder, options }: CheckpointMessage): void {
    if (unpackOptions(options).kind !== 'checkpoint') this.#folderOf(checkpoint).resolve(folder);
  }

  /** It has an outcome. */
  end(checkpoint: number, complete: boolean): void {
    this.#folders.delete(checkpoint);
    this.#bases.end(checkpoint, complete);
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
    const continued = this.#continued(id, barrier, snapshot);
    const written = this.#write(id, barrier, snapshot, passed, continued);
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
    continued: ReadonlyMap<string, Continued>,
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
      await this.#pieces.run(snapshot);
      const identity = this.#identity(id, checkpoint);
      const unchanged = Object.fromEntries(
        [...continued].map(([uid, { handles }]) => [uid, handles]),
      );
      const held = await writeSubtaskState(store, identity, writtenState(snapshot), unchanged);
      if (kind === 'checkpoint') {
        const { operators } = held.handles;
        this.#bases.written(checkpoint, id, snapshot.operators, continued, operators);
      }
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
    } finally {
      for (const { keyed } of Object.values(snapshot.operators)) keyed?.progress?.release();
    }
  }

  /** What a checkpoint goes on from; a savepoint is whole. */
  #continued(
    id: SubtaskId,
    { options }: BarrierWork,
    { operators }: SubtaskSnapshot,
  ): ReadonlyMap<string, Continued> {
    const { incremental } = this.#deploy;
    if (!incremental || unpackOptions(options).kind !== 'checkpoint') return new Map();
    return this.#bases.begin(id, operators);
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
