/**
 * Reads Parquet's hybrid of run lengths and bit-packed groups, a few values at a time.
 *
 * Encoding (parquet-format, Encodings.md): `varint header; header & 1 ? (header >> 1) groups of 8 bit-packed values,
 * least significant bit first : (header >> 1) repetitions of one value in ceil(width / 8) bytes`. Hot path of the Parquet
 * source: no allocation, each value one shift and one mask.
 */

/** Wider values do not fit the 32-bit window that is read at a value's first byte; they go bit by bit. */
const FAST_WIDTH_MAX = 25;

/** Owner: one column cursor. Bytes up to 4 behind the data must be readable (the buffer is padded). */
export class RleCursor {
  #bytes: Uint8Array = new Uint8Array(8);
  #at = 0;
  #width = 0;
  /** Values left of the current run; what they are is in `#value`, or bit-packed at `#bit`. */
  #runLeft = 0;
  #packedLeft = 0;
  #value = 0;
  /** Bit position of the next packed value within `#bytes`. */
  #bit = 0;

  /** Starts at `at` of `bytes`; `width` in bits, 0 … 32. A width of 0 means all values are 0. */
  reset(bytes: Uint8Array, at: number, width: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#width = width;
    this.#runLeft = width === 0 ? Infinity : 0;
    this.#packedLeft = 0;
    this.#value = 0;
  }

  /** Writes the next `count` values to `out` from index `to` on. @throws RangeError the data ends before */
  read(out: Int32Array, to: number, count: number): void {
    let at = to;
    const end = to + count;
    while (at < end) {
      if (this.#runLeft > 0) {
        const n = Math.min(end - at, this.#runLeft);
        out.fill(this.#value, at, at + n);
        this.#runLeft -= n;
        at += n;
      } else if (this.#packedLeft > 0) {
        const n = Math.min(end - at, this.#packedLeft);
        unpack(this.#bytes, this.#bit, this.#width, out, at, n);
        this.#bit += n * this.#width;
        this.#packedLeft -= n;
        at += n;
      } else {
        this.#nextRun();
      }
    }
  }

  /** Steps over `count` values. @throws RangeError the data ends before */
  skip(count: number): void {
    let left = count;
    while (left > 0) {
      if (this.#runLeft > 0) {
        const n = Math.min(left, this.#runLeft);
        this.#runLeft -= n;
        left -= n;
      } else if (this.#packedLeft > 0) {
        const n = Math.min(left, this.#packedLeft);
        this.#bit += n * this.#width;
        this.#packedLeft -= n;
        left -= n;
      } else {
        this.#nextRun();
      }
    }
  }

  /** Whether the next `count` values are one run of `value`; then they are read. */
  takeRun(value: number, count: number): boolean {
    if (this.#runLeft === 0 && this.#packedLeft === 0) this.#nextRun();
    if (this.#runLeft < count || this.#value !== value) return false;
    this.#runLeft -= count;
    return true;
  }

  #nextRun(): void {
    const bytes = this.#bytes;
    // Offsets into a packed group count in bits, so the group must lie within 2^31 bits.
    if (this.#at >= bytes.length) throw new RangeError('a page ends within its values');
    let header = 0;
    let shift = 0;
    let byte = 0;
    do {
      byte = bytes[this.#at++]!;
      header |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80 && shift < 35);
    if ((header & 1) === 1) {
      const groups = header >>> 1;
      this.#packedLeft = groups * 8;
      this.#bit = this.#at * 8;
      this.#at += groups * this.#width;
      return;
    }
    this.#runLeft = header >>> 1;
    let value = 0;
    for (let i = 0; i < this.#width; i += 8) value |= bytes[this.#at++]! << i;
    this.#value = value;
  }
}

/** Values of `width` bits from bit position `bit` on. */
function unpack(
  bytes: Uint8Array,
  bit: number,
  width: number,
  out: Int32Array,
  to: number,
  count: number,
): void {
  const end = to + count;
  if (Math.ceil((bit + count * width) / 8) + 4 > bytes.length) {
    throw new RangeError('a page ends within its values');
  }
  if (width <= FAST_WIDTH_MAX) {
    const mask = (1 << width) - 1;
    let byte = Math.floor(bit / 8);
    let shift = bit % 8;
    for (let i = to; i < end; i++) {
      const window =
        bytes[byte]! |
        (bytes[byte + 1]! << 8) |
        (bytes[byte + 2]! << 16) |
        (bytes[byte + 3]! << 24);
      out[i] = (window >>> shift) & mask;
      shift += width;
      byte += shift >> 3;
      shift &= 7;
    }
    return;
  }
  for (let i = to; i < end; i++) {
    let value = 0;
    for (let k = 0; k < width; k++) {
      const at = bit + (i - to) * width + k;
      value |= ((bytes[Math.floor(at / 8)]! >> (at % 8)) & 1) << k;
    }
    out[i] = value;
  }
}
