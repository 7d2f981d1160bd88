/** The pages of one column chunk, one after the other: read by their position, decompressed into one padded buffer. */

import { readSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { ColumnMetaData, Compressors, PageHeader } from 'hyparquet';
import type { ParquetLibrary } from './parquet-file.ts';

/** Zeros behind a page, so that a bit reader may look beyond its last byte. */
const PADDING_BYTES = 8;
/** Page headers are mostly below 100 bytes; statistics of long texts may make them longer. */
const HEADER_BYTES = [4 * 1024, 64 * 1024, 16 * 1024 * 1024];

/** What hyparquet does not decompress itself; Node's zlib does it natively. */
const COMPRESSORS: Compressors = {
  ZSTD: (bytes) => zstdDecompressSync(bytes),
  GZIP: (bytes) => gunzipSync(bytes),
  BROTLI: (bytes) => brotliDecompressSync(bytes),
};

/** Owner: one column cursor. */
export class ParquetPages {
  readonly #library: ParquetLibrary;
  readonly #fd: number = -1;
  readonly #codec: ColumnMetaData['codec'];
  readonly #end: number = 0;
  #at = 0;
  #headerBuffer: Buffer = Buffer.alloc(HEADER_BYTES[0]!);
  #compressed: Uint8Array = new Uint8Array(0);
  #header: PageHeader | undefined = undefined;
  /** The last page that was read, with padding behind `pageBytes`. */
  page: Uint8Array = new Uint8Array(PADDING_BYTES);
  pageBytes = 0;

  constructor(library: ParquetLibrary, fd: number, chunk: ColumnMetaData) {
    this.#library = library;
    this.#fd = fd;
    this.#codec = chunk.codec;
    // Some writers leave the dictionary's offset out, and some put a wrong one behind the first data page.
    const dictionary = Number(chunk.dictionary_page_offset ?? 0);
    const data = Number(chunk.data_page_offset);
    this.#at = dictionary > 0 && dictionary < data ? dictionary : data;
    this.#end = this.#at + Number(chunk.total_compressed_size);
  }

  /** The next page's header; its bytes are not read yet. undefined behind the last page. @throws RangeError */
  nextHeader(): PageHeader | undefined {
    if (this.#at >= this.#end) return undefined;
    for (const bytes of HEADER_BYTES) {
      if (this.#headerBuffer.length < bytes) this.#headerBuffer = Buffer.alloc(bytes);
      const got = this.#read(this.#headerBuffer, Math.min(bytes, this.#end - this.#at), this.#at);
      const { buffer, byteOffset } = this.#headerBuffer;
      const reader = { view: new DataView(buffer, byteOffset, got), offset: 0 };
      let header: PageHeader;
      try {
        header = this.#library.parquetHeader(reader);
      } catch (error) {
        if (got < bytes || bytes === HEADER_BYTES.at(-1)) throw error;
        continue;
      }
      this.#at += reader.offset;
      this.#header = header;
      return header;
    }
    return undefined;
  }

  /** Steps over the page whose header was given last. */
  skipPage(): void {
    this.#at += this.#header!.compressed_page_size;
  }

  /**
   * Reads the page whose header was given last into `page`.
   *
   * @param plainBytes bytes at its start that are never compressed (the levels of a version 2 page)
   * @throws RangeError the file ends before the page; Error for a codec that is not supported
   */
  readPage(plainBytes: number, isCompressed: boolean): void {
    const { compressed_page_size: stored, uncompressed_page_size: full } = this.#header!;
    if (this.#compressed.length < stored) this.#compressed = new Uint8Array(stored);
    const bytes = this.#compressed.subarray(0, stored);
    const got = this.#read(bytes, stored, this.#at);
    if (got < stored || this.#at + stored > this.#end) {
      throw new RangeError(`a page at byte ${this.#at} is cut off: ${stored} bytes, got ${got}`);
    }
    this.#at += stored;
    if (this.page.length < full + PADDING_BYTES) this.page = new Uint8Array(full + PADDING_BYTES);
    this.page.set(bytes.subarray(0, plainBytes));
    const body = bytes.subarray(plainBytes);
    const codec = isCompressed ? this.#codec : 'UNCOMPRESSED';
    this.page.set(
      this.#library.decompressPage(body, full - plainBytes, codec, COMPRESSORS),
      plainBytes,
    );
    this.page.fill(0, full, full + PADDING_BYTES);
    this.pageBytes = full;
  }

  #read(into: Uint8Array, bytes: number, offset: number): number {
    return readSync(this.#fd, into, 0, bytes, offset);
  }
}
