/** Rows and keys of snapshots as plain values, and back. */

import { compileCodec, Memory, recordFromDescriptor } from '../record/index.ts';
import type { KeyValue, RecordDescriptor } from '../record/index.ts';
import { ByteReader, valueScratch } from '../state/index.ts';
import type { ByteWriter, KeyedSnapshot } from '../state/index.ts';

/** Both ways of one kind of value. Law (test/savepoint/part-values.property.test.ts): `read` gives what `write` was given. */
export interface ValueForm {
  read(source: ByteReader): unknown;
  /** @throws ERR_RECORD_VALUE, ERR_RECORD_UNCLONEABLE */
  write(value: unknown, out: ByteWriter): void;
}

/** Bytes before a row in memory. */
const ROW_AT = 8;

/** Any value that structured clone can copy. */
export const HEAP_VALUE: ValueForm = {
  read: (source) => valueScratch().get(source),
  write: (value, out) => valueScratch().put(out, value),
};

/** Rows of a record type, as it was when they were written. */
export function rowForm(type: RecordDescriptor): ValueForm {
  const codec = compileCodec(recordFromDescriptor(type));
  return {
    read: (source) => {
      const bytes = source.bytes();
      const memory = Memory.ofBytes(ROW_AT + Math.ceil(bytes.length / 8) * 8);
      memory.u8.set(bytes, ROW_AT);
      memory.i32[0] = bytes.length;
      return codec.read(memory, ROW_AT);
    },
    write: (value, out) => {
      const memory = Memory.ofBytes(ROW_AT + Math.ceil(codec.boundOf(value) / 8) * 8);
      const bytes = codec.write(value, memory, ROW_AT);
      out.putSlice(memory.u8, ROW_AT, bytes);
    },
  };
}

/** Keys that are rows of the fields `k0`, `k1`, …: one value, or a list of several. */
export function keyRowForm(type: RecordDescriptor): ValueForm {
  const rows = rowForm(type);
  const names = type.fields.map(({ name }) => name);
  return {
    read: (source) => {
      const parts = Object.values(rows.read(source) as Record<string, unknown>);
      return parts.length === 1 ? parts[0] : parts;
    },
    write: (key, out) => {
      const parts = names.length === 1 ? [key] : (key as readonly unknown[]);
      rows.write(Object.fromEntries(names.map((name, i) => [name, parts[i]])), out);
    },
  };
}

/** Keys of a snapshot as user code sees them. */
export function keyForm({ generic, type }: KeyedSnapshot['key']): ValueForm {
  return generic ? HEAP_VALUE : keyRowForm(type);
}

/** The key of these bytes, a row without its length. */
export function readKey(form: ValueForm, row: Uint8Array): KeyValue {
  const bytes = new Uint8Array(4 + row.length);
  new DataView(bytes.buffer).setInt32(0, row.length, true);
  bytes.set(row, 4);
  return form.read(new ByteReader(bytes)) as KeyValue;
}
