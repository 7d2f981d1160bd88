/**
 * A disk as one thread or process holds it: when that dies, what it had under way may or may not come to pass, and it hears of
 * nothing any more.
 */

import type { Disk, DiskFile } from '../../../src/checkpoint/index.ts';
import type { SinkDisk } from '../../../src/connectors/sink-disk.ts';
import type { FaultyDisk } from '../../support/faulty-disk.ts';

/** What a call that blocks throws when its thread died in it; nobody is left to catch it. */
export class Died extends Error {}

/** Who holds the disk. */
export interface DiskHolder {
  /** False once it died. */
  readonly alive: boolean;
  /** Before every call; it may die in it. @returns whether the call takes place nevertheless */
  onCall(): boolean;
}

/** See the head of the file. */
export class ProcessDisk implements Disk {
  readonly #disk: FaultyDisk;
  readonly #holder: DiskHolder;

  constructor(disk: FaultyDisk, holder: DiskHolder) {
    this.#disk = disk;
    this.#holder = holder;
  }

  makeFolder(folder: string): Promise<void> {
    return this.#call(() => this.#disk.makeFolder(folder));
  }

  async create(path: string): Promise<DiskFile> {
    const file = await this.#call(() => this.#disk.create(path));
    return {
      write: (bytes) => this.#call(() => file.write(bytes)),
      sync: () => this.#call(() => file.sync()),
      close: () => this.#call(() => file.close()),
    };
  }

  read(path: string, offset: number, bytes: number): Promise<Uint8Array> {
    return this.#call(() => this.#disk.read(path, offset, bytes));
  }

  size(path: string): Promise<number> {
    return this.#call(() => this.#disk.size(path));
  }

  list(folder: string): Promise<string[]> {
    return this.#call(() => this.#disk.list(folder));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(() => this.#disk.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#call(() => this.#disk.remove(path));
  }

  syncFolder(folder: string): Promise<void> {
    return this.#call(() => this.#disk.syncFolder(folder));
  }

  /** The same for file sinks. */
  sinkDisk(): SinkDisk {
    const disk = this.#disk.sinkDisk();
    const now = <T>(work: () => T): T => this.#now(work);
    return {
      open: (path, flags) => now(() => disk.open(path, flags)),
      write: (file, bytes, from, position) => now(() => disk.write(file, bytes, from, position)),
      truncate: (file, bytes) => now(() => disk.truncate(file, bytes)),
      sync: (file) => this.#call(() => disk.sync(file)),
      syncNow: (file) => now(() => disk.syncNow(file)),
      close: (file) => now(() => disk.close(file)),
      size: (path) => now(() => disk.size(path)),
      read: (path, bytes) => now(() => disk.read(path, bytes)),
      list: (folder) => now(() => disk.list(folder)),
      rename: (from, to) => now(() => disk.rename(from, to)),
      remove: (path) => now(() => disk.remove(path)),
      syncFolder: (folder) => this.#call(() => disk.syncFolder(folder)),
    };
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    const holder = this.#holder;
    if (!holder.alive) return never();
    const takesPlace = holder.onCall();
    if (!holder.alive) {
      if (takesPlace) void work().catch(() => undefined);
      return never();
    }
    try {
      const value = await work();
      return holder.alive ? value : await never();
    } catch (error) {
      if (!holder.alive) return never();
      throw error;
    }
  }

  #now<T>(work: () => T): T {
    const holder = this.#holder;
    if (!holder.alive) throw new Died();
    const takesPlace = holder.onCall();
    if (holder.alive) return work();
    if (takesPlace) work();
    throw new Died();
  }
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
