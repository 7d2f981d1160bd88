/**
 * What a file store needs of a disk: few calls, each of which may fail, so that a test can break any of them.
 *
 * A disk promises little: bytes are durable once `sync` returned, names once `syncFolder` returned; a rename is all or
 * nothing. What was not synced may be there after a crash, in part or not at all.
 * Failures are errors with a `code`, as Node's are.
 */

/** A file being written. */
export interface DiskFile {
  /** Appends; may take less than all. @returns bytes taken, at least 1 unless `bytes` is empty */
  write(bytes: Uint8Array): Promise<number>;
  /** Returns when all that was written is durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A disk, by absolute paths. Any thread. */
export interface Disk {
  /** Makes a folder and those above it, durably; one that is there stays. */
  makeFolder(folder: string): Promise<void>;
  /** Opens a file for writing; what it held is gone. */
  create(path: string): Promise<DiskFile>;
  /** Up to `bytes` bytes from `offset` on; less at the end of the file. @throws with code ENOENT: no such file */
  read(path: string, offset: number, bytes: number): Promise<Uint8Array>;
  /** Bytes of a file. @throws with code ENOENT: no such file */
  size(path: string): Promise<number>;
  /** Names of the files in a folder. @throws with code ENOENT: no such folder */
  list(folder: string): Promise<string[]>;
  /** Gives a file another name in the same folder; a file of that name is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** @throws with code ENOENT: no such file */
  remove(path: string): Promise<void>;
  /** Returns when what was created, renamed and removed in the folder is durable. */
  syncFolder(folder: string): Promise<void>;
}

/** Whether a disk said that there is no such file. */
export function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}
