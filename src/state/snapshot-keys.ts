/** Keys in snapshots: rows of a record type that is made from the key's parts, or generic values. */

import { EngineError } from '../base/index.ts';
import { compileCodec, recordFromDescriptor } from '../record/index.ts';
import type { KeyValue, RowCodec } from '../record/index.ts';
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { keyRecordFields, shapeOfTypes } from './key-shape.ts';
import type { KeyShape } from './key-shape.ts';
import type { KeyDescriptor } from './keyed-backend.ts';
import { putRow, RowScratch, ValueScratch } from './row-io.ts';

/** The one key of an operator none of whose inputs is keyed. */
export const ONE_KEY = 0;

/** Writes and reads the keys of one backend. */
export interface KeyCodec {
  readonly descriptor: KeyDescriptor;
  put(out: ByteWriter, key: KeyValue): void;
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
  return {
    descriptor: { type: type.descriptor, generic: false },
    put: (out, key) => {
      const parts = names.length === 1 ? [key] : (key as readonly KeyValue[]);
      for (let i = 0; i < names.length; i++) row[names[i]!] = parts[i]!;
      rows.take(row);
      putRow(out, rows.source, rows.at, rows.bytes);
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

/** Keys as values. */
export function valueKeyCodec(): KeyCodec {
  const values = new ValueScratch();
  return {
    descriptor: { type: values.codec.type.descriptor, generic: true },
    put: (out, key) => values.put(out, key),
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
