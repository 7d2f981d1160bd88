/** A window of bytes that moves over a file: synchronous reads of bounded size, one buffer, grown only for rows longer than it. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EngineError } from '../base/index.ts';

/** Bytes of one read; the most that one poll takes from the disk. */
export const READ_BYTES: number = 256 * 1024;
/** A longer row is an error: it is more likely a wrong file than a row. */
const ROW_BYTES_MAX = 64 * 1024 * 1024;
const LINE_FEED = 10;

/** Owner: one reader. `bytes[start, end)` are the unread bytes, `fileOffset` is where `bytes[start]` lies in the file. */
export class FileWindow {
  readonly path: string;
  readonly fileBytes: number;
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** File offset of `bytes[end]`, the next byte to read from the file. */
  #nextRead = 0;
  #fd = -1;

  /** @throws ERR_CONNECTORS_FILE */
  constructor(path: string, offset: number, bufferBytes: number = READ_BYTES) {
    this.path = path;
    try {
      this.#fd = openSync(path, 'r');
      const stat = fstatSync(this.#fd);
      if (stat.isDirectory()) throw new Error('it is a directory');
      this.fileBytes = stat.size;
    } catch (cause) {
      this.close();
      throw fileError(path, cause);
    }
    this.bytes = Buffer.allocUnsafeSlow(bufferBytes);
    this.#nextRead = offset;
  }

  /** Offset in the file of the first unread byte. */
  get fileOffset(): number {
    return this.#nextRead - (this.end - this.start);
  }

  /** Whether the window reaches to the end of the file, so that no more bytes will come. */
  get last(): boolean {
    return this.#nextRead >= this.fileBytes;
  }

  /** Reads on behind the unread bytes, which move to the front. @throws ERR_CONNECTORS_FILE */
  fill(): void {
    const unread = this.end - this.start;
    if (unread === this.bytes.length) this.#grow();
    else if (this.start > 0) this.bytes.copyWithin(0, this.start, this.end);
    this.start = 0;
    this.end = unread;
    const wanted = Math.min(this.bytes.length - unread, this.fileBytes - this.#nextRead);
    if (wanted <= 0) return;
    const got = this.#read(this.bytes, unread, wanted, this.#nextRead);
    if (got === 0) throw fileError(this.path, new Error(`it became shorter while being read`));
    this.end = unread + got;
    this.#nextRead += got;
  }

  /** Line feeds in the file's bytes `[from, to)`; only for messages. */
  countLines(from: number, to: number): number {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let lines = 0;
    for (let at = from; at < to;) {
      const got = this.#read(buffer, 0, Math.min(buffer.length, to - at), at);
      if (got === 0) break;
      for (let i = 0; i < got; i++) if (buffer[i] === LINE_FEED) lines++;
      at += got;
    }
    return lines;
  }

  /** At most `maxBytes` bytes of text at a place of the file; only for messages. */
  textAt(offset: number, bytes: number, maxBytes: number): string {
    const buffer = Buffer.allocUnsafe(Math.min(bytes, maxBytes));
    return buffer.toString('utf8', 0, this.#read(buffer, 0, buffer.length, offset));
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #read(buffer: Buffer, at: number, length: number, offset: number): number {
    try {
      return readSync(this.#fd, buffer, at, length, offset);
    } catch (cause) {
      throw fileError(this.path, cause);
    }
  }

  #grow(): void {
    if (this.bytes.length >= ROW_BYTES_MAX) {
      throw fileError(
        this.path,
        new Error(
          `a row that starts at byte ${this.fileOffset} is longer than ${ROW_BYTES_MAX} bytes`,
        ),
      );
    }
    const bigger = Buffer.allocUnsafeSlow(this.bytes.length * 2);
    this.bytes.copy(bigger, 0, this.start, this.end);
    this.bytes = bigger;
  }
}

/** `ERR_CONNECTORS_FILE` with the reason in words. */
export function fileError(path: string, cause: unknown): EngineError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EngineError('ERR_CONNECTORS_FILE', { path, reason }, { cause, place: { file: path } });
}
