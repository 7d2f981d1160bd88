/**
 * A disk in memory for file sinks that loses power at any call: what was not synced is then there in part, or not at all.
 */

import { dirname, join } from 'node:path';
import { Prng } from '../../src/base/index.ts';
import type { SinkDisk } from '../../src/connectors/sink-disk.ts';

interface Inode {
  bytes: Uint8Array;
  durable: Uint8Array;
}

type NameChange = (names: Map<string, Inode>) => void;

/** What a disk in memory says when it is down. */
export class PowerLoss extends Error {}

/** See the file header. */
export class MemorySinkDisk implements SinkDisk {
  readonly #random: Prng;
  readonly #names: Map<string, Inode>;
  readonly #durable: Map<string, Inode>;
  readonly #open: (Inode | undefined)[] = [];
  #waiting: NameChange[] = [];
  /** Calls until the power is lost. */
  callsLeft = Infinity;

  constructor(seed: number, files: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#random = new Prng(seed);
    this.#names = new Map(
      [...files].map(([path, bytes]) => [path, { bytes: bytes.slice(), durable: bytes.slice() }]),
    );
    this.#durable = new Map(this.#names);
  }

  /** Files by path, as anybody sees them now. */
  get files(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#names].map(([path, { bytes }]) => [path, bytes]));
  }

  /** Handles that were not closed. */
  get openFiles(): number {
    return this.#open.filter((inode) => inode !== undefined).length;
  }

  /** The disk after the process ended: everything written is there. */
  afterExit(): MemorySinkDisk {
    const next = new MemorySinkDisk(this.#random.nextInt32());
    // Written is not durable: a later loss of power may still take it.
    for (const [path, inode] of this.#names) next.#names.set(path, inode);
    for (const [path, inode] of this.#durable) next.#durable.set(path, inode);
    next.#waiting = [...this.#waiting];
    return next;
  }

  /** The disk after the power was lost. */
  afterPowerLoss(): MemorySinkDisk {
    const names = new Map(this.#durable);
    const keepsOrder = this.#random.below(2) === 0;
    const kept = this.#random.below(this.#waiting.length + 1);
    this.#waiting.forEach((change, i) => {
      if (keepsOrder ? i < kept : this.#random.below(2) === 0) change(names);
    });
    const files = [...names].map(([path, inode]) => [path, this.#torn(inode)] as const);
    return new MemorySinkDisk(this.#random.nextInt32(), new Map(files));
  }

  open(path: string, flags: 'w' | 'r+'): number {
    return this.#call(() => {
      let inode = this.#names.get(path);
      if (inode === undefined) {
        if (flags === 'r+') throw failure('ENOENT', path);
        const made: Inode = { bytes: new Uint8Array(0), durable: new Uint8Array(0) };
        this.#change((names) => names.set(path, made));
        inode = made;
      }
      if (flags === 'w') inode.bytes = new Uint8Array(0);
      return this.#open.push(inode) - 1;
    });
  }

  write(file: number, bytes: Uint8Array, from: number, position: number): number {
    return this.#call(() => {
      const taken = 1 + this.#random.below(bytes.length - from);
      const inode = this.#at(file);
      const longer = new Uint8Array(Math.max(inode.bytes.length, position + taken));
      longer.set(inode.bytes);
      longer.set(bytes.subarray(from, from + taken), position);
      inode.bytes = longer;
      return taken;
    });
  }

  truncate(file: number, bytes: number): void {
    this.#call(() => {
      this.#at(file).bytes = this.#at(file).bytes.slice(0, bytes);
    });
  }

  async sync(file: number): Promise<void> {
    this.syncNow(file);
    await Promise.resolve();
  }

  syncNow(file: number): void {
    this.#call(() => {
      this.#at(file).durable = this.#at(file).bytes;
    });
  }

  close(file: number): void {
    this.#at(file);
    this.#open[file] = undefined;
  }

  size(path: string): number | undefined {
    return this.#names.get(path)?.bytes.length;
  }

  *read(path: string, bytes: number): Iterable<Uint8Array> {
    const all = this.#names.get(path)!.bytes.subarray(0, bytes);
    for (let at = 0; at < all.length; at += 3) yield all.subarray(at, at + 3);
  }

  list(folder: string): readonly string[] {
    return [...this.#names.keys()].flatMap((path) =>
      join(dirname(path)) === join(folder) ? [path.slice(path.lastIndexOf('/') + 1)] : [],
    );
  }

  rename(from: string, to: string): void {
    this.#call(() => {
      const inode = this.#names.get(from);
      if (inode === undefined) throw failure('ENOENT', from);
      this.#change((names) => {
        names.delete(from);
        names.set(to, inode);
      });
    });
  }

  remove(path: string): void {
    this.#call(() => {
      if (this.#names.has(path)) this.#change((names) => names.delete(path));
    });
  }

  async syncFolder(): Promise<void> {
    this.#call(() => {
      for (const change of this.#waiting) change(this.#durable);
      this.#waiting = [];
    });
    await Promise.resolve();
  }

  #at(file: number): Inode {
    const inode = this.#open[file];
    if (inode === undefined) throw failure('EBADF', String(file));
    return inode;
  }

  #change(change: NameChange): void {
    change(this.#names);
    this.#waiting.push(change);
  }

  /** The common part of what was durable and what was there, and a part of the rest of either. */
  #torn({ bytes, durable }: Inode): Uint8Array {
    let same = 0;
    while (same < bytes.length && bytes[same] === durable[same]) same++;
    const one = this.#random.below(2) === 0 ? bytes : durable;
    return one.slice(0, same + this.#random.below(one.length - same + 1));
  }

  #call<T>(work: () => T): T {
    if (this.callsLeft <= 0) throw new PowerLoss('the power is lost');
    if (--this.callsLeft <= 0) {
      if (this.#random.below(2) === 0) work();
      throw new PowerLoss('the power is lost');
    }
    return work();
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
