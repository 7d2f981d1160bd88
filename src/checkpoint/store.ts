/**
 * Where checkpoints lie: names to bytes, written whole.
 *
 * Laws of every store (test/checkpoint/store.property.test.ts):
 *  1. Atomic: what `get` and `read` give of a name is exactly what one `put`, or one committed `create`, wrote, or nothing;
 *     also after a crash in the middle of any call.
 *  2. Durable: what `put` and `commit` returned for is there after a crash, unless it was deleted.
 *  3. `list` names what can be got, and beside it only temporary files of writes that did not end.
 *  4. After `delete` returned, also by a crash, the name is not there; deleting what is not there is no error.
 * Bytes that the disk damages later are not found by a store, but by the checksums of what was written.
 */

/** A file being written, in the order of the calls; one call at a time. */
export interface StoreWriter {
  /** Bytes appended so far. */
  readonly length: number;
  /** Appends; the bytes may be reused when it returned. @throws ERR_CHECKPOINT_IO */
  append(bytes: Uint8Array): Promise<void>;
  /** Makes the file durable, under its name. @throws ERR_CHECKPOINT_IO: there is no such file then, or a whole one */
  commit(): Promise<void>;
  /** Drops the file; does nothing after `commit`. Never throws. */
  abort(): Promise<void>;
}

/** See the laws above. Any thread; several threads may use one store if they write different names. */
export interface CheckpointStore {
  /** Where it is, for messages. */
  readonly place: string;
  /** Writes a small file whole; one of the same name is replaced. @throws ERR_CHECKPOINT_IO */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Begins a file that is written in pieces. @throws ERR_CHECKPOINT_IO */
  create(name: string): Promise<StoreWriter>;
  /** All bytes; undefined when there is no such file. @throws ERR_CHECKPOINT_IO */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Up to `bytes` bytes from `offset` on; undefined when there is no such file. @throws ERR_CHECKPOINT_IO */
  read(name: string, offset: number, bytes: number): Promise<Uint8Array | undefined>;
  /** Bytes of a file; undefined when there is no such file. @throws ERR_CHECKPOINT_IO */
  size(name: string): Promise<number | undefined>;
  /** Names, sorted. @throws ERR_CHECKPOINT_IO */
  list(): Promise<string[]>;
  /** Removes these files, durably, those that are there. @throws ERR_CHECKPOINT_IO: some may be left */
  delete(names: readonly string[]): Promise<void>;
}
