/**
 * Reads sections of state files, checking every byte it gives out. Layout: chunk-layout.ts.
 * Laws (test/checkpoint/state-file.property.test.ts): bytes that were changed, cut off or moved are an error, never other
 * state; pieces that are not wanted are not read.
 */

import { crc32 } from 'node:zlib';

import { MiB } from '../base/index.ts';
import {
  CHUNK_BYTES_MAX,
  CHUNK_HEADER_BYTES,
  chunkChecksum,
  failDamaged,
  failMissing,
  FILE_HEADER_BYTES,
  FILE_MAGIC,
  FILE_VERSION,
  fileSeed,
  INDEX_ENTRY_BYTES,
  storedBytes,
} from './chunk-layout.ts';
import type { Section } from './chunk-layout.ts';
import type { CheckpointStore } from './store.ts';

/** Pieces beside each other are read together up to this many bytes. */
const READ_BYTES = MiB;

/** One piece of a section. */
export interface Piece {
  readonly id: number;
  readonly bytes: Uint8Array;
}

interface Entry {
  readonly id: number;
  readonly at: number;
  readonly bytes: number;
}

/**
 * The pieces of a section that are wanted, in order; memory is bounded by the largest piece, or 1 MiB.
 *
 * @throws ERR_CHECKPOINT_MISSING the file is gone
 * @throws ERR_CHECKPOINT_DAMAGED the bytes are not those that were written
 * @throws ERR_CHECKPOINT_IO
 */
export async function* readPieces(
  store: CheckpointStore,
  section: Section,
  wanted: (id: number) => boolean = () => true,
): AsyncGenerator<Piece, void, undefined> {
  const seed = fileSeed(section.file);
  let run: Entry[] = [];
  let end = -1;
  const index = (await readIndex(store, section, seed)).filter(({ id }) => wanted(id));
  for (const entry of index) {
    const fits = entry.at === end && end + storedBytes(entry.bytes) - run[0]!.at <= READ_BYTES;
    if (run.length > 0 && !fits) {
      yield* readRun(store, section, seed, run, end);
      run = [];
    }
    run.push(entry);
    end = entry.at + storedBytes(entry.bytes);
  }
  if (run.length > 0) yield* readRun(store, section, seed, run, end);
}

/**
 * Checks all bytes of a section against its checksum, without keeping them.
 *
 * @throws ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_DAMAGED, ERR_CHECKPOINT_IO
 */
export async function verifySection(store: CheckpointStore, section: Section): Promise<void> {
  const { file, offset, bytes, checksum } = section;
  await checkHeader(store, file);
  let found = 0;
  for (let at = 0; at < bytes; at += READ_BYTES) {
    const page = await readExactly(store, file, offset + at, Math.min(READ_BYTES, bytes - at));
    found = crc32(page, found);
  }
  if (found !== checksum) {
    failDamaged(file, offset, `a section with checksum ${hex(checksum)}`, hex(found));
  }
}

async function checkHeader(store: CheckpointStore, file: string): Promise<void> {
  const header = await readExactly(store, file, 0, FILE_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const magic = view.getUint32(0, true);
  if (magic !== FILE_MAGIC) failDamaged(file, 0, `a state file (${hex(FILE_MAGIC)})`, hex(magic));
  const version = view.getUint32(4, true);
  if (version !== FILE_VERSION) failDamaged(file, 4, `version ${FILE_VERSION}`, version);
}

async function readIndex(
  store: CheckpointStore,
  section: Section,
  seed: number,
): Promise<readonly Entry[]> {
  const { file, offset, bytes, indexBytes, pieces } = section;
  await checkHeader(store, file);
  const indexAt = offset + bytes - indexBytes;
  const stored = await readExactly(store, file, indexAt, indexBytes);
  if (storedBytes(pieces * INDEX_ENTRY_BYTES) !== indexBytes) {
    failDamaged(file, indexAt, `an index of ${pieces} pieces`, `${indexBytes} bytes`);
  }
  const index = unpack(stored, pieces * INDEX_ENTRY_BYTES, file, indexAt, seed);
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  const entries: Entry[] = [];
  let at = offset;
  for (let i = 0; i < pieces; i++) {
    const id = view.getUint32(i * INDEX_ENTRY_BYTES, true);
    const size = view.getFloat64(i * INDEX_ENTRY_BYTES + 4, true);
    entries.push({ id, at, bytes: size });
    at += storedBytes(size);
  }
  if (at !== indexAt) failDamaged(file, indexAt, `pieces up to byte ${indexAt}`, at);
  return entries;
}

async function* readRun(
  store: CheckpointStore,
  { file }: Section,
  seed: number,
  run: readonly Entry[],
  end: number,
): AsyncGenerator<Piece, void, undefined> {
  const from = run[0]!.at;
  const stored = await readExactly(store, file, from, end - from);
  for (const { id, at, bytes } of run) {
    const own = stored.subarray(at - from, at - from + storedBytes(bytes));
    yield { id, bytes: unpack(own, bytes, file, at, seed) };
  }
}

/** The payloads of chunks that together have `bytes` bytes. @param at offset of the first in the file */
function unpack(
  stored: Uint8Array,
  bytes: number,
  file: string,
  at: number,
  seed: number,
): Uint8Array {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const into = new Uint8Array(bytes);
  for (let to = 0, from = 0; to < bytes;) {
    const expected = Math.min(CHUNK_BYTES_MAX, bytes - to);
    const length = view.getUint32(from, true);
    if (length !== expected) failDamaged(file, at + from, `a chunk of ${expected} bytes`, length);
    const start = from + CHUNK_HEADER_BYTES;
    const payload = stored.subarray(start, start + length);
    const checksum = chunkChecksum(payload, seed, at + from);
    const written = view.getUint32(from + 4, true);
    if (checksum !== written) {
      failDamaged(file, at + from, `a chunk with checksum ${hex(written)}`, hex(checksum));
    }
    into.set(payload, to);
    to += length;
    from = start + length;
  }
  return into;
}

async function readExactly(
  store: CheckpointStore,
  file: string,
  offset: number,
  bytes: number,
): Promise<Uint8Array> {
  const found = await store.read(file, offset, bytes);
  if (found === undefined) return failMissing(file, store.place);
  if (found.length < bytes) failDamaged(file, offset, `${bytes} bytes`, `${found.length} bytes`);
  return found;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
