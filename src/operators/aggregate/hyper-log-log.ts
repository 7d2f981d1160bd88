/**
 * HyperLogLog: how many different values, in a few KiB whatever their number.
 *
 * A hash of 64 bits chooses one of 2^p registers by p bits; the register keeps the largest number of leading zeros seen in
 * the others. Up to {@link SPARSE_MAX} values the hashes themselves are kept, and the count is exact but for collisions.
 *
 * Laws (test/operators/aggregate/hyper-log-log.property.test.ts):
 *  1. The standard error of `cardinalityOf` is 1.04 / sqrt(2^p): 1.6 % at p = 12; estimates are tested to 5 of them.
 *  2. Merging gives the estimate of the union; adding a value twice changes nothing.
 *
 * Source: Flajolet et al., "HyperLogLog", 2007, with linear counting for small numbers; Ertl, "New cardinality estimation
 * algorithms for HyperLogLog sketches", 2017, for the estimator, which needs no bias tables.
 */

/** Values kept as hashes before registers take their place. */
export const SPARSE_MAX = 128;

/** A sketch: plain data that structured clone can copy. */
export interface HyperLogLog {
  readonly precision: number;
  /** Pairs of hash words of different values, while there are few. */
  sparse: Int32Array;
  /** Values in `sparse`. */
  count: number;
  /** One byte each; empty while sparse. */
  registers: Uint8Array;
}

/** A sketch without values. @param precision 4 .. 16 */
export function createHll(precision: number): HyperLogLog {
  return { precision, sparse: new Int32Array(0), count: 0, registers: new Uint8Array(0) };
}

/** Adds a value by its two hash words. */
export function addHash(sketch: HyperLogLog, high: number, low: number): void {
  if (sketch.registers.length > 0) {
    setRegister(sketch, high, low);
    return;
  }
  const { sparse, count } = sketch;
  for (let i = 0; i < 2 * count; i += 2) {
    if (sparse[i] === high && sparse[i + 1] === low) return;
  }
  if (count === SPARSE_MAX) {
    densify(sketch);
    setRegister(sketch, high, low);
    return;
  }
  if (2 * count === sparse.length) {
    sketch.sparse = new Int32Array(Math.max(8, 2 * sparse.length));
    sketch.sparse.set(sparse);
  }
  sketch.sparse[2 * count] = high;
  sketch.sparse[2 * count + 1] = low;
  sketch.count++;
}

/** Adds the values of `from`, a sketch of the same precision. */
export function mergeHll(into: HyperLogLog, from: HyperLogLog): void {
  if (from.registers.length === 0) {
    for (let i = 0; i < 2 * from.count; i += 2) addHash(into, from.sparse[i]!, from.sparse[i + 1]!);
    return;
  }
  if (into.registers.length === 0) densify(into);
  const { registers } = into;
  for (let i = 0; i < registers.length; i++) {
    if (from.registers[i]! > registers[i]!) registers[i] = from.registers[i]!;
  }
}

/** The estimate, rounded to an integer. */
export function cardinalityOf({ registers, count, precision }: HyperLogLog): number {
  const m = registers.length;
  if (m === 0) return count;
  const q = 64 - precision;
  const histogram = new Float64Array(q + 2);
  for (const register of registers) histogram[register]!++;
  let z = m * tau(1 - histogram[q + 1]! / m);
  for (let k = q; k >= 1; k--) z = 0.5 * (z + histogram[k]!);
  z += m * sigma(histogram[0]! / m);
  return Math.round((m * m) / (2 * Math.LN2 * z));
}

/** Bytes of a sketch. */
export function hllBytes({ sparse, registers }: HyperLogLog): number {
  return 200 + sparse.length * 4 + registers.length;
}

const doubles = new Float64Array(1);
const words = new Int32Array(doubles.buffer);

/**
 * Adds a value: a number (-0 as 0, every NaN as one), text, boolean, bigint or bytes.
 */
export function addDistinct(sketch: HyperLogLog, value: unknown): void {
  let a: number;
  let b: number;
  if (typeof value === 'number') {
    doubles[0] = value === 0 ? 0 : value !== value ? NaN : value;
    a = words[0]!;
    b = words[1]!;
  } else {
    const text = value instanceof Uint8Array ? value.join() : `${typeof value}${String(value)}`;
    a = 0xdeadbeef | 0;
    b = 0x41c6ce57;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x9e3779b1);
      b = Math.imul(b ^ unit, 0x5f356495);
    }
  }
  // Two rounds of murmur's mixing over both words.
  let high = mix(a ^ Math.imul(b, 0x85ebca6b));
  let low = mix(b ^ Math.imul(high, 0xc2b2ae35));
  high = mix(high ^ Math.imul(low, 0x27d4eb2f));
  low = mix(low + 0x9e3779b9);
  addHash(sketch, high, low);
}

function mix(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) | 0;
}

function setRegister({ registers, precision }: HyperLogLog, high: number, low: number): void {
  const index = high >>> (32 - precision);
  const rest = high << precision;
  const zeros = rest !== 0 ? Math.clz32(rest) : 32 - precision + Math.clz32(low);
  const rank = Math.min(zeros, 64 - precision) + 1;
  if (rank > registers[index]!) registers[index] = rank;
}

function densify(sketch: HyperLogLog): void {
  const { sparse, count } = sketch;
  sketch.registers = new Uint8Array(2 ** sketch.precision);
  for (let i = 0; i < 2 * count; i += 2) setRegister(sketch, sparse[i]!, sparse[i + 1]!);
  sketch.sparse = new Int32Array(0);
  sketch.count = 0;
}

/** x + sum of x^(2^k) 2^(k-1): what empty registers contribute. */
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let power = x;
  let y = 1;
  let z = x;
  for (let before = -1; before !== z;) {
    power *= power;
    before = z;
    z += power * y;
    y += y;
  }
  return z;
}

/** What full registers contribute. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let y = 1;
  let z = 1 - x;
  for (let before = -1; before !== z;) {
    root = Math.sqrt(root);
    before = z;
    y *= 0.5;
    z -= (1 - root) ** 2 * y;
  }
  return z / 3;
}
