/**
 * Recognises the one form that our codecs write (see layout.ts), so that such rows are copied instead of transcoded.
 *
 * Laws (tested in test/record/transcode.property.test.ts):
 *  1. Every row that a codec writes is canonical.
 *  2. A canonical row has the bytes that a codec writes for the same values, but for how a NaN or a broken text is spelt.
 */

import { alignUp } from '../base/index.ts';
import { layoutOf } from './layout.ts';
import type { FieldLayout, RowLayout } from './layout.ts';
import type { Memory } from './memory.ts';
import type { TypeDescriptor } from './record-type.ts';
import { inlineBytesOf, isReference } from './wire.ts';

/** Not canonical. */
const NO = -1;

/**
 * Whether the row at `at` has the constant offsets that generated code of this layout relies on: its root, its vtable
 * (with 0 where a nullable field is null) and its table's first word, compared as words. Says nothing of the variable
 * part; enough for bytes that one of our codecs wrote, perhaps for another version of the type.
 *
 * @param at a multiple of 8; the row need not fit the memory
 */
export function isCanonical(memory: Memory, at: number, layout: RowLayout): boolean {
  const { i32 } = memory;
  const { header } = layout;
  const nullable = nullableBitsOf(layout);
  const first = at >> 2;
  for (let index = 0; index < header.length; index++) {
    const got = i32[first + index];
    if (got === undefined) return false;
    const wrong = got ^ header[index]!;
    if (wrong === 0) continue;
    // A half that differs must belong to a nullable field and be 0.
    const bits = nullable[index]!;
    if ((wrong & 0xffff) !== 0 && ((bits & 0xffff) === 0 || (got & 0xffff) !== 0)) return false;
    if (wrong >>> 16 !== 0 && (bits >>> 16 === 0 || got >>> 16 !== 0)) return false;
  }
  return true;
}

/**
 * Bytes of the row at `at` if it is canonical in full: places, order and padding of everything, nested records too;
 * else -1. Safe on any bytes; those of texts are not looked at.
 *
 * @param at a multiple of 8
 * @param end the row must end by here
 */
export function canonicalBytes(
  memory: Memory,
  at: number,
  layout: RowLayout,
  end: number = memory.u8.length,
): number {
  if (at + layout.inlineBytes > end || !isCanonical(memory, at, layout)) return NO;
  const { u8, u16 } = memory;
  for (const gap of gapBytesOf(layout)) if (u8[at + gap] !== 0) return NO;
  let p = at + layout.inlineBytes;
  for (const field of layout.fields) {
    const slot = at + field.offset;
    if (u16[(at + field.entry) >> 1] === 0) {
      if (!isZero(u8, slot, slot + field.width)) return NO;
    } else if (isReference(field.type)) {
      p = referenceEnd(memory, slot, p, field.type, end);
      if (p === NO) return NO;
    } else if (field.type.kind === 'bool' && u8[slot]! > 1) {
      return NO;
    }
  }
  const padded = alignUp(p, 8);
  return padded <= end && isZero(u8, p, padded) ? padded - at : NO;
}

/** Where the variable part goes on after the value whose offset lies at `slot`; it must begin at `p`. */
function referenceEnd(
  memory: Memory,
  slot: number,
  p: number,
  type: TypeDescriptor,
  end: number,
): number {
  const { u8, i32 } = memory;
  if (type.kind === 'record') {
    const frame = alignUp(p, 8);
    const layout = layoutOf(type.record);
    if (!isZero(u8, p, frame) || slot + i32[slot >> 2]! !== frame + 8 + layout.tableAt) return NO;
    const bytes = canonicalBytes(memory, frame + 8, layout, end);
    if (bytes === NO || i32[frame >> 2] !== bytes || i32[(frame >> 2) + 1] !== 0) return NO;
    return frame + 8 + bytes;
  }
  const width = type.kind === 'list' ? inlineBytesOf(type.of) : 1;
  const start = width === 8 ? alignUp(p + 4, 8) - 4 : p;
  if (start + 4 > end || !isZero(u8, p, start) || slot + i32[slot >> 2]! !== start) return NO;
  const count = i32[start >> 2]!;
  const first = start + 4;
  const last = first + count * width;
  if (count < 0 || last > end) return NO;
  if (type.kind === 'list' && isReference(type.of)) {
    let next = last;
    for (let element = first; element < last && next !== NO; element += 4) {
      next = referenceEnd(memory, element, next, type.of, end);
    }
    return next;
  }
  if (type.kind === 'list' && type.of.kind === 'bool') {
    for (let element = first; element < last; element++) if (u8[element]! > 1) return NO;
  }
  const padded = alignUp(type.kind === 'utf8' ? last + 1 : last, 4);
  return padded <= end && isZero(u8, last, padded) ? padded : NO;
}

function isZero(u8: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (u8[at] !== 0) return false;
  return true;
}

const nullableBits = new WeakMap<RowLayout, Int32Array>();

/** For each word of the header, ones where the vtable entry of a nullable field lies. */
function nullableBitsOf(layout: RowLayout): Int32Array {
  let bits = nullableBits.get(layout);
  if (bits === undefined) {
    bits = new Int32Array(layout.header.length);
    const halves = new Uint16Array(bits.buffer);
    for (const { nullable, entry } of layout.fields) if (nullable) halves[entry >> 1] = 0xffff;
    nullableBits.set(layout, bits);
  }
  return bits;
}

const gapBytes = new WeakMap<RowLayout, readonly number[]>();

/** Offsets of the inline bytes that belong to no field. */
function gapBytesOf(layout: RowLayout): readonly number[] {
  let offsets = gapBytes.get(layout);
  if (offsets === undefined) {
    const covers = ({ offset, width }: FieldLayout, at: number): boolean =>
      at >= offset && at < offset + width;
    offsets = layout.gaps
      .flatMap((word) => [word, word + 1, word + 2, word + 3])
      .filter((at) => !layout.fields.some((field) => covers(field, at)));
    gapBytes.set(layout, offsets);
  }
  return offsets;
}
