/**
 * The complete checkpoints of one job in one store: published, dropped, and what nobody needs removed.
 *
 * Laws (test/checkpoint/crash.property.test.ts, test/checkpoint/retention.property.test.ts):
 *  1. A checkpoint is complete when `publish` returned, and may be when a crash came before; never in part.
 *  2. A manifest is gone before the files that only it refers to: what can be listed has its files.
 *  3. Nothing that a complete checkpoint refers to is removed, and nothing of an attempt that may still be under way.
 */

import { failMissing } from './chunk-layout.ts';
import { FileReferences } from './file-references.ts';
import { filesOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { manifestBytes } from './manifest-text.ts';
import { manifestName, parseName } from './names.ts';
import type { CheckpointStore } from './store.ts';

/** Owner: main thread; calls may overlap. */
export class CheckpointFolder {
  readonly #store: CheckpointStore;
  readonly #references: FileReferences = new FileReferences();

  /** @param complete manifests that are in the store, as recovery found them */
  constructor(store: CheckpointStore, complete: readonly Manifest[]) {
    this.#store = store;
    for (const manifest of complete) this.#references.add(manifest);
  }

  /**
   * Makes a checkpoint complete. It may refer to files of its own and of complete ones.
   *
   * @throws ERR_CHECKPOINT_MISSING it refers to a file that is not kept: the subtask must write that state itself
   * @throws ERR_CHECKPOINT_IO, ERR_CHECKPOINT_MANIFEST
   */
  async publish(manifest: Manifest): Promise<void> {
    const { checkpoint } = manifest;
    for (const file of filesOf(manifest)) {
      const own = parseName(file)?.checkpoint === checkpoint;
      if (!own && !this.#references.has(file)) failMissing(file, this.#store.place);
    }
    // Before the files are there for good: a checkpoint that is dropped meanwhile must leave them.
    this.#references.add(manifest);
    try {
      await this.#store.put(manifestName(checkpoint), manifestBytes(manifest));
    } catch (thrown) {
      this.#references.remove(checkpoint);
      throw thrown;
    }
  }

  /** Removes complete checkpoints and the files that only they needed. @throws ERR_CHECKPOINT_IO what is left is an orphan */
  async drop(checkpoints: readonly number[]): Promise<void> {
    await this.#store.delete(checkpoints.map(manifestName));
    const unused = checkpoints.flatMap((checkpoint) => this.#references.remove(checkpoint));
    await this.#store.delete(unused);
  }

  /** Removes everything of an attempt that was aborted, its manifest first. @throws ERR_CHECKPOINT_IO */
  async discard(checkpoint: number): Promise<void> {
    const manifest = manifestName(checkpoint);
    const own = (await this.#store.list()).filter(
      (name) => parseName(name)?.checkpoint === checkpoint,
    );
    if (own.includes(manifest)) await this.#store.delete([manifest]);
    await this.#store.delete(own.filter((name) => name !== manifest));
  }
}

/** What stays of files that nobody refers to, and why. */
export interface Orphans {
  readonly remove: readonly string[];
  /** Files that might be needed by manifests that cannot be read. */
  readonly held: readonly string[];
}

/**
 * Files left by attempts that were aborted, by a crash for one. Safe beside a running job: only what is older than all that
 * is under way goes. While a manifest cannot be read, nothing up to its checkpoint goes, since it may refer to it.
 *
 * @param names all there are in the store
 * @param complete manifests that were read
 * @param below oldest checkpoint under way, or else the next one
 */
export function orphansOf(
  names: readonly string[],
  complete: readonly Manifest[],
  below: number,
): Orphans {
  const read = new Set(complete.map(({ checkpoint }) => manifestName(checkpoint)));
  const needed = new Set(complete.flatMap((manifest) => [...filesOf(manifest)]));
  const unread = names.flatMap((name) => {
    const file = parseName(name);
    return file?.kind === 'manifest' && name === manifestName(file.checkpoint) && !read.has(name)
      ? [file.checkpoint]
      : [];
  });
  const heldUpTo = Math.max(-1, ...unread);
  const orphans = names.filter((name) => {
    const file = parseName(name);
    if (file === undefined || file.checkpoint >= below) return false;
    return name !== manifestName(file.checkpoint) && !needed.has(name);
  });
  const isHeld = (name: string): boolean => parseName(name)!.checkpoint <= heldUpTo;
  return {
    remove: orphans.filter((name) => !isHeld(name)),
    held: orphans.filter(isHeld),
  };
}

/** Removes orphans; see {@link orphansOf}. @throws ERR_CHECKPOINT_IO */
export async function removeOrphans(
  store: CheckpointStore,
  complete: readonly Manifest[],
  below: number,
): Promise<Orphans> {
  const orphans = orphansOf(await store.list(), complete, below);
  await store.delete(orphans.remove);
  return orphans;
}
