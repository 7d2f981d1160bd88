/** Writes rows with the official `flatbuffers` Builder, in whatever order and with whatever sharing a test asks for. */

import { Builder } from 'flatbuffers';

import type { FieldDescriptor, RecordDescriptor, TypeDescriptor } from '../../src/record/index.ts';

/** How a foreign writer differs from ours. */
export interface OfficialStyle {
  /** Order in which a table's fields are added, by field id; a permutation of any length. */
  readonly order?: readonly number[];
  /** Write values equal to their default too. */
  readonly forceDefaults?: boolean;
  /** Equal strings lie in the buffer once. */
  readonly shareStrings?: boolean;
}

/** The bytes of `row` as the official Builder writes them; deprecated fields are not written. */
export function officialRow(
  descriptor: RecordDescriptor,
  row: Readonly<Record<string, unknown>>,
  style: OfficialStyle = {},
): Uint8Array {
  const builder = new Builder(16);
  builder.forceDefaults(style.forceDefaults === true);
  builder.finish(writeTable(builder, descriptor, row, style));
  return builder.asUint8Array();
}

function writeTable(
  builder: Builder,
  descriptor: RecordDescriptor,
  row: Readonly<Record<string, unknown>>,
  style: OfficialStyle,
): number {
  const present = descriptor.fields
    .map((field, id) => ({ field, id, value: row[field.name] }))
    .filter(({ field, value }) => !field.deprecated && value !== null && value !== undefined);
  const rank = new Map((style.order ?? []).map((id, index) => [id, index]));
  present.sort((a, b) => (rank.get(a.id) ?? a.id) - (rank.get(b.id) ?? b.id));
  const offsets = present.map(({ field, value }) =>
    isInline(field.type) ? 0 : writeReference(builder, field.type, value, style),
  );
  builder.startObject(descriptor.fields.length);
  present.forEach(({ field, id, value }, index) => {
    if (isInline(field.type)) writeScalar(builder, field, id, value);
    else builder.addFieldOffset(id, offsets[index]!, 0);
  });
  return builder.endObject();
}

function isInline(type: TypeDescriptor): boolean {
  return !['utf8', 'bytes', 'list', 'record'].includes(type.kind);
}

/** A nullable scalar has no default, so the official code generators write it whatever it is. */
function writeScalar(builder: Builder, field: FieldDescriptor, id: number, value: unknown): void {
  const forced = field.nullable;
  const number = value as number;
  const fallback = forced ? NaN : 0;
  switch (field.type.kind) {
    case 'bool':
      return builder.addFieldInt8(id, value === true ? 1 : 0, fallback);
    case 'i8':
    case 'u8':
      return builder.addFieldInt8(id, number, fallback);
    case 'i16':
    case 'u16':
      return builder.addFieldInt16(id, number, fallback);
    case 'i32':
    case 'u32':
      return builder.addFieldInt32(id, number, fallback);
    case 'f32':
      return builder.addFieldFloat32(id, number, fallback);
    case 'f64':
      return builder.addFieldFloat64(id, number, fallback);
    default: {
      const wide = BigInt(number);
      return builder.addFieldInt64(id, wide, forced ? wide + 1n : 0n);
    }
  }
}

function writeReference(
  builder: Builder,
  type: TypeDescriptor,
  value: unknown,
  style: OfficialStyle,
): number {
  switch (type.kind) {
    case 'utf8':
      // The Builder takes a shared empty string for an absent one.
      return style.shareStrings === true && value !== ''
        ? builder.createSharedString(value as string)
        : builder.createString(value as string);
    case 'bytes':
      return builder.createByteVector(value as Uint8Array);
    case 'record':
      return writeTable(builder, type.record, value as Record<string, unknown>, style);
    case 'list':
      return writeVector(builder, type.of, value as readonly unknown[], style);
    default:
      throw new Error(`${type.kind} lies inline`);
  }
}

function writeVector(
  builder: Builder,
  of: TypeDescriptor,
  values: readonly unknown[],
  style: OfficialStyle,
): number {
  if (!isInline(of)) {
    const offsets = values.map((value) => writeReference(builder, of, value, style));
    builder.startVector(4, offsets.length, 4);
    for (const offset of offsets.toReversed()) builder.addOffset(offset);
    return builder.endVector();
  }
  const width =
    { bool: 1, i8: 1, u8: 1, i16: 2, u16: 2, i32: 4, u32: 4, f32: 4 }[of.kind as 'i8'] ?? 8;
  builder.startVector(width, values.length, width);
  for (const value of values.toReversed()) addElement(builder, of, value);
  return builder.endVector();
}

function addElement(builder: Builder, of: TypeDescriptor, value: unknown): void {
  const number = value as number;
  switch (of.kind) {
    case 'bool':
      return builder.addInt8(value === true ? 1 : 0);
    case 'i8':
    case 'u8':
      return builder.addInt8(number);
    case 'i16':
    case 'u16':
      return builder.addInt16(number);
    case 'i32':
    case 'u32':
      return builder.addInt32(number);
    case 'f32':
      return builder.addFloat32(number);
    case 'f64':
      return builder.addFloat64(number);
    default:
      return builder.addInt64(BigInt(number));
  }
}
