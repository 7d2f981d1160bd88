/**
 * A disk in memory that does what disks do: takes less than it was given, runs full, fails, is slow, loses power at any call,
 * keeps a part of what was not synced, forgets what it said was durable, and flips bits. All by one seed.
 */

import { Prng } from '../../src/base/index.ts';
import type { Disk, DiskFile } from '../../src/checkpoint/index.ts';

/** How often what goes wrong, from 0 to 1 per call. */
export interface DiskFaults {
  readonly shortWrites?: number;
  /** No space left, when writing. */
  readonly full?: number;
  /** Input/output errors: the call may have had its effect, or not. */
  readonly errors?: number;
  /** `syncFolder` returns, and what it should have made durable is not. */
  readonly forgotten?: number;
  /** The call at which power is lost, counted from 1. */
  readonly powerLossAt?: number;
}

interface Inode {
  bytes: Uint8Array;
  /** Bytes that survive. */
  synced: number;
}

type NameChange = (names: Map<string, Inode>) => void;

/** See the head of the file. */
export class FaultyDisk implements Disk {
  readonly #random: Prng;
  readonly #faults: DiskFaults;
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

  makeFolder(_folder: string): Promise<void> {
    return this.#call(() => undefined);
  }

  create(path: string): Promise<DiskFile> {
    return this.#call(() => {
      const inode: Inode = { bytes: new Uint8Array(0), synced: 0 };
      this.#change((names) => names.set(path, inode));
      return {
        write: (bytes: Uint8Array) => this.#call(() => this.#append(inode, bytes)),
        sync: () =>
          this.#call(() => {
            inode.synced = inode.bytes.length;
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
    return this.#call(() =>
      [...this.#names.keys()].flatMap((path) =>
        path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
      ),
    );
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(() => {
      const inode = this.#find(from);
      this.#change((names) => {
        names.delete(from);
        names.set(to, inode);
      });
    });
  }

  remove(path: string): Promise<void> {
    return this.#call(() => {
      this.#find(path);
      this.#change((names) => names.delete(path));
    });
  }

  syncFolder(_folder: string): Promise<void> {
    return this.#call(() => {
      if (this.#chance(this.#faults.forgotten)) return;
      for (const change of this.#waiting) change(this.#durable);
      this.#waiting = [];
    });
  }

  /** What is there when power is back: a healthy disk. Names and bytes that were not synced are there in part. */
  afterPowerLoss(faults: DiskFaults = {}): FaultyDisk {
    const names = new Map(this.#durable);
    const random = this.#random;
    // Some file systems keep the order of changes of names, some do not.
    const keepsOrder = random.below(2) === 0;
    const kept = random.below(this.#waiting.length + 1);
    this.#waiting.forEach((change, i) => {
      if (keepsOrder ? i < kept : random.below(2) === 0) change(names);
    });
    const copies = new Map<Inode, Inode>();
    for (const [path, inode] of names) {
      let copy = copies.get(inode);
      if (copy === undefined) copies.set(inode, (copy = this.#torn(inode)));
      names.set(path, copy);
    }
    return new FaultyDisk(random.nextInt32(), faults, names);
  }

  /** Flips one bit of one file, if there is any. @returns its path */
  flipBit(): string | undefined {
    const paths = [...this.#names.keys()].filter((path) => this.#find(path).bytes.length > 0);
    const path = paths[this.#random.below(Math.max(1, paths.length))];
    if (path === undefined) return undefined;
    const { bytes } = this.#find(path);
    const at = this.#random.below(bytes.length);
    bytes[at]! ^= 1 << this.#random.below(8);
    return path;
  }

  /** All files as they are, without any call. */
  files(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#names].map(([path, { bytes }]) => [path, bytes]));
  }

  #torn({ bytes, synced }: Inode): Inode {
    const kept = synced + this.#random.below(bytes.length - synced + 1);
    const rest = bytes.slice(0, kept);
    // A block that was allocated and never written.
    if (kept > synced && this.#random.below(2) === 0) {
      rest.fill(0, synced + this.#random.below(kept - synced));
    }
    return { bytes: rest, synced: rest.length };
  }

  #append(inode: Inode, bytes: Uint8Array): number {
    const isFull = this.#chance(this.#faults.full);
    const isShort = isFull || this.#chance(this.#faults.shortWrites);
    const taken = isShort
      ? Math.min(bytes.length, 1 + this.#random.below(bytes.length))
      : bytes.length;
    const longer = new Uint8Array(inode.bytes.length + taken);
    longer.set(inode.bytes);
    longer.set(bytes.subarray(0, taken), inode.bytes.length);
    inode.bytes = longer;
    if (isFull) throw failure('ENOSPC', 'no space left on device');
    return taken;
  }

  #change(change: NameChange): void {
    change(this.#names);
    this.#waiting.push(change);
  }

  #find(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw failure('ENOENT', `no such file, ${path}`);
    return inode;
  }

  async #call<T>(work: () => T): Promise<T> {
    for (let turns = this.#random.below(3); turns > 0; turns--) await Promise.resolve();
    if (this.isDown) throw failure('EIO', 'the power is lost');
    this.calls++;
    if (this.calls === this.#faults.powerLossAt) {
      this.isDown = true;
      if (this.#random.below(2) === 0) work();
      throw failure('EIO', 'the power is lost');
    }
    if (this.#chance(this.#faults.errors)) {
      if (this.#random.below(2) === 0) work();
      throw failure('EIO', 'input/output error');
    }
    return work();
  }

  #chance(probability = 0): boolean {
    return probability > 0 && this.#random.next() < probability;
  }
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
