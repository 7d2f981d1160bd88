/**
 * A cursor over one column of one row group: decodes the next few values, page by page.
 *
 * A batch is a code for each row (an index into `values`, or -1 for null), so that values of a dictionary are converted once and rows
 * share them. Hot path: no allocation per value but for texts that are not in a dictionary.
 *
 * Law: for any cut of the rows into batches and skips, the values are those of the column in order.
 */

import type { ColumnMetaData, PageHeader } from 'hyparquet';
import type { ParquetColumn, ParquetLibrary } from './parquet-file.ts';
import { ParquetPages } from './parquet-pages.ts';
import type { Values } from './parquet-values.ts';
import { RleCursor } from './rle-cursor.ts';

/** Most rows of a batch. */
export const BATCH_ROWS: number = 1024;

/** How the values of the current page are stored. */
type PageForm = 'dictionary' | 'plain' | 'decoded';

/** Owner: one reader. */
export class ParquetCursor {
  readonly column: ParquetColumn;
  /** Codes of the batch read last. */
  readonly codes: Int32Array = new Int32Array(BATCH_ROWS);
  /** What the codes point into. */
  values: Values = [];
  /** Nulls in the batch read last. */
  nulls = 0;

  readonly #library: ParquetLibrary;
  readonly #pages: ParquetPages;
  readonly #chunk: ColumnMetaData;
  readonly #optional: boolean = false;
  readonly #scratch: Values;
  readonly #levels: RleCursor = new RleCursor();
  readonly #indexes: RleCursor = new RleCursor();
  readonly #present: Int32Array = new Int32Array(BATCH_ROWS);
  #dictionary: Values | undefined = undefined;
  #form: PageForm = 'plain';
  #rowsLeft = 0;
  /** Byte of the next plain value, or index of the next decoded one. */
  #at = 0;
  #decoded: ArrayLike<unknown> = [];

  constructor(library: ParquetLibrary, fd: number, column: ParquetColumn, chunk: ColumnMetaData) {
    this.column = column;
    this.#library = library;
    this.#chunk = chunk;
    this.#pages = new ParquetPages(library, fd, chunk);
    this.#optional = column.element.repetition_type === 'OPTIONAL';
    this.#scratch = column.conversion.allocate(BATCH_ROWS);
    this.values = this.#scratch;
  }

  /** Rows left in the current page, after stepping to the next one that has any. @throws RangeError no row is left */
  rowsInPage(): number {
    while (this.#rowsLeft === 0) {
      const header = this.#nextDataPage();
      this.#enterPage(header);
    }
    return this.#rowsLeft;
  }

