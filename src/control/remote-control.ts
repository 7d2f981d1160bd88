/** What others may ask of an engine over its control socket, and what it remembers of its jobs to answer them. Main thread. */

import { dirname, join } from 'node:path';

import { EngineError } from '../base/index.ts';
import type { Clock } from '../base/index.ts';
import type { RemoteCall, RemoteJob } from '../remote/index.ts';
import type { CheckpointInfo } from './checkpoint-types.ts';
import type { JobRun } from './job-run.ts';

/** Folder of savepoints beside the folders of the jobs' checkpoints. */
const SAVEPOINTS = 'savepoints';

/** What is kept of one job. */
interface JobRecord {
  readonly checkpointFolder: string | undefined;
  readonly submittedAtMs: number;
  stateSinceMs: number;
  checkpoints: number;
  savepoints: number;
  latest: CheckpointInfo | undefined;
}

/** Answers the calls of the control socket. */
export class RemoteControl {
  readonly #clock: Clock;
  readonly #runs: () => readonly JobRun[];
  readonly #records: Map<number, JobRecord> = new Map();

  /** @param runs jobs that are not final */
  constructor(clock: Clock, runs: () => readonly JobRun[]) {
    this.#clock = clock;
    this.#runs = runs;
  }

  /** A job was submitted. @param checkpointFolder of this job alone */
  submitted(id: number, checkpointFolder: string | undefined): void {
    const nowMs = this.#clock.nowMs();
    const nothing = { checkpoints: 0, savepoints: 0, latest: undefined };
    const times = { submittedAtMs: nowMs, stateSinceMs: nowMs };
    this.#records.set(id, { checkpointFolder, ...times, ...nothing });
  }

  /** A job is in another state. */
  changed(id: number, final: boolean): void {
    const record = this.#records.get(id);
    if (final) this.#records.delete(id);
    else if (record !== undefined) record.stateSinceMs = this.#clock.nowMs();
  }

  /** A checkpoint or savepoint is complete. */
  completed(id: number, info: CheckpointInfo): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    record[info.kind === 'checkpoint' ? 'checkpoints' : 'savepoints']++;
    record.latest = info;
  }

  /**
   * Does what a call asks for.
   *
   * @throws ERR_CONTROL_JOB there is no such job
   * @throws ERR_CONTROL_SAVEPOINT_FOLDER nobody said where the savepoint is to go
   * @throws ERR_CHECKPOINT_REFUSED, ERR_CHECKPOINT_FAILED
   */
  async handle(call: RemoteCall): Promise<unknown> {
    if (call.call === 'list') return this.list();
    const run = this.#runs().find(({ id }) => id === call.job);
    if (run === undefined) throw new EngineError('ERR_CONTROL_JOB', { job: call.job });
    switch (call.call) {
      case 'savepoint':
        return run.savepoint(this.#savepointsOf(run, call.folder));
      case 'stop': {
        const folder = this.#savepointsOf(run, call.folder);
        return run.stopWithSavepoint(folder, { drain: call.drain });
      }
      case 'cancel':
        await run.cancel();
        return null;
    }
  }

  /** The jobs that are not final, in the order of their submission. */
  list(): readonly RemoteJob[] {
    return this.#runs().flatMap(({ id, name, state, failures }) => {
      const record = this.#records.get(id);
      if (record === undefined) return [];
      const { checkpointFolder, latest, ...counts } = record;
      const restarts = failures.filter((failure) => failure.restartDelayMs !== undefined).length;
      return [
        {
          id,
          name,
          state,
          ...counts,
          restarts,
          latest: latest ?? null,
          checkpointFolder: checkpointFolder ?? null,
        },
      ];
    });
  }

  #savepointsOf({ id, name }: JobRun, given: string | null): string {
    if (given !== null) return given;
    const folder = this.#records.get(id)?.checkpointFolder;
    if (folder === undefined) throw new EngineError('ERR_CONTROL_SAVEPOINT_FOLDER', { job: name });
    return join(dirname(folder), SAVEPOINTS);
  }
}
