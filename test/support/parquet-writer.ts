/**
 * Writes small Parquet files for tests: flat columns, plain or dictionary pages of version 1 or 2, several row groups and pages.
 * By the letter of parquet-format's thrift definitions; field numbers stand beside each struct.
 */

import { gzipSync, zstdCompressSync } from 'node:zlib';

/** A column and its physical values. */
export interface TestColumn {
  readonly name: string;
  readonly type: keyof typeof PHYSICAL;
  readonly optional?: boolean;
  readonly typeLength?: number;
  /** Number of parquet.thrift's `ConvertedType`. */
  readonly converted?: number;
  readonly scale?: number;
  /** Bytes of the `LogicalType` union, as {@link struct} makes them. */
  readonly logical?: Buffer;
  readonly dictionary?: boolean;
  readonly values: readonly (number | bigint | boolean | string | Uint8Array | null)[];
}

export interface TestFileOptions {
  readonly rowsPerGroup?: number;
  readonly rowsPerPage?: number;
  readonly v2?: boolean;
  readonly codec?: 'UNCOMPRESSED' | 'GZIP' | 'ZSTD';
}

const PHYSICAL = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
} as const;
const CODECS = { UNCOMPRESSED: 0, GZIP: 2, ZSTD: 6 } as const;
const PLAIN = 0;
const RLE = 3;
const RLE_DICTIONARY = 8;

/** A thrift value: what its compact type is, and its bytes. */
interface Thrift {
  readonly type: number;
  readonly bytes: Buffer;
}

const int = (value: number | bigint): Thrift => ({ type: 6, bytes: varint(zigzag(BigInt(value))) });
const int32 = (value: number): Thrift => ({ type: 5, bytes: varint(zigzag(BigInt(value))) });
const bool = (value: boolean): Thrift => ({ type: value ? 1 : 2, bytes: Buffer.alloc(0) });
const text = (value: string): Thrift => ({
  type: 8,
  bytes: Buffer.concat([varint(BigInt(Buffer.byteLength(value))), Buffer.from(value)]),
});
const list = (type: number, items: readonly Buffer[]): Thrift => ({
  type: 9,
  bytes: Buffer.concat([
    items.length < 15
      ? Buffer.from([(items.length << 4) | type])
      : Buffer.concat([Buffer.from([0xf0 | type]), varint(BigInt(items.length))]),
    ...items,
  ]),
});

/** A struct by field number; undefined fields are left out. */
export function struct(fields: Readonly<Record<number, Thrift | undefined>>): Buffer {
  const parts: Buffer[] = [];
  let last = 0;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const id = Number(key);
    parts.push(Buffer.from([((id - last) << 4) | value.type]), value.bytes);
    last = id;
  }
  return Buffer.concat([...parts, Buffer.from([0])]);
}

const nested = (bytes: Buffer): Thrift => ({ type: 12, bytes });

/** `LogicalType` TIMESTAMP of a unit: 8: { 1: utc, 2: { 1 | 2 | 3: {} } }. */
export function timestampLogical(unit: 'MILLIS' | 'MICROS' | 'NANOS'): Buffer {
  const number = { MILLIS: 1, MICROS: 2, NANOS: 3 }[unit];
  return struct({
    8: nested(struct({ 1: bool(true), 2: nested(struct({ [number]: nested(struct({})) })) })),
  });
}

