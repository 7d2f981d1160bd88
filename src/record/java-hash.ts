/** Java's `hashCode` of the values that keys are made of, as int32. */

const F64 = new Float64Array(1);
const F32 = new Float32Array(F64.buffer);
const I32 = new Int32Array(F64.buffer);

/** `Boolean.hashCode`. */
export function hashBoolean(value: boolean): number {
  return value ? 1231 : 1237;
}

/** `Long.hashCode` of an integer within ±2^53. */
export function hashLong(value: number): number {
  if ((value | 0) === value) return value ^ (value >> 31);
  const high = Math.floor(value / 4294967296);
  return (value - high * 4294967296) ^ high;
}

/** `Long.hashCode` of the low 64 bits. */
export function hashBigInt(value: bigint): number {
  return Number(BigInt.asIntN(32, value)) ^ Number(BigInt.asIntN(32, value >> 32n));
}

/** `Double.hashCode`; NaN is canonical, and -0 hashes as 0 (in Java it does not). */
export function hashDouble(value: number): number {
  if (value === 0) return 0;
  if (value !== value) return 0x7ff80000;
  F64[0] = value;
  return I32[0]! ^ I32[1]!;
}

/** `Float.hashCode` of the value rounded to 32 bits; NaN is canonical, and -0 hashes as 0 (in Java it does not). */
export function hashFloat(value: number): number {
  if (value !== value) return 0x7fc00000;
  F32[0] = value;
  return F32[0] === 0 ? 0 : I32[0]!;
}

/** `String.hashCode`, over UTF-16 units; lone surrogates count as U+FFFD, which is what rows keep of them. */
export function hashText(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if ((unit & 0xf800) === 0xd800) return hashUnits(text.toWellFormed());
    h = (Math.imul(31, h) + unit) | 0;
  }
  return h;
}

function hashUnits(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = (Math.imul(31, h) + text.charCodeAt(i)) | 0;
  return h;
}

/** `String.hashCode` of the text that these UTF-8 bytes encode, without decoding it. */
export function hashUtf8(u8: Uint8Array, start: number, length: number): number {
  const end = start + length;
  let h = 0;
  for (let i = start; i < end; i++) {
    const byte = u8[i]!;
    if (byte > 0x7f) return hashWide(u8, start, i, end, h);
    h = (Math.imul(31, h) + byte) | 0;
  }
  return h;
}

/** The rest of a text from `i` on; bytes that are not UTF-8 are left to the decoder. */
function hashWide(u8: Uint8Array, start: number, i: number, end: number, h: number): number {
  while (i < end) {
    const lead = u8[i]!;
    const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    let point = size === 1 ? lead : lead & (0xff >> (size + 1));
    let valid = i + size <= end && (size === 1 || (lead >= 0xc2 && lead <= 0xf4));
    for (let k = 1; valid && k < size; k++) {
      const byte = u8[i + k]!;
      valid = (byte & 0xc0) === 0x80;
      point = (point << 6) | (byte & 0x3f);
    }
    valid &&= size < 3 || (size === 3 ? point >= 0x800 && point >> 11 !== 0x1b : point >= 0x10000);
    if (!valid || point > 0x10ffff) {
      return hashText(Buffer.from(u8.buffer, u8.byteOffset + start, end - start).toString('utf8'));
    }
    if (point >= 0x10000) {
      h = (Math.imul(31, h) + 0xd7c0 + (point >> 10)) | 0;
      h = (Math.imul(31, h) + (0xdc00 | (point & 0x3ff))) | 0;
    } else {
      h = (Math.imul(31, h) + point) | 0;
    }
    i += size;
  }
  return h;
}

/** `Arrays.hashCode(byte[])`: Java's bytes are signed. */
export function hashByteVector(u8: Uint8Array, start: number, length: number): number {
  let h = 1;
  for (let i = start; i < start + length; i++) h = (Math.imul(31, h) + ((u8[i]! << 24) >> 24)) | 0;
  return h;
}
