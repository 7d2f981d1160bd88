/** Keys in snapshots: rows of a record type that is made from the key's parts, or generic values. */

import { EngineError } from '../base/index.ts';
import { compileCodec, layoutOf, recordFromDescriptor } from '../record/index.ts';
import type { KeyValue, RecordDescriptor, RowCodec } from '../record/index.ts';
import { ByteWriter } from './byte-stream.ts';
import type { ByteReader } from './byte-stream.ts';
import { isVector, keyRecordFields, shapeOfTypes } from './key-shape.ts';
import type { KeyShape } from './key-shape.ts';
import type { KeyDescriptor } from './keyed-backend.ts';
import { putRow, RowScratch, ValueScratch } from './row-io.ts';

/** The one key of an operator none of whose inputs is keyed. */
export const ONE_KEY = 0;

/** Keys that are held, by id. */
export interface HeldKeys {
  keyOf(id: number): KeyValue;
  /** The words of a key that has no vectors (key-shape.ts), valid until the next call; missing where they are not at hand. */
  readonly wordsOf?: ((id: number) => Int32Array) | undefined;
}

/** Writes and reads the keys of one backend. */
export interface KeyCodec {
  readonly descriptor: KeyDescriptor;
  put(out: ByteWriter, key: KeyValue): void;
  /** `put` of a key that is held. */
  putOf(out: ByteWriter, keys: HeldKeys, id: number): void;
  /** @throws ERR_STATE_SNAPSHOT */
  get(source: ByteReader): KeyValue;
  /** Undefined when keys so described can be read here; else what they are. */
  whyUnreadable(from: KeyDescriptor): string | undefined;
}

/** Keys as rows with the fields `k0`, `k1`, …. */
export function rowKeyCodec(shape: KeyShape): KeyCodec {
  const type = recordFromDescriptor({ name: 'Key', fields: keyRecordFields(shape) });
  const codec = compileCodec(type) as RowCodec<Record<string, KeyValue>>;
  const rows = new RowScratch(codec as RowCodec);
  const names = shape.parts.map((_, i) => `k${i}`);
  const row: Record<string, KeyValue> = Object.fromEntries(names.map((name) => [name, 0]));
  const put = (out: ByteWriter, key: KeyValue): void => {
    const parts = names.length === 1 ? [key] : (key as readonly KeyValue[]);
    for (let i = 0; i < names.length; i++) row[names[i]!] = canonical(parts[i]!);
    rows.take(row);
    putRow(out, rows.source, rows.at, rows.bytes);
  };
  const putWords = wordsWriter(shape, type.descriptor, put);
  return {
    descriptor: { type: type.descriptor, generic: false },
    put,
    putOf: (out, keys, id) => {
      const { wordsOf } = keys;
      if (putWords !== undefined && wordsOf !== undefined) putWords(out, wordsOf(id));
      else put(out, keys.keyOf(id));
    },
    get: (source) => {
      rows.load(source);
      const found = codec.read(rows.source, rows.at);
      return names.length === 1 ? found['k0']! : names.map((name) => found[name]!);
    },
    whyUnreadable: (from) => {
      const stored = from.generic ? undefined : shapeOfTypes(from.type.fields.map((f) => f.type));
      return stored?.signature === shape.signature ? undefined : describeKey(from);
    },
  };
}

/** Equal keys have equal bytes: one NaN, and no -0. */
function canonical(part: KeyValue): KeyValue {
  if (typeof part !== 'number') return part;
  return part === part ? part + 0 : Number.NaN;
}

/** Writes keys of scalars from their words: a row is the same for all keys but for those. Undefined for keys with vectors. */
function wordsWriter(
  shape: KeyShape,
  descriptor: RecordDescriptor,
  put: KeyCodec['put'],
): ((out: ByteWriter, key: Int32Array) => void) | undefined {
  const { parts } = shape;
  if (parts.some(({ kind }) => isVector(kind))) return undefined;
  const scratch = new ByteWriter();
  const zero = parts.map(({ kind, bigint }): KeyValue => {
    if (kind === 'bool') return false;
    return bigint ? 0n : 0;
  });
  put(scratch, zero.length === 1 ? zero[0]! : zero);
  // The length, and a row of whole words.
  const row = new Int32Array(scratch.toBytes().buffer);
  const { fields } = layoutOf(descriptor);
  const bools: [number, number][] = [];
  const words: [number, number][] = [];
  parts.forEach(({ kind, word }, i) => {
    const { offset } = fields.find(({ name }) => name === `k${i}`)!;
    // The length stands before the row.
    if (kind === 'bool') bools.push([4 + offset, word]);
    else words.push([4 + offset, word]);
    if (kind === 'i64' || kind === 'u64' || kind === 'f64') words.push([8 + offset, word + 1]);
  });
  return (out, key) => {
    const at = out.length;
    out.putWords(row, 0, row.length);
    for (let i = 0; i < words.length; i++) out.patchI32(at + words[i]![0], key[words[i]![1]]!);
    for (let i = 0; i < bools.length; i++) out.patchU8(at + bools[i]![0], key[bools[i]![1]]!);
  };
}

/** Keys as values. */
export function valueKeyCodec(): KeyCodec {
  const values = new ValueScratch();
  return {
    descriptor: { type: values.codec.type.descriptor, generic: true },
    put: (out, key) => values.put(out, key),
    putOf: (out, keys, id) => values.put(out, keys.keyOf(id)),
    get: (source) => values.get(source) as KeyValue,
    whyUnreadable: (from) => (from.generic ? undefined : describeKey(from)),
  };
}

/** What keys are, for messages. */
export function describeKey(key: KeyDescriptor): string {
  if (key.generic) return 'values of a key function';
  return `fields of ${key.type.fields.map(({ type }) => type.kind).join(', ')}`;
}

/** @throws ERR_STATE_KEY_TYPE the keys of the snapshot cannot be read by this codec */
export function requireKeys(codec: KeyCodec, from: KeyDescriptor, operator: string): void {
  const got = codec.whyUnreadable(from);
  if (got === undefined) return;
  const expected = describeKey(codec.descriptor);
  throw new EngineError('ERR_STATE_KEY_TYPE', { operator, expected, got }, { place: { operator } });
}