/** The bytes of a whole file. */
export function parquetFile(columns: readonly TestColumn[], options: TestFileOptions = {}): Buffer {
  const rows = columns[0]!.values.length;
  const { rowsPerGroup = Math.max(1, rows), codec = 'UNCOMPRESSED' } = options;
  const parts: Buffer[] = [Buffer.from('PAR1')];
  let offset = 4;
  const groups: Buffer[] = [];
  for (let start = 0; start < rows; start += rowsPerGroup) {
    const end = Math.min(rows, start + rowsPerGroup);
    const chunks = columns.map((column) => {
      const { bytes, dictionaryBytes } = chunkBytes(column, start, end, options);
      const at = offset;
      parts.push(bytes);
      offset += bytes.length;
      // ColumnMetaData: 1 type, 2 encodings, 3 path, 4 codec, 5 values, 6 and 7 sizes, 9 data page, 11 dictionary page.
      const meta = struct({
        1: int32(PHYSICAL[column.type]),
        2: list(5, [varint(zigzag(BigInt(column.dictionary ? RLE_DICTIONARY : PLAIN)))]),
        3: list(8, [text(column.name).bytes]),
        4: int32(CODECS[codec]),
        5: int(end - start),
        6: int(bytes.length),
        7: int(bytes.length),
        9: int(at + dictionaryBytes),
        11: dictionaryBytes > 0 ? int(at) : undefined,
      });
      return struct({ 2: int(at), 3: nested(meta) });
    });
    groups.push(struct({ 1: list(12, chunks), 2: int(0), 3: int(end - start) }));
  }
  const schema = [
    struct({ 4: text('root'), 5: int32(columns.length) }),
    ...columns.map((column) =>
      struct({
        1: int32(PHYSICAL[column.type]),
        2: column.typeLength === undefined ? undefined : int32(column.typeLength),
        3: int32(column.optional ? 1 : 0),
        4: text(column.name),
        6: column.converted === undefined ? undefined : int32(column.converted),
        7: column.scale === undefined ? undefined : int32(column.scale),
        10: column.logical === undefined ? undefined : nested(column.logical),
      }),
    ),
  ];
  const footer = struct({
    1: int32(1),
    2: list(12, schema),
    3: int(rows),
    4: list(12, groups),
    6: text('millrace test'),
  });
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, tail, Buffer.from('PAR1')]);
}

function chunkBytes(
  column: TestColumn,
  start: number,
  end: number,
  { rowsPerPage = Infinity, v2 = false, codec = 'UNCOMPRESSED' }: TestFileOptions,
): { bytes: Buffer; dictionaryBytes: number } {
  const pages: Buffer[] = [];
  const present = column.values.slice(start, end).filter((value) => value !== null);
  const distinct = [...new Set(present)];
  let dictionaryBytes = 0;
  if (column.dictionary) {
    const full = Buffer.concat(distinct.map((value) => plainValue(column, value)));
    const stored = compress(full, codec);
    const header = struct({
      1: int32(2),
      2: int32(full.length),
      3: int32(stored.length),
      7: nested(struct({ 1: int32(distinct.length), 2: int32(PLAIN) })),
    });
    pages.push(header, stored);
    dictionaryBytes = header.length + stored.length;
  }
  for (let from = start; from < end; from += rowsPerPage) {
    const values = column.values.slice(from, Math.min(end, from + rowsPerPage));
    const there = values.filter((value) => value !== null);
    const levels = column.optional
      ? hybrid(
          values.map((value) => (value === null ? 0 : 1)),
          1,
        )
      : Buffer.alloc(0);
    const width = Math.max(1, 32 - Math.clz32(Math.max(0, distinct.length - 1)));
    const data = column.dictionary
      ? Buffer.concat([
          Buffer.from([width]),
          hybrid(
            there.map((value) => distinct.indexOf(value)),
            width,
          ),
        ])
      : plainValues(column, there);
    const encoding = column.dictionary ? RLE_DICTIONARY : PLAIN;
    if (v2) {
      const stored = compress(data, codec);
      // DataPageHeaderV2: 1 values, 2 nulls, 3 rows, 4 encoding, 5 and 6 level lengths, 7 compressed.
      const v2Header = struct({
        1: int32(values.length),
        2: int32(values.length - there.length),
        3: int32(values.length),
        4: int32(encoding),
        5: int32(levels.length),
        6: int32(0),
        7: bool(codec !== 'UNCOMPRESSED'),
      });
      const full = levels.length + data.length;
      pages.push(
        struct({
          1: int32(3),
          2: int32(full),
          3: int32(levels.length + stored.length),
          8: nested(v2Header),
        }),
        levels,
        stored,
      );
    } else {
      const length = Buffer.alloc(column.optional ? 4 : 0);
      if (column.optional) length.writeUInt32LE(levels.length);
      const full = Buffer.concat([length, levels, data]);
      const stored = compress(full, codec);
      const v1Header = struct({
        1: int32(values.length),
        2: int32(encoding),
        3: int32(RLE),
        4: int32(RLE),
      });
      pages.push(
        struct({
          1: int32(0),
          2: int32(full.length),
          3: int32(stored.length),
          5: nested(v1Header),
        }),
        stored,
      );
    }
  }
  return { bytes: Buffer.concat(pages), dictionaryBytes };
}

