/**
 * What the keys of a key space consist of, and how they lie as words.
 *
 * A key is a fixed count of int32 words: one for bool, 8- to 32-bit integers and f32, two for 64-bit integers and f64, one
 * for utf8 and bytes (in a probe: where the vector begins; in a space: its reference in the arena). Floats are
 * normalised (one NaN, no -0), so that keys are equal exactly when their words and vectors are.
 *
 * Narrow integers are kept as int32, timestamps as i64: inputs that differ only there share a space.
 */

import { EngineError } from '../base/index.ts';
import { layoutOf, Memory } from '../record/index.ts';
import type {
  FieldDescriptor,
  FieldLayout,
  KeyValue,
  RecordType,
  TypeDescriptor,
} from '../record/index.ts';

/** The kinds that words are made of. */
export type PartKind = 'bool' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64' | 'utf8' | 'bytes';

/** One part of a key: a field it is made of. */
export interface KeyPart {
  readonly kind: PartKind;
  /** 64-bit integers only: whether user code sees bigints. */
  readonly bigint: boolean;
  /** First word of the part. */
  readonly word: number;
}

/** Parts of a key, in order. */
export interface KeyShape {
  readonly parts: readonly KeyPart[];
  readonly words: number;
  /** Equal exactly for shapes of the same kinds. */
  readonly signature: string;
}

/** The bits of the one NaN, by halves. */
export const NAN_F64_HIGH = 0x7ff80000;
export const NAN_F32 = 0x7fc00000;

/** The shape of the key made of these fields; undefined when one cannot be kept as words. */
export function keyShapeOf(type: RecordType, names: readonly string[]): KeyShape | undefined {
  const fields = keyLayoutsOf(type, names);
  return fields && shapeOfTypes(fields.map((field) => field.type));
}

/** The shape of a key of parts of these types; undefined when one is a list or a record. */
export function shapeOfTypes(types: readonly TypeDescriptor[]): KeyShape | undefined {
  const parts: KeyPart[] = [];
  let words = 0;
  for (const type of types) {
    const kind = partKindOf(type);
    if (kind === undefined) return undefined;
    parts.push({ kind, bigint: 'bigint' in type && type.bigint === true, word: words });
    words += isWide(kind) ? 2 : 1;
  }
  return { parts, words, signature: parts.map((part) => part.kind).join(',') };
}

/** The places of the key's fields; undefined when one is missing. */
export function keyLayoutsOf(
  type: RecordType,
  names: readonly string[],
): readonly FieldLayout[] | undefined {
  const { fields } = layoutOf(type.descriptor);
  const found = names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
  return found.length === names.length ? found : undefined;
}

/** Whether the part is a vector in the arena. */
export function isVector(kind: PartKind): boolean {
  return kind === 'utf8' || kind === 'bytes';
}

/** The record type that keys of this shape have in snapshots: fields `k0`, `k1`, … */
export function keyRecordFields(shape: KeyShape): readonly FieldDescriptor[] {
  return shape.parts.map(({ kind, bigint }, i) => ({
    name: `k${i}`,
    type: bigint ? { kind: kind as 'i64' | 'u64', bigint } : { kind },
    nullable: false,
    deprecated: false,
  }));
}

function partKindOf({ kind }: TypeDescriptor): PartKind | undefined {
  switch (kind) {
    case 'i8':
    case 'u8':
    case 'i16':
    case 'u16':
    case 'i32':
      return 'i32';
    case 'timestamp':
    case 'i64':
      return 'i64';
    case 'bool':
    case 'u32':
    case 'u64':
    case 'f32':
    case 'f64':
    case 'utf8':
    case 'bytes':
      return kind;
    case 'list':
    case 'record':
      return undefined;
  }
}

function isWide(kind: PartKind): boolean {
  return kind === 'i64' || kind === 'u64' || kind === 'f64';
}

const TWO_32 = 4294967296;
const F64 = new Float64Array(1);
const F32 = new Float32Array(F64.buffer);
const I32 = new Int32Array(F64.buffer);

/** Words of a key that came as a value, with its vectors beside them. */
export class KeyEncoder {
  /** The words of the last key encoded. */
  readonly words: Int32Array;
  /** Holds its vectors: length, bytes, zeros up to a multiple of 4. */
  memory: Memory = Memory.ofBytes(256);
  readonly #shape: KeyShape;
  readonly #operator: string;
  #top = 0;

  constructor(shape: KeyShape, operator: string) {
    this.#shape = shape;
    this.#operator = operator;
    this.words = new Int32Array(shape.words);
  }

