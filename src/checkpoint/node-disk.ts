/** The machine's disk. */

import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Disk, DiskFile } from './disk.ts';

/** What Windows says of syncing a folder; it makes names durable by itself. */
const UNSUPPORTED = ['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP'];

/** The disk of this machine, by Node's promises: writing happens in its thread pool. Any thread. */
export const nodeDisk: Disk = {
  async makeFolder(folder) {
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return;
    // A folder is durable when the one that names it is synced.
    for (let made = folder; ; made = dirname(made)) {
      await syncFolder(dirname(made));
      if (made.length <= first.length) return;
    }
  },
  async create(path): Promise<DiskFile> {
    const file = await open(path, 'w');
    return {
      async write(bytes) {
        return (await file.write(bytes)).bytesWritten;
      },
      sync: () => file.sync(),
      close: () => file.close(),
    };
  },
  async read(path, offset, bytes) {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const into = new Uint8Array(Math.max(0, Math.min(bytes, size - offset)));
      let at = 0;
      while (at < into.length) {
        const { bytesRead } = await file.read(into, at, into.length - at, offset + at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return into.subarray(0, at);
    } finally {
      await file.close();
    }
  },
  async size(path) {
    return (await stat(path)).size;
  },
  list: (folder) => readdir(folder),
  rename,
  remove: (path) => rm(path),
  syncFolder,
};

async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    if (process.platform !== 'win32' || !UNSUPPORTED.includes(code)) throw thrown;
  }
}