/** Runs of eight or more as runs, everything else bit-packed in groups of eight. */
export function hybrid(values: readonly number[], width: number): Buffer {
  const parts: Buffer[] = [];
  const valueBytes = Math.ceil(width / 8);
  let packed: number[] = [];
  const flush = (): void => {
    if (packed.length === 0) return;
    const groups = Math.ceil(packed.length / 8);
    const bits = Buffer.alloc(groups * width);
    packed.forEach((value, i) => {
      for (let k = 0; k < width; k++) {
        const bit = i * width + k;
        if ((value >>> k) & 1) bits[bit >> 3]! |= 1 << (bit & 7);
      }
    });
    parts.push(varint(BigInt((groups << 1) | 1)), bits);
    packed = [];
  };
  for (let i = 0; i < values.length;) {
    let run = 1;
    while (i + run < values.length && values[i + run] === values[i]) run++;
    if (run >= 8 && packed.length % 8 === 0) {
      flush();
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(values[i]! >>> 0);
      parts.push(varint(BigInt(run << 1)), bytes.subarray(0, valueBytes));
      i += run;
    } else {
      packed.push(values[i]!);
      i++;
    }
  }
  flush();
  return Buffer.concat(parts);
}

function plainValues(column: TestColumn, values: readonly unknown[]): Buffer {
  if (column.type !== 'BOOLEAN') {
    return Buffer.concat(values.map((value) => plainValue(column, value)));
  }
  const bits = Buffer.alloc(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value === true) bits[i >> 3]! |= 1 << (i & 7);
  });
  return bits;
}

function plainValue(column: TestColumn, value: unknown): Buffer {
  const bytes = Buffer.alloc(8);
  switch (column.type) {
    case 'INT32':
      bytes.writeInt32LE((value as number) | 0);
      return bytes.subarray(0, 4);
    case 'INT64':
      bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value as bigint)));
      return bytes;
    case 'FLOAT':
      bytes.writeFloatLE(value as number);
      return bytes.subarray(0, 4);
    case 'DOUBLE':
      bytes.writeDoubleLE(value as number);
      return bytes;
    case 'BYTE_ARRAY': {
      const content = Buffer.from(value as string);
      bytes.writeUInt32LE(content.length);
      return Buffer.concat([bytes.subarray(0, 4), content]);
    }
    case 'INT96':
    case 'FIXED_LEN_BYTE_ARRAY':
      return Buffer.from(value as Uint8Array);
    case 'BOOLEAN':
      throw new Error('booleans are packed');
  }
}

function compress(bytes: Buffer, codec: keyof typeof CODECS): Buffer {
  if (codec === 'GZIP') return gzipSync(bytes);
  return codec === 'ZSTD' ? zstdCompressSync(bytes) : bytes;
}

function zigzag(value: bigint): bigint {
  return value >= 0n ? value * 2n : -value * 2n - 1n;
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = value;
  do {
    const byte = Number(left & 0x7fn);
    left >>= 7n;
    bytes.push(left > 0n ? byte | 0x80 : byte);
  } while (left > 0n);
  return Buffer.from(bytes);
}