  /** @throws ERR_STATE_KEY_TYPE the value is not of this shape */
  encode(key: KeyValue): void {
    const { parts } = this.#shape;
    this.#top = 0;
    if (parts.length === 1) return this.#part(parts[0]!, key, key);
    if (!Array.isArray(key) || key.length !== parts.length) return this.#fail(key);
    const values = key as readonly KeyValue[];
    for (let i = 0; i < parts.length; i++) this.#part(parts[i]!, values[i]!, key);
  }

  /** A hash of the key encoded last, continued from `seed`: int32. Equal keys have equal hashes. */
  hash(seed: number): number {
    const { words } = this;
    const { i32 } = this.memory;
    let h = seed | 0;
    for (const { kind, word } of this.#shape.parts) {
      if (isVector(kind)) {
        const at = words[word]!;
        const end = at + ((i32[at]! + 3) >> 2);
        for (let i = at; i <= end; i++) h = (Math.imul(31, h) + i32[i]!) | 0;
      } else {
        h = (Math.imul(31, h) + words[word]!) | 0;
        if (isWide(kind)) h = (Math.imul(31, h) + words[word + 1]!) | 0;
      }
    }
    return h;
  }

  #part({ kind, word }: KeyPart, value: KeyValue, key: KeyValue): void {
    const { words } = this;
    if (kind === 'utf8' && typeof value === 'string') {
      words[word] = this.#vector(Buffer.from(value.toWellFormed(), 'utf8'));
    } else if (kind === 'bytes' && value instanceof Uint8Array) words[word] = this.#vector(value);
    else if (kind === 'bool' && typeof value === 'boolean') words[word] = value ? 1 : 0;
    else if (typeof value === 'bigint' && (kind === 'i64' || kind === 'u64')) {
      words[word] = Number(BigInt.asIntN(32, value));
      words[word + 1] = Number(BigInt.asIntN(32, value >> 32n));
    } else if (typeof value !== 'number') this.#fail(key);
    else if (kind === 'f64') {
      F64[0] = value + 0;
      words[word] = value === value ? I32[0]! : 0;
      words[word + 1] = value === value ? I32[1]! : NAN_F64_HIGH;
    } else if (kind === 'f32') {
      F32[0] = value;
      F32[0] += 0;
      words[word] = value === value ? I32[0]! : NAN_F32;
    } else if (!Number.isInteger(value)) this.#fail(key);
    else if (kind === 'i32' || kind === 'u32') {
      if ((kind === 'i32' ? value | 0 : value >>> 0) !== value + 0) this.#fail(key);
      words[word] = value;
    } else if (kind === 'i64' || kind === 'u64') {
      if (Math.abs(value) > 2 ** 53 || (kind === 'u64' && value < 0)) this.#fail(key);
      const high = Math.floor(value / TWO_32);
      words[word] = value - high * TWO_32;
      words[word + 1] = high;
    } else this.#fail(key);
  }

  #vector(bytes: Uint8Array): number {
    const at = this.#top;
    const end = at + 4 + ((bytes.length + 3) & ~3);
    if (end > this.memory.u8.length) {
      const larger = Memory.ofBytes(((2 * end) | 7) + 1);
      larger.u8.set(this.memory.u8.subarray(0, at));
      this.memory = larger;
    }
    this.memory.i32[at >> 2] = bytes.length;
    this.memory.u8.set(bytes, at + 4);
    this.memory.u8.fill(0, at + 4 + bytes.length, end);
    this.#top = end;
    return at >> 2;
  }

  #fail(key: unknown): never {
    const expected = this.#shape.parts.map((part) => part.kind).join(', ');
    failKeyType(this.#operator, expected, typeof key === 'bigint' ? `${key}n` : key);
  }
}

/** The value of a part from its words; vectors are decoded by the space. @throws ERR_STATE_KEY_TYPE beyond ±2^53 */
export function scalarOf(part: KeyPart, low: number, high: number, operator: string): KeyValue {
  switch (part.kind) {
    case 'bool':
      return low !== 0;
    case 'u32':
      return low >>> 0;
    case 'f32':
      I32[0] = low;
      return F32[0]!;
    case 'f64':
      I32[0] = low;
      I32[1] = high;
      return F64[0]!;
    case 'i64':
    case 'u64': {
      const top = part.kind === 'u64' ? high >>> 0 : high;
      if (part.bigint) return (BigInt(top) << 32n) | BigInt(low >>> 0);
      const value = top * TWO_32 + (low >>> 0);
      if (Math.abs(value) > 2 ** 53) failKeyType(operator, 'an integer within ±2^53', value);
      return value;
    }
    case 'i32':
    case 'utf8':
    case 'bytes':
      return low;
  }
}

/** @throws ERR_STATE_KEY_TYPE always */
export function failKeyType(operator: string, expected: string, got: unknown): never {
  throw new EngineError('ERR_STATE_KEY_TYPE', { operator, expected, got }, { place: { operator } });
}
