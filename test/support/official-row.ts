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
  const { kind } = field.type;
  const number = Number(value);
  const fallback = field.nullable ? NaN : 0;
  if (kind === 'bool' || kind === 'i8' || kind === 'u8') {
    builder.addFieldInt8(id, number, fallback);
  } else if (kind === 'i16' || kind === 'u16') builder.addFieldInt16(id, number, fallback);
  else if (kind === 'i32' || kind === 'u32') builder.addFieldInt32(id, number, fallback);
  else if (kind === 'f32') builder.addFieldFloat32(id, number, fallback);
  else if (kind === 'f64') builder.addFieldFloat64(id, number, fallback);
  else {
    const wide = BigInt(value as number | bigint);
    builder.addFieldInt64(id, wide, field.nullable ? wide + 1n : 0n);
  }
}

function writeReference(
  builder: Builder,
  type: TypeDescriptor,
  value: unknown,
  style: OfficialStyle,
): number {
  if (type.kind === 'utf8') {
    // The Builder takes a shared empty string for an absent one.
    return style.shareStrings === true && value !== ''
      ? builder.createSharedString(value as string)
      : builder.createString(value as string);
  }
  if (type.kind === 'bytes') return builder.createByteVector(value as Uint8Array);
  if (type.kind === 'record') {
    return writeTable(builder, type.record, value as Record<string, unknown>, style);
  }
  if (type.kind !== 'list') throw new Error(`${type.kind} lies inline`);
  return writeVector(builder, type.of, value as readonly unknown[], style);
}

function writeVector(
  builder: Builder,
  of: TypeDescriptor,
  values: readonly unknown[],
  style: OfficialStyle,
): number {
  if (isInline(of)) {
    const width = WIDTHS[of.kind] ?? 8;
    builder.startVector(width, values.length, width);
    for (const value of values.toReversed()) addElement(builder, of.kind, value);
  } else {
    const offsets = values.map((value) => writeReference(builder, of, value, style));
    builder.startVector(4, offsets.length, 4);
    for (const offset of offsets.toReversed()) builder.addOffset(offset);
  }
  return builder.endVector();
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
};

function addElement(builder: Builder, kind: string, value: unknown): void {
  const number = Number(value);
  if (kind === 'bool' || kind === 'i8' || kind === 'u8') builder.addInt8(number);
  else if (kind === 'i16' || kind === 'u16') builder.addInt16(number);
  else if (kind === 'i32' || kind === 'u32') builder.addInt32(number);
  else if (kind === 'f32') builder.addFloat32(number);
  else if (kind === 'f64') builder.addFloat64(number);
  else builder.addInt64(BigInt(value as number | bigint));
}