  /** Steps over rows; whole pages by their headers alone. */
  skip(rows: number): void {
    let left = rows;
    while (left > 0) {
      if (this.#rowsLeft === 0) {
        const header = this.#nextDataPage();
        const count = rowsOf(header);
        if (count <= left) {
          this.#pages.skipPage();
          left -= count;
          continue;
        }
        this.#enterPage(header);
      }
      const count = Math.min(left, this.#rowsLeft, BATCH_ROWS);
      const present = this.#readLevels(count);
      if (this.#form === 'dictionary') this.#indexes.skip(present);
      else if (this.#form === 'decoded') this.#at += present;
      else this.#readPlain(present);
      this.#rowsLeft -= count;
      left -= count;
    }
  }

  /** Reads a batch of `count` rows, at most {@link BATCH_ROWS} and at most what the page has. @throws RangeError */
  read(count: number): void {
    const { codes } = this;
    const present = this.#readLevels(count);
    if (this.#form === 'dictionary') {
      this.values = this.#dictionary!;
      this.#indexes.read(codes, 0, present);
      checkCodes(codes, present, this.values.length);
    } else {
      this.values = this.#scratch;
      if (this.#form === 'plain') {
        this.#readPlain(present);
      } else {
        this.column.conversion.decoded(this.#decoded, this.#at, present, this.#scratch, 0);
        this.#at += present;
      }
      for (let i = 0; i < present; i++) codes[i] = i;
    }
    this.nulls = count - present;
    if (this.nulls > 0) spread(codes, this.#present, count, present);
    this.#rowsLeft -= count;
  }

  #readPlain(count: number): void {
    const { page, pageBytes } = this.#pages;
    const bytes = page.subarray(0, pageBytes);
    this.#at = this.column.conversion.plain(bytes, this.#at, count, this.#scratch, 0);
  }

  /** Values that are there among the next `count` rows; `#present` says which, unless all are. */
  #readLevels(count: number): number {
    if (!this.#optional || this.#levels.takeRun(1, count)) return count;
    const levels = this.#present;
    this.#levels.read(levels, 0, count);
    let present = 0;
    for (let i = 0; i < count; i++) present += levels[i]!;
    return present;
  }

  /** The header of the next page with rows; dictionaries on the way are read. */
  #nextDataPage(): PageHeader {
    for (;;) {
      const header = this.#pages.nextHeader();
      if (header === undefined) throw new RangeError('the column ends before the row group does');
      if (header.type === 'DATA_PAGE' || header.type === 'DATA_PAGE_V2') return header;
      if (header.type === 'DICTIONARY_PAGE') this.#readDictionary(header);
      else this.#pages.skipPage();
    }
  }

  #readDictionary(header: PageHeader): void {
    this.#pages.readPage(0, true);
    const count = header.dictionary_page_header!.num_values;
    const { conversion } = this.column;
    const values = conversion.allocate(count);
    conversion.plain(this.#pages.page.subarray(0, this.#pages.pageBytes), 0, count, values, 0);
    this.#dictionary = values;
  }

  #enterPage(header: PageHeader): void {
    const v2 = header.data_page_header_v2;
    const levelBytes =
      v2 === undefined ? 0 : v2.definition_levels_byte_length + v2.repetition_levels_byte_length;
    this.#pages.readPage(levelBytes, v2?.is_compressed ?? true);
    const { page } = this.#pages;
    this.#rowsLeft = rowsOf(header);
    let at = 0;
    if (v2 !== undefined) {
      this.#levels.reset(page, v2.repetition_levels_byte_length, 1);
      at = levelBytes;
    } else if (this.#optional) {
      const bytes = new DataView(page.buffer, page.byteOffset).getUint32(0, true);
      this.#levels.reset(page, 4, 1);
      at = 4 + bytes;
    }
    const { encoding } = v2 ?? header.data_page_header!;
    if (encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') {
      if (this.#dictionary === undefined)
        throw new RangeError('a page needs a dictionary, but there is none');
      this.#form = 'dictionary';
      this.#indexes.reset(page, at + 1, page[at]!);
    } else if (encoding === 'PLAIN' && this.column.element.type !== 'BOOLEAN') {
      this.#form = 'plain';
      this.#at = at;
    } else {
      this.#form = 'decoded';
      this.#at = 0;
      this.#decoded = this.#decode(header, at);
    }
  }

  /** Values of the rarer encodings, decoded for the whole page. @throws Error an encoding that is not supported */
  #decode(header: PageHeader, at: number): ArrayLike<unknown> {
    const { page, pageBytes } = this.#pages;
    const v2 = header.data_page_header_v2;
    const { encoding } = v2 ?? header.data_page_header!;
    const count = v2 === undefined ? this.#presentInPage(page) : v2.num_values - v2.num_nulls;
    const element = { ...this.column.element, repetition_type: 'REQUIRED' as const };
    // As a page without levels: they were read above.
    const { dataPage } = this.#library.readDataPage(
      page.subarray(at, pageBytes),
      {
        num_values: count,
        encoding,
        definition_level_encoding: 'RLE',
        repetition_level_encoding: 'RLE',
      },
      {
        pathInSchema: [this.column.name],
        type: this.#chunk.type,
        element,
        schemaPath: [],
        codec: this.#chunk.codec,
        parsers: NO_PARSERS,
      },
    );
    return dataPage;
  }

  /** How many values a version 1 page has besides its nulls. */
  #presentInPage(page: Uint8Array): number {
    if (!this.#optional) return this.#rowsLeft;
    const counter = new RleCursor();
    counter.reset(page, 4, 1);
    let present = 0;
    for (let left = this.#rowsLeft; left > 0;) {
      const count = Math.min(left, BATCH_ROWS);
      counter.read(this.#present, 0, count);
      for (let i = 0; i < count; i++) present += this.#present[i]!;
      left -= count;
    }
    return present;
  }
}

/** Not used for a page's physical values. */
const NO_PARSERS = {
  timestampFromMilliseconds: Number,
  timestampFromMicroseconds: Number,
  timestampFromNanoseconds: Number,
  dateFromDays: Number,
  stringFromBytes: String,
  jsonFromBytes: String,
  geometryFromBytes: String,
  geographyFromBytes: String,
  uuidFromBytes: String,
};

function rowsOf(header: PageHeader): number {
  return header.data_page_header_v2?.num_values ?? header.data_page_header!.num_values;
}

/** @throws RangeError a code points behind the dictionary */
function checkCodes(codes: Int32Array, count: number, size: number): void {
  for (let i = 0; i < count; i++) {
    if (codes[i]! >>> 0 >= size) {
      throw new RangeError(`a value has dictionary code ${codes[i]}, of ${size}`);
    }
  }
}

/** Moves the codes of the values that are there to their rows, from the last on; the other rows get -1. */
function spread(codes: Int32Array, present: Int32Array, count: number, values: number): void {
  let from = values - 1;
  for (let i = count - 1; i >= 0; i--) codes[i] = present[i] === 1 ? codes[from--]! : -1;
}
