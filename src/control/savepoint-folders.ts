/** Where savepoints go: folders of their own, and temporary ones in which an attempt leaves its state for the next. Main thread. */

import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder below `parent` that is not there yet: runs of a job without a folder for checkpoints all count from 1. */
export function savepointFolder(parent: string, job: string, checkpoint: number): string {
  const wanted = join(parent, `savepoint-${encodeURIComponent(job)}-${checkpoint}`);
  let folder = wanted;
  for (let n = 2; existsSync(folder); n++) folder = `${wanted}-${n}`;
  return folder;
}

/** Checkpoints behind which nothing was processed, for other attempts of the same run to go on from. */
export class HandOvers {
  /** Requests that asked for one. */
  readonly requests: Set<number> = new Set();
  #latest = -1;
  #parent: string | undefined = undefined;
  #kept: string | undefined = undefined;

  /** The newest that is complete; -1: none is. */
  get latest(): number {
    return this.#latest;
  }

  /** Whether there is a temporary folder. */
  get used(): boolean {
    return this.#parent !== undefined;
  }

  /** A request was answered. */
  complete(request: number, checkpoint: number): void {
    if (this.requests.has(request)) this.#latest = checkpoint;
  }

  /** A temporary folder for one, of a job that has none for checkpoints. */
  folder(job: string, checkpoint: number): string {
    this.#parent ??= mkdtempSync(join(tmpdir(), 'millrace-'));
    return savepointFolder(this.#parent, job, checkpoint);
  }

  /** The one in this folder is complete: earlier ones are not needed. */
  async keep(folder: string): Promise<void> {
    const before = this.#kept;
    this.#kept = folder;
    if (before !== undefined) await rm(before, { recursive: true, force: true });
  }

  /** Nothing is gone on from any more. */
  async remove(): Promise<void> {
    if (this.#parent !== undefined) await rm(this.#parent, { recursive: true, force: true });
  }
}
