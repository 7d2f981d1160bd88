/**
 * Brings a row of any layout into the one that our codecs write.
 *
 * Laws (tested in test/record/transcode.property.test.ts):
 *  1. canonicalize(official(row)) has the bytes that `codec.write(row)` has.
 *  2. canonicalize(codec.write(row)) has the same bytes.
 */

import { readAny } from './any-reader.ts';
import { canonicalBytes } from './canonical.ts';
import type { RowCodec } from './codec.ts';
import { isByName } from './evolution.ts';
import { fingerprintOf } from './fingerprint.ts';
import { layoutOf } from './layout.ts';
import type { Memory } from './memory.ts';
import type { RecordDescriptor } from './record-type.ts';
import { verifyRow } from './verifier.ts';

/**
 * Checks `bytes` and puts the row into `memory` as the codec would write it: a copy if it has that form already, else by
 * reading every field and writing it again. Fields that the type does not know are dropped, those the row lacks get
 * their default.
 *
 * @param bytes one row, whoever wrote it; must not change while this runs
 * @param codec of the type to read it as
 * @param at a multiple of 8; what lies behind it may be overwritten even if the row does not fit
 * @returns bytes taken, a multiple of 8; 0 if the memory has no room for the row (a bound of it, in fact)
 * @throws ERR_RECORD_CORRUPT the bytes are not a row of this type
 * @example
 * const rowBytes = canonicalize(builder.asUint8Array(), compileCodec(Bid), memory, 8);
 */
export function canonicalize<T>(
  bytes: Uint8Array,
  codec: RowCodec<T>,
  memory: Memory,
  at: number,
): number {
  const { descriptor } = codec.type;
  verifyRow(bytes, descriptor);
  const { length } = bytes;
  const room = memory.u8.length - at;
  if (length % 8 === 0 && length <= room) {
    memory.u8.set(bytes, at);
    if (canonicalBytes(memory, at, layoutOf(descriptor), at + length) === length) return length;
  }
  const row = readAny(bytes, 0, descriptor) as T;
  return codec.boundOf(row) <= room ? codec.write(row, memory, at) : 0;
}

/**
 * As {@link canonicalize}, for a row that was written as `writer`, of which `requireEvolution` said that it can be read as
 * the type of `codec`. Where either has only some of the fields of a type, they are found by their names.
 *
 * @returns bytes taken, a multiple of 8; 0 if the memory has no room for the row (a bound of it, in fact)
 * @throws ERR_RECORD_CORRUPT the bytes are not a row of `writer`
 * @example
 * requireEvolution(writer, codec.type.descriptor);
 * const rowBytes = transcode(bytes, writer, codec, memory, 8);
 */
export function transcode<T>(
  bytes: Uint8Array,
  writer: RecordDescriptor,
  codec: RowCodec<T>,
  memory: Memory,
  at: number,
): number {
  const reader = codec.type.descriptor;
  if (!isByName(writer, reader) || fingerprintOf(writer) === codec.type.fingerprint) {
    return canonicalize(bytes, codec, memory, at);
  }
  verifyRow(bytes, writer);
  // At the writer's places, as the values that the reader wants.
  const fields = writer.fields.map((field) => {
    const as = reader.fields.find(({ name, deprecated }) => name === field.name && !deprecated);
    return as === undefined ? field : { ...field, type: as.type };
  });
  const row = readAny(bytes, 0, { name: writer.name, fields }) as T;
  return codec.boundOf(row) <= memory.u8.length - at ? codec.write(row, memory, at) : 0;
}
