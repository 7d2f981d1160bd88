/**
 * A disk in memory that does what disks do: takes less than it was given, runs full, fails, is slow, loses power at any call,
 * keeps a part of what was not synced, forgets what it said was durable, and flips bits. All by one seed. It is a disk for
 * checkpoints and, by `sinkDisk`, for file sinks.
 */

import { dirname, join } from 'node:path';

import { Prng } from '../../src/base/index.ts';
import type { Disk, DiskFile } from '../../src/checkpoint/index.ts';
import type { SinkDisk } from '../../src/connectors/sink-disk.ts';

/** How often what goes wrong, from 0 to 1 per call. */
export interface DiskFaults {
  readonly shortWrites?: number;
  /** No space left, when writing. */
  readonly full?: number;
  /** Input/output errors: the call may have had its effect, or not. */
  readonly errors?: number;
  /** `syncFolder` returns, and what it should have made durable is not. */
  readonly forgotten?: number;
  /** In which folders; all, when missing. */
  readonly forgets?: (folder: string) => boolean;
  /** The call at which power is lost, counted from 1. */
  readonly powerLossAt?: number;
  /** A call with a promise takes as long as `sleep` does. */
  readonly slow?: number;
  readonly sleep?: () => Promise<void>;
}

interface Inode {
  bytes: Uint8Array;
  /** What survives. Arrays of bytes are never written to once they are here. */
  durable: Uint8Array;
}

/** A change of names in one folder. */
interface NameChange {
  readonly folder: string;
  apply(names: Map<string, Inode>): void;
}

const NO_BYTES = new Uint8Array(0);
/** Bytes of a piece that a file is read in. */
const PIECE_BYTES = 64;

/** See the head of the file. */
export class FaultyDisk implements Disk {
  readonly #random: Prng;
  #faults: DiskFaults = {};
  readonly #names: Map<string, Inode>;
  readonly #durable: Map<string, Inode>;
  #waiting: NameChange[] = [];
  /** Calls so far. */
  calls = 0;
  isDown = false;

  constructor(seed: number, faults: DiskFaults = {}, files: Map<string, Inode> = new Map()) {
    this.#random = new Prng(seed);
    this.#faults = faults;
    this.#names = new Map(files);
    this.#durable = new Map(files);
  }

  /** From now on. */
  setFaults(faults: DiskFaults): void {
    this.#faults = faults;
  }

  makeFolder(_folder: string): Promise<void> {
    return this.#call(() => undefined);
  }

