/**
 * The bytes of a state file, little-endian. A section is the state of one operator instance: pieces by number, a key group's
 * bytes or an element, and behind them the index that says how long each is.
 *
 *     file    = magic:u32 version:u32 section*
 *     section = piece* index
 *     piece   = chunk*                     the payloads one after the other are the bytes; no chunk if there are none
 *     index   = chunk*                     payload: entry*
 *     entry   = id:u32 bytes:f64           ids ascend; bytes of the piece without the headers of its chunks
 *     chunk   = bytes:u32 crc:u32 payload  1 to CHUNK_BYTES_MAX; only the last chunk of a piece is shorter than that
 *
 * The checksum of a chunk starts from the name of its file and its place in it: a chunk that got elsewhere is damaged, too.
 */

import { crc32 } from 'node:zlib';

import { EngineError, KiB } from '../base/index.ts';

export const FILE_MAGIC = 0x4b43524d;
export const FILE_VERSION = 1;
export const FILE_HEADER_BYTES = 8;
export const CHUNK_HEADER_BYTES = 8;
export const CHUNK_BYTES_MAX: number = 64 * KiB;
export const INDEX_ENTRY_BYTES = 12;

/** Where the state of one operator instance lies. Plain data, in manifests. */
export interface Section {
  readonly file: string;
  /** First byte of the section in the file. */
  readonly offset: number;
  /** Bytes of the section in the file. */
  readonly bytes: number;
  /** Bytes in the file of the index, the end of the section. */
  readonly indexBytes: number;
  readonly pieces: number;
  /** CRC-32 of the section's bytes in the file, an unsigned integer. */
  readonly checksum: number;
}

/** Bytes in the file of a piece with this many bytes. */
export function storedBytes(bytes: number): number {
  return bytes + CHUNK_HEADER_BYTES * Math.ceil(bytes / CHUNK_BYTES_MAX);
}

/** What the checksums of a file's chunks start from. */
export function fileSeed(name: string): number {
  return crc32(name);
}

const offset = new Float64Array(1);
const offsetBytes: Uint8Array = new Uint8Array(offset.buffer);

/** Checksum of a chunk. @param at offset of its header in the file */
export function chunkChecksum(payload: Uint8Array, seed: number, at: number): number {
  offset[0] = at;
  return crc32(payload, crc32(offsetBytes, seed));
}

/** @throws ERR_CHECKPOINT_DAMAGED always */
export function failDamaged(file: string, at: number, expected: string, got: unknown): never {
  throw new EngineError('ERR_CHECKPOINT_DAMAGED', { file, offset: at, expected, got });
}

/** @throws ERR_CHECKPOINT_MISSING always */
export function failMissing(file: string, place: string): never {
  throw new EngineError('ERR_CHECKPOINT_MISSING', { file, place });
}
