/** A Parquet file's footer, and which of its columns holds which field of a record type. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type {
  FileMetaData,
  parquetMetadata as ParquetMetadata,
  parquetSchema as ParquetSchema,
  SchemaElement,
} from 'hyparquet';
import type { parquetHeader as ParquetHeader } from 'hyparquet/src/column.js';
import type {
  decompressPage as DecompressPage,
  readDataPage as ReadDataPage,
} from 'hyparquet/src/datapage.js';
import { EngineError } from '../base/index.ts';
import type { FieldDescriptor, RecordType } from '../record/index.ts';
import { fileError } from './file-window.ts';
import { conversionOf } from './parquet-values.ts';
import type { Conversion } from './parquet-values.ts';
import { liveFields } from './row-object.ts';

/** The parts of hyparquet that the source uses; loaded when the first Parquet file is opened. */
export interface ParquetLibrary {
  readonly parquetMetadata: typeof ParquetMetadata;
  readonly parquetSchema: typeof ParquetSchema;
  readonly parquetHeader: typeof ParquetHeader;
  readonly decompressPage: typeof DecompressPage;
  readonly readDataPage: typeof ReadDataPage;
}

/** A column that is read. */
export interface ParquetColumn {
  readonly field: FieldDescriptor;
  /** Name in the file. */
  readonly name: string;
  readonly element: SchemaElement;
  readonly conversion: Conversion;
}

/** What is known of a file before any of its pages is read. */
export interface ParquetFile {
  readonly path: string;
  readonly metadata: FileMetaData;
  readonly columns: readonly ParquetColumn[];
}

const MAGIC = 'PAR1';
/** The footer's length and the magic word behind it. */
const TAIL_BYTES = 8;

export async function loadParquetLibrary(): Promise<ParquetLibrary> {
  const [{ parquetMetadata, parquetSchema }, { parquetHeader }, { decompressPage, readDataPage }] =
    await Promise.all([
      import('hyparquet'),
      import('hyparquet/src/column.js'),
      import('hyparquet/src/datapage.js'),
    ]);
  return { parquetMetadata, parquetSchema, parquetHeader, decompressPage, readDataPage };
}

/**
 * Reads the footer and checks the record type against the schema.
 *
 * @throws ERR_CONNECTORS_FILE, ERR_CONNECTORS_PARQUET
 */
export function openParquet(
  library: ParquetLibrary,
  path: string,
  type: RecordType,
  renamed: { readonly [field: string]: string },
): ParquetFile {
  let metadata: FileMetaData;
  const footer = readFooter(path);
  try {
    metadata = library.parquetMetadata(footer, { geoparquet: false });
  } catch (cause) {
    throw parquetError(path, `its footer cannot be read (${reasonOf(cause)})`, DAMAGED, cause);
  }
  const { children } = library.parquetSchema(metadata);
  const columns = liveFields(type).map((field): ParquetColumn => {
    const name = renamed[field.name] ?? field.name;
    const found = children.find((child) => child.element.name === name);
    if (found === undefined) {
      const names = children.map((child) => child.element.name).join(', ');
      const advice = 'Correct the record type, or name the column with the option columns.';
      throw parquetError(path, `expected a column ${name}, got ${names}`, advice);
    }
    const conversion =
      found.children.length > 0
        ? 'lists and structs are not supported'
        : conversionOf(found.element, field);
    if (typeof conversion === 'string') {
      const reason = `column ${name} does not fit the field: ${conversion}`;
      throw parquetError(
        path,
        reason,
        `Declare field ${field.name} of ${type.name} as what the column holds.`,
      );
    }
    return { field, name, element: found.element, conversion };
  });
  return { path, metadata, columns };
}

/** What to do about a file that is not as it should be. */
export const DAMAGED: string = 'Check that the file was written and copied completely.';

/** `ERR_CONNECTORS_PARQUET`. */
export function parquetError(
  path: string,
  reason: string,
  advice: string,
  cause?: unknown,
): EngineError {
  return new EngineError(
    'ERR_CONNECTORS_PARQUET',
    { path, reason, advice },
    { cause, place: { file: path } },
  );
}

/** The message of whatever was thrown. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The metadata and the eight bytes behind it. @throws ERR_CONNECTORS_FILE, ERR_CONNECTORS_PARQUET */
function readFooter(path: string): Uint8Array {
  let fd = -1;
  try {
    fd = openSync(path, 'r');
    const { size } = fstatSync(fd);
    const tail = readAt(fd, Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES));
    if (size < TAIL_BYTES + MAGIC.length || tail.toString('latin1', 4) !== MAGIC) {
      const reason = `no Parquet footer at its end (${size} bytes); it is truncated or no Parquet file`;
      throw parquetError(path, reason, DAMAGED);
    }
    const metadataBytes = tail.readUInt32LE(0);
    if (metadataBytes + TAIL_BYTES + MAGIC.length > size) {
      const reason = `the footer claims ${metadataBytes} bytes of metadata, but the file has ${size} bytes`;
      throw parquetError(path, reason, DAMAGED);
    }
    return readAt(fd, size - TAIL_BYTES - metadataBytes, metadataBytes + TAIL_BYTES);
  } catch (cause) {
    throw cause instanceof EngineError ? cause : fileError(path, cause);
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

function readAt(fd: number, offset: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  const got = readSync(fd, buffer, 0, bytes, offset);
  if (got !== bytes) throw new Error(`expected ${bytes} bytes at ${offset}, got ${got}`);
  return buffer;
}
