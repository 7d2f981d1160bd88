/**
 * One file of a sink, hidden beside its final place until it is published.
 *
 * Laws (test/connectors/file-sink.property.test.ts):
 *  1. The final name is given by one rename, of a file whose bytes are durable.
 *  2. `resumePart` gives the first `bytes` bytes of the state back, from wherever a crash left them: the hidden file, perhaps
 *     longer, or the final one, when it had been published after the state was taken. It is known by its checksum.
 */

import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { EngineError } from '../base/index.ts';
import type { SinkDisk } from './sink-disk.ts';

/** What a checkpoint says of a file. */
export interface PartState {
  /** Path as the job writes it. */
  readonly final: string;
  /** Bytes it has. */
  readonly bytes: number;
  /** CRC-32 of these. */
  readonly checksum: number;
  /** What stands at its start before the rows; may be nothing. */
  readonly head: string;
}

/** Path of the hidden file. */
export function hiddenPath(final: string): string {
  return join(dirname(final), `.${basename(final)}.part`);
}

/** See the file header. Owner: the writer. */
export class PartFile {
  readonly final: string;
  /** When it was opened, ms since the epoch. */
  readonly openedMs: number;
  head = '';
  /** Whether a checkpoint may speak of it. */
  held = false;
  readonly #disk: SinkDisk;
  readonly #hidden: string;
  #bytes = 0;
  #checksum = 0;
  #fd = -1;
  #syncs = 0;
  /** What is to be closed when no sync looks at it any more, or -1. */
  #closing = -1;

  /** @param fd open, or -1 */
  constructor(disk: SinkDisk, final: string, fd: number, nowMs: number, state?: PartState) {
    this.final = final;
    this.openedMs = nowMs;
    this.#disk = disk;
    this.#hidden = hiddenPath(final);
    this.#fd = fd;
    if (state === undefined) return;
    this.held = true;
    this.head = state.head;
    this.#bytes = state.bytes;
    this.#checksum = state.checksum;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get state(): PartState {
    const { final, head } = this;
    return { final, bytes: this.#bytes, checksum: this.#checksum, head };
  }

  /** Whether it can be appended to. */
  get open(): boolean {
    return this.#fd >= 0;
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      at += this.#disk.write(this.#fd, bytes, at, this.#bytes + at);
    }
    this.#bytes += bytes.length;
    this.#checksum = crc32(bytes, this.#checksum);
  }

  /** Settles when the bytes that it has now are durable. */
  async sync(): Promise<void> {
    if (this.#fd < 0) return;
    this.#syncs++;
    try {
      await this.#disk.sync(this.#fd);
    } finally {
      // A number that was given back could already be another file's.
      if (--this.#syncs === 0 && this.#closing >= 0) this.#disk.close(this.#closing);
    }
  }

  /** It is complete: durable when this returns. */
  complete(): void {
    if (this.#fd < 0) return;
    this.#disk.syncNow(this.#fd);
    this.release();
  }

  /** Closes it as it is. */
  release(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    if (this.#syncs > 0) this.#closing = fd;
    else this.#disk.close(fd);
  }

  /** Gives the file its name; it is complete. */
  publish(): void {
    this.#disk.rename(this.#hidden, this.final);
  }

  /** Closes and removes it. */
  discard(): void {
    this.release();
    this.#disk.remove(this.#hidden);
  }
}

/** A new, empty file. */
export function createPart(disk: SinkDisk, final: string, nowMs: number): PartFile {
  return new PartFile(disk, final, disk.open(hiddenPath(final), 'w'), nowMs);
}

/**
 * The file as a checkpoint left it, open, hidden.
 *
 * @throws ERR_CONNECTORS_SINK_STATE its bytes are nowhere
 */
export function resumePart(disk: SinkDisk, state: PartState, nowMs: number): PartFile {
  const { final, bytes } = state;
  const hidden = hiddenPath(final);
  if (bytes === 0) return new PartFile(disk, final, disk.open(hidden, 'w'), nowMs, state);
  if (!holds(disk, hidden, state)) {
    if (!holds(disk, final, state)) throw lost(disk, state);
    disk.rename(final, hidden);
  }
  const fd = disk.open(hidden, 'r+');
  disk.truncate(fd, bytes);
  return new PartFile(disk, final, fd, nowMs, state);
}

/**
 * Publishes a complete file after a restart, if that was not done before it. One that is in neither place was published and
 * taken away by a reader since.
 *
 * @throws ERR_CONNECTORS_SINK_STATE the hidden file is another one
 */
export function publishAgain(disk: SinkDisk, state: PartState): void {
  const hidden = hiddenPath(state.final);
  if (disk.size(hidden) === undefined) return;
  if (!holds(disk, hidden, state)) throw lost(disk, state);
  disk.rename(hidden, state.final);
}

function holds(disk: SinkDisk, path: string, { bytes, checksum }: PartState): boolean {
  if ((disk.size(path) ?? -1) < bytes) return false;
  let seen = 0;
  let sum = 0;
  for (const piece of disk.read(path, bytes)) {
    seen += piece.length;
    sum = crc32(piece, sum);
  }
  return seen === bytes && sum === checksum;
}

function lost(disk: SinkDisk, { final, bytes }: PartState): EngineError {
  const said = [hiddenPath(final), final].map((path) => {
    const size = disk.size(path);
    return size === undefined ? `no ${path}` : `other bytes in ${path} (${size} bytes)`;
  });
  const reason = `expected the ${bytes} bytes that the checkpoint speaks of, got ${said.join(' and ')}`;
  return new EngineError(
    'ERR_CONNECTORS_SINK_STATE',
    { path: final, reason },
    { place: { file: final } },
  );
}
