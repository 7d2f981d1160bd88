/**
 * What a file sink needs of a disk: few calls, each of which may fail, so that a test can break any of them.
 *
 * A disk promises little: bytes are durable once `sync` returned, names once `syncFolder` returned; a rename is all or nothing. What
 * was not synced may be there after a crash, in part or not at all. Failures are errors with a `code`, as Node's are.
 */

import {
  closeSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { nodeDisk } from '../checkpoint/index.ts';

/** A disk, by paths as the job writes them. Calls without a promise block: they are short, but for `syncNow`. */
export interface SinkDisk {
  /** Opens for writing: `w` an empty file, `r+` one that is there, as it is. @returns a number for the calls below */
  open(path: string, flags: 'w' | 'r+'): number;
  /** Writes `bytes` from `from` on to `position` of the file; may take less than all. @returns bytes taken, at least 1 */
  write(file: number, bytes: Uint8Array, from: number, position: number): number;
  /** Cuts a file off. */
  truncate(file: number, bytes: number): void;
  sync(file: number): Promise<void>;
  syncNow(file: number): void;
  close(file: number): void;
  /** Bytes of a file; undefined: there is none of that name. */
  size(path: string): number | undefined;
  /** The first `bytes` bytes of a file in pieces, each valid until the next; less if the file is shorter. */
  read(path: string, bytes: number): Iterable<Uint8Array>;
  /** Names in a folder; none when there is no such folder. */
  list(folder: string): readonly string[];
  /** Gives a file another name in its folder; a file of that name is replaced. @throws with code ENOENT: no such file */
  rename(from: string, to: string): void;
  /** Removes a file if it is there. */
  remove(path: string): void;
  syncFolder(folder: string): Promise<void>;
}

const READ_BYTES = 256 * 1024;

/** The disk of this machine. Worker threads. */
export const nodeSinkDisk: SinkDisk = {
  open: (path, flags) => openSync(path, flags),
  write: (file, bytes, from, position) =>
    writeSync(file, bytes, from, bytes.length - from, position),
  truncate: (file, bytes) => ftruncateSync(file, bytes),
  sync: (file) =>
    new Promise((resolve, reject) => {
      fsync(file, (error) => (error === null ? resolve() : reject(error)));
    }),
  syncNow: (file) => fsyncSync(file),
  close: (file) => closeSync(file),
  size: (path) => statSync(path, { throwIfNoEntry: false })?.size,
  *read(path, bytes) {
    const file = openSync(path, 'r');
    try {
      const end = Math.min(bytes, fstatSync(file).size);
      const buffer = new Uint8Array(Math.min(READ_BYTES, end));
      for (let at = 0; at < end;) {
        const taken = readSync(file, buffer, 0, Math.min(buffer.length, end - at), at);
        if (taken === 0) return;
        yield buffer.subarray(0, taken);
        at += taken;
      }
    } finally {
      closeSync(file);
    }
  },
  list: (folder) => {
    try {
      return readdirSync(folder);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  },
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path, { force: true }),
  syncFolder: (folder) => nodeDisk.syncFolder(folder),
};
