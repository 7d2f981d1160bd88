/**
 * Checkpoints in a folder: each file is written beside its name, synced, renamed, and the folder synced.
 * Laws: see store.ts.
 */

import { join } from 'node:path';

import { EngineError, thrownMessage } from '../base/index.ts';
import { isMissing } from './disk.ts';
import type { Disk, DiskFile } from './disk.ts';
import { TEMPORARY } from './names.ts';
import type { CheckpointStore, StoreWriter } from './store.ts';

/**
 * A store in a folder, which is made when it is first written to.
 *
 * @param disk `nodeDisk`, or a faulty one in a test
 * @example
 * const store = fileStore('/var/lib/orders/checkpoints', nodeDisk);
 * await store.put('chk-000000000001.manifest', bytes);
 */
export function fileStore(folder: string, disk: Disk): CheckpointStore {
  return new FileStore(folder, disk);
}

class FileStore implements CheckpointStore {
  readonly place: string;
  readonly #disk: Disk;
  #made = false;

  constructor(folder: string, disk: Disk) {
    this.place = folder;
    this.#disk = disk;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const writer = await this.create(name);
    try {
      await writer.append(bytes);
      await writer.commit();
    } catch (thrown) {
      await writer.abort();
      throw thrown;
    }
  }

  create(name: string): Promise<StoreWriter> {
    const path = join(this.place, name);
    return io('create', path, async () => {
      if (!this.#made) await this.#disk.makeFolder(this.place);
      this.#made = true;
      const file = await this.#disk.create(path + TEMPORARY);
      return new FileWriter(this.#disk, this.place, path, file);
    });
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const bytes = await this.size(name);
    return bytes === undefined ? undefined : this.read(name, 0, bytes);
  }

  read(name: string, offset: number, bytes: number): Promise<Uint8Array | undefined> {
    const path = join(this.place, name);
    return io('read', path, () => orMissing(this.#disk.read(path, offset, bytes)));
  }

  size(name: string): Promise<number | undefined> {
    const path = join(this.place, name);
    return io('read', path, () => orMissing(this.#disk.size(path)));
  }

  list(): Promise<string[]> {
    return io('list', this.place, async () => {
      const names = (await orMissing(this.#disk.list(this.place))) ?? [];
      return names.toSorted();
    });
  }

  async delete(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    for (const name of names) {
      const path = join(this.place, name);
      await io('remove', path, () => orMissing(this.#disk.remove(path)));
    }
    // A store that was never written to has no folder.
    await io('sync', this.place, () => orMissing(this.#disk.syncFolder(this.place)));
  }
}

class FileWriter implements StoreWriter {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #path: string;
  readonly #file: DiskFile;
  #state: 'open' | 'closed' | 'committed' | 'aborted' = 'open';
  length = 0;

  constructor(disk: Disk, folder: string, path: string, file: DiskFile) {
    this.#disk = disk;
    this.#folder = folder;
    this.#path = path;
    this.#file = file;
  }

  append(bytes: Uint8Array): Promise<void> {
    return io('write', this.#path, async () => {
      let rest = bytes;
      while (rest.length > 0) {
        const taken = await this.#file.write(rest);
        if (taken <= 0) throw new Error(`the disk took ${taken} of ${rest.length} bytes`);
        this.length += taken;
        rest = rest.subarray(taken);
      }
    });
  }

  commit(): Promise<void> {
    return io('write', this.#path, async () => {
      await this.#file.sync();
      this.#state = 'closed';
      await this.#file.close();
      await this.#disk.rename(this.#path + TEMPORARY, this.#path);
      await this.#disk.syncFolder(this.#folder);
      this.#state = 'committed';
    });
  }

  /** A file that cannot be removed is left for the clean-up; what made the writer abort is what matters. */
  async abort(): Promise<void> {
    const before = this.#state;
    if (before === 'committed' || before === 'aborted') return;
    this.#state = 'aborted';
    await quietly(() => (before === 'open' ? this.#file.close() : Promise.resolve()));
    await quietly(() => this.#disk.remove(this.#path + TEMPORARY));
  }
}

async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    // See the caller.
  }
}

async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

async function io<T>(action: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof EngineError) throw thrown;
    throw new EngineError(
      'ERR_CHECKPOINT_IO',
      { action, file, reason: thrownMessage(thrown) },
      { cause: thrown },
    );
  }
}