  create(path: string): Promise<DiskFile> {
    return this.#call(() => {
      const inode: Inode = { bytes: NO_BYTES, durable: NO_BYTES };
      this.#change(path, (names) => names.set(path, inode));
      return {
        write: (bytes: Uint8Array) =>
          this.#call(() => this.#write(inode, bytes, inode.bytes.length)),
        sync: () =>
          this.#call(() => {
            inode.durable = inode.bytes;
          }),
        close: () => this.#call(() => undefined),
      };
    });
  }

  read(path: string, offset: number, bytes: number): Promise<Uint8Array> {
    return this.#call(() => this.#find(path).bytes.slice(offset, offset + bytes));
  }

  size(path: string): Promise<number> {
    return this.#call(() => this.#find(path).bytes.length);
  }

  list(folder: string): Promise<string[]> {
    return this.#call(() => this.#namesIn(folder));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(() => this.#rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#call(() => {
      this.#find(path);
      this.#change(path, (names) => names.delete(path));
    });
  }

  syncFolder(folder: string): Promise<void> {
    return this.#call(() => {
      const { forgotten, forgets = () => true } = this.#faults;
      if (forgets(folder) && this.#chance(forgotten)) return;
      const due = this.#waiting.filter((change) => change.folder === join(folder));
      for (const change of due) change.apply(this.#durable);
      this.#waiting = this.#waiting.filter((change) => !due.includes(change));
    });
  }

  /** The same disk, as file sinks use one. */
  sinkDisk(): SinkDisk {
    const open: (Inode | undefined)[] = [];
    const at = (file: number): Inode => open[file] ?? fail('EBADF', `file ${file}`);
    return {
      open: (path, flags) =>
        this.#now(() => {
          let inode = this.#names.get(join(path));
          if (inode === undefined) {
            if (flags === 'r+') fail('ENOENT', `no such file, ${path}`);
            const made: Inode = { bytes: NO_BYTES, durable: NO_BYTES };
            this.#change(path, (names) => names.set(join(path), made));
            inode = made;
          }
          if (flags === 'w') inode.bytes = NO_BYTES;
          return open.push(inode) - 1;
        }),
      write: (file, bytes, from, position) =>
        this.#now(() => this.#write(at(file), bytes.subarray(from), position)),
      truncate: (file, bytes) =>
        this.#now(() => {
          at(file).bytes = at(file).bytes.slice(0, bytes);
        }),
      sync: (file) =>
        this.#call(() => {
          at(file).durable = at(file).bytes;
        }),
      syncNow: (file) =>
        this.#now(() => {
          at(file).durable = at(file).bytes;
        }),
      close: (file) => {
        at(file);
        open[file] = undefined;
      },
      size: (path) => this.#now(() => this.#names.get(join(path))?.bytes.length),
      read: (path, bytes) =>
        this.#now(() => {
          const all = this.#find(join(path)).bytes.subarray(0, bytes);
          const pieces = Math.ceil(all.length / PIECE_BYTES);
          return Array.from({ length: pieces }, (_, i) =>
            all.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
          );
        }),
      list: (folder) => this.#now(() => this.#namesIn(join(folder))),
      rename: (from, to) => this.#now(() => this.#rename(join(from), join(to))),
      remove: (path) =>
        this.#now(() => {
          if (!this.#names.has(join(path))) return;
          this.#change(path, (names) => names.delete(join(path)));
        }),
      syncFolder: (folder) => this.syncFolder(folder),
    };
  }

  /** What is there when power is back: a healthy disk. Names and bytes that were not synced are there in part. */
  afterPowerLoss(faults: DiskFaults = {}): FaultyDisk {
    const names = new Map(this.#durable);
    const random = this.#random;
    // Some file systems keep the order of changes of names, some do not.
    const keepsOrder = random.below(2) === 0;
    const kept = random.below(this.#waiting.length + 1);
    this.#waiting.forEach((change, i) => {
      if (keepsOrder ? i < kept : random.below(2) === 0) change.apply(names);
    });
    const copies = new Map<Inode, Inode>();
    for (const [path, inode] of names) {
      let copy = copies.get(inode);
      if (copy === undefined) copies.set(inode, (copy = this.#torn(inode)));
      names.set(path, copy);
    }
    return new FaultyDisk(random.nextInt32(), faults, names);
  }

  /** Flips one bit of one of the files that `of` names, if there is any. @returns its path */
  flipBit(of: (path: string) => boolean = () => true): string | undefined {
    const paths = [...this.#names.keys()].filter(
      (path) => of(path) && this.#find(path).bytes.length > 0,
    );
    const path = paths[this.#random.below(Math.max(1, paths.length))];
    if (path === undefined) return undefined;
    const inode = this.#find(path);
    const bytes = inode.bytes.slice();
    bytes[this.#random.below(bytes.length)]! ^= 1 << this.#random.below(8);
    inode.bytes = bytes;
    inode.durable = bytes;
    return path;
  }

  /** All files as they are, without any call. */
  files(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#names].map(([path, { bytes }]) => [path, bytes]));
  }

  /** Removes the files of a folder for good, without any call. */
  clear(folder: string): void {
    for (const path of [...this.#names.keys(), ...this.#durable.keys()]) {
      if (dirname(path) !== folder) continue;
      this.#names.delete(path);
      this.#durable.delete(path);
    }
    this.#waiting = this.#waiting.filter((change) => change.folder !== folder);
  }

  /** What both have, and a part of the rest of what is durable or of what is there. */
  #torn({ bytes, durable }: Inode): Inode {
    let same = 0;
    while (same < bytes.length && bytes[same] === durable[same]) same++;
    const one = same === durable.length || this.#random.below(2) === 0 ? bytes : durable;
    const kept = same + this.#random.below(one.length - same + 1);
    const rest = one.slice(0, kept);
    // A block that was allocated and never written.
    if (kept > same && this.#random.below(2) === 0) {
      rest.fill(0, same + this.#random.below(kept - same));
    }
    return { bytes: rest, durable: rest };
  }

  #write(inode: Inode, bytes: Uint8Array, position: number): number {
    const isFull = this.#chance(this.#faults.full);
    const isShort = isFull || this.#chance(this.#faults.shortWrites);
    const taken = isShort
      ? Math.min(bytes.length, 1 + this.#random.below(bytes.length))
      : bytes.length;
    const longer = new Uint8Array(Math.max(inode.bytes.length, position + taken));
    longer.set(inode.bytes);
    longer.set(bytes.subarray(0, taken), position);
    inode.bytes = longer;
    if (isFull) fail('ENOSPC', 'no space left on device');
    return taken;
  }

  #rename(from: string, to: string): void {
    const inode = this.#find(from);
    this.#change(to, (names) => {
      names.delete(from);
      names.set(to, inode);
    });
  }

  #change(path: string, apply: NameChange['apply']): void {
    apply(this.#names);
    this.#waiting.push({ folder: join(dirname(path)), apply });
  }

  #find(path: string): Inode {
    return this.#names.get(path) ?? fail('ENOENT', `no such file, ${path}`);
  }

  #namesIn(folder: string): string[] {
    return [...this.#names.keys()].flatMap((path) =>
      path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
    );
  }

  async #call<T>(work: () => T): Promise<T> {
    for (let turns = this.#random.below(3); turns > 0; turns--) await Promise.resolve();
    const { slow, sleep } = this.#faults;
    if (sleep !== undefined && this.#chance(slow)) await sleep();
    return this.#now(work);
  }

  #now<T>(work: () => T): T {
    if (this.isDown) fail('EIO', 'the power is lost');
    this.calls++;
    if (this.calls === this.#faults.powerLossAt) {
      this.isDown = true;
      if (this.#random.below(2) === 0) work();
      fail('EIO', 'the power is lost');
    }
    if (this.#chance(this.#faults.errors)) {
      if (this.#random.below(2) === 0) work();
      fail('EIO', 'input/output error');
    }
    return work();
  }

  #chance(probability = 0): boolean {
    return probability > 0 && this.#random.next() < probability;
  }
}

function fail(code: string, message: string): never {
  throw Object.assign(new Error(`${code}: ${message}`), { code });
}
