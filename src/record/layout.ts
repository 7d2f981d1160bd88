/**
 * Where the bytes of a row lie: one fixed layout for each record type.
 *
 * A row is a FlatBuffers buffer of its own, 8-byte aligned and a multiple of 8 bytes long. Every field has one constant
 * offset from the start of the row, whatever the row holds, so that generated code needs no vtable to find it.
 * `Trade { price: f64, size: i32, venue: utf8?, ask: bool }`:
 *
 *      0  [ root: 16                     ]  uint32  offset of the table
 *      4  [ vtable bytes 12 | table 24   ]  uint16 each
 *      8  [ entry 0: 8      | entry 1: 4 ]  uint16 each: field offsets within the table, in order of ids;
 *     12  [ entry 2: 16     | entry 3: 20 ]  0 says "null" (nullable fields) or "deprecated"
 *     16  [ 12                           ]  int32   the table begins: distance back to the vtable
 *     20  [ size                         ]  int32   fills the gap before the 8-byte field
 *     24  [ price                        ]  float64
 *     32  [ venue: 8                     ]  uint32  distance to the text, or 0
 *     36  [ ask | 0 | 0 | 0              ]  uint8
 *     40  [ 4 ] [ X P A R ] [ NUL 0 0 0 ]   variable part: length, bytes, NUL; texts, vectors, records by order of ids
 *     52  [ 0 0 0 0 ]                        up to a multiple of 8
 *
 * - A null field keeps its inline place (zeros) and has vtable entry 0, so one uint16 at a constant offset tells.
 * - A field that is not null always has its entry: defaults are never left out.
 * - Gaps and padding are zero: equal rows have equal bytes, and texts can be compared by words.
 * - A nested record is a whole row of its own behind an 8-byte frame header (its length), so that a view, a copy or a
 *   key of it works as for any row; the offset points to its table.
 *
 * Laws (tested in test/record/layout.property.test.ts): fields do not overlap, are aligned to their width, and take as
 * few bytes as alignment allows to within one gap of 4.
 */

import { alignUp } from '../base/index.ts';
import type { FieldDescriptor, RecordDescriptor, TypeDescriptor } from './record-type.ts';
import { inlineBytesOf, isReference } from './wire.ts';

/** The place of one field. Offsets are in bytes from the start of the row. */
export interface FieldLayout {
  /** Field id: the position in the declaration. */
  readonly id: number;
  readonly name: string;
  readonly type: TypeDescriptor;
  readonly nullable: boolean;
  /** Of the inline value, a multiple of `width`. */
  readonly offset: number;
  /** Bytes of the inline value: 1, 2, 4 or 8. */
  readonly width: number;
  /** Of the uint16 in the vtable that is 0 when the field is null. */
  readonly entry: number;
}

/** The places of all fields of a record type. */
export interface RowLayout {
  readonly name: string;
  /** Fields that rows have, in order of ids; deprecated ones are left out. */
  readonly fields: readonly FieldLayout[];
  /** Of the table, from the start of the row; a multiple of 4. */
  readonly tableAt: number;
  /** The constant words at the start of the row, up to and including the table's first. */
  readonly header: Int32Array;
  /** Offsets of the 4-byte words of the inline part that fields do not cover whole; zeroed before the fields. */
  readonly gaps: readonly number[];
  /** Where the inline part ends and the variable part begins; a multiple of 4. */
  readonly inlineBytes: number;
  /** Bytes of every row when there is no variable part, else 0; a multiple of 8. */
  readonly fixedBytes: number;
}

const layouts = new WeakMap<RecordDescriptor, RowLayout>();

/**
 * The layout of a record type; the same object for the same descriptor.
 *
 * @example
 * layoutOf(record('Point', { x: i32, y: i32, z: i32 }).descriptor).fixedBytes; // 32
 */
export function layoutOf(descriptor: RecordDescriptor): RowLayout {
  let layout = layouts.get(descriptor);
  if (layout === undefined) {
    layout = makeLayout(descriptor);
    layouts.set(descriptor, layout);
  }
  return layout;
}

function makeLayout(descriptor: RecordDescriptor): RowLayout {
  const vtableBytes = 4 + 2 * descriptor.fields.length;
  const tableAt = alignUp(4 + vtableBytes, 4);
  const { offsets, end } = placeFields(descriptor.fields, tableAt + 4);
  const inlineBytes = alignUp(end, 4);
  const fields: FieldLayout[] = [];
  for (const [id, { name, type, nullable, deprecated }] of descriptor.fields.entries()) {
    if (deprecated) continue;
    const width = inlineBytesOf(type);
    fields.push({ id, name, type, nullable, offset: offsets[id]!, width, entry: 8 + 2 * id });
  }
  const header = new Int32Array(tableAt / 4 + 1);
  const halves = new Uint16Array(header.buffer);
  header[0] = tableAt;
  halves[2] = vtableBytes;
  halves[3] = inlineBytes - tableAt;
  for (const { entry, offset } of fields) halves[entry / 2] = offset - tableAt;
  header[tableAt / 4] = tableAt - 4;
  return {
    name: descriptor.name,
    fields,
    tableAt,
    header,
    gaps: gapsOf(fields, tableAt + 4, inlineBytes),
    inlineBytes,
    fixedBytes: fields.some(({ type }) => isReference(type)) ? 0 : alignUp(inlineBytes, 8),
  };
}

/** At each place the widest field that is aligned there, in order of ids among equals; a gap only when none is. */
function placeFields(
  fields: readonly FieldDescriptor[],
  start: number,
): { readonly offsets: readonly number[]; readonly end: number } {
  const waiting = fields
    .map(({ type, deprecated }, id) => ({ id, width: deprecated ? 0 : inlineBytesOf(type) }))
    .filter(({ width }) => width > 0)
    .toSorted((a, b) => b.width - a.width);
  const offsets: number[] = [];
  let at = start;
  while (waiting.length > 0) {
    const index = waiting.findIndex(({ width }) => at % width === 0);
    if (index < 0) {
      at++;
      continue;
    }
    const [{ id, width }] = waiting.splice(index, 1) as [{ id: number; width: number }];
    offsets[id] = at;
    at += width;
  }
  return { offsets, end: at };
}

function gapsOf(fields: readonly FieldLayout[], start: number, end: number): number[] {
  const covered = new Uint8Array(end);
  for (const { offset, width } of fields) covered.fill(1, offset, offset + width);
  const gaps: number[] = [];
  for (let at = start; at < end; at += 4) {
    if (covered.subarray(at, at + 4).includes(0)) gaps.push(at);
  }
  return gaps;
}
