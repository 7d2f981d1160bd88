/** Reads rows with the official `flatbuffers` ByteBuffer, as the code that flatc generates does. */

import { ByteBuffer, Encoding } from 'flatbuffers';

import type { RecordDescriptor, TypeDescriptor } from '../../src/record/index.ts';

/** The row as the official runtime sees it; a field without vtable entry is null. */
export function officialRead(
  descriptor: RecordDescriptor,
  bytes: Uint8Array,
): Record<string, unknown> {
  const buffer = new ByteBuffer(bytes);
  return readTable(buffer, buffer.readInt32(0), descriptor);
}

function readTable(
  buffer: ByteBuffer,
  table: number,
  descriptor: RecordDescriptor,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [id, { name, type, deprecated }] of descriptor.fields.entries()) {
    const offset = buffer.__offset(table, 4 + 2 * id);
    if (deprecated && offset !== 0) throw new Error(`${name} is deprecated but present`);
    if (!deprecated) row[name] = offset === 0 ? null : readValue(buffer, table + offset, type);
  }
  return row;
}

function readValue(buffer: ByteBuffer, at: number, type: TypeDescriptor): unknown {
  switch (type.kind) {
    case 'bool':
      return buffer.readInt8(at) !== 0;
    case 'i8':
      return buffer.readInt8(at);
    case 'u8':
      return buffer.readUint8(at);
    case 'i16':
      return buffer.readInt16(at);
    case 'u16':
      return buffer.readUint16(at);
    case 'i32':
      return buffer.readInt32(at);
    case 'u32':
      return buffer.readUint32(at);
    case 'f32':
      return buffer.readFloat32(at);
    case 'f64':
      return buffer.readFloat64(at);
    case 'i64':
    case 'timestamp':
    case 'u64': {
      const wide = type.kind === 'u64' ? buffer.readUint64(at) : buffer.readInt64(at);
      return type.bigint === true ? wide : Number(wide);
    }
    case 'utf8':
      return Buffer.from(buffer.__string(at, Encoding.UTF8_BYTES) as Uint8Array).toString('utf8');
    case 'bytes': {
      const first = buffer.__vector(at);
      return buffer.bytes().slice(first, first + buffer.__vector_len(at));
    }
    case 'record':
      return readTable(buffer, buffer.__indirect(at), type.record);
    case 'list': {
      const first = buffer.__vector(at);
      const width = WIDTHS[type.of.kind] ?? 8;
      return Array.from({ length: buffer.__vector_len(at) }, (_, i) =>
        readValue(buffer, first + width * i, type.of),
      );
    }
  }
}

/** Bytes of an element, where they are not 8. */
const WIDTHS: Readonly<Record<string, number>> = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  utf8: 4,
  record: 4,
};
