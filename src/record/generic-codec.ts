/**
 * The codec of streams without a record type: rows are any structured-cloneable value.
 *
 * A row is a FlatBuffers table with one field of bytes, `value`, that holds what `v8.serialize` made. It costs ten to a
 * hundred times what a record type costs, which is why the plan says so. As with structured clone, instances of classes
 * come out as plain objects.
 */

import { deserialize, serialize } from 'node:v8';
import { EngineError } from '../base/index.ts';
import { compileCodec } from './codec-compiler.ts';
import type { KeyAccess, KeyValue, RowCodec } from './codec.ts';
import { bytes } from './fields.ts';
import { failKey, hashKeyValue } from './key.ts';
import { layoutOf } from './layout.ts';
import type { Memory } from './memory.ts';
import { record } from './record.ts';
import type { RecordType } from './record-type.ts';
import { RowViewBase } from './row-view.ts';
import type { RowView } from './row-view.ts';
import type { RowSlice } from './slice.ts';
import { describeValue } from './values.ts';

/** The record type whose rows the bytes are. Its rows in user code are the values themselves. */
const Generic = record('Generic', { value: bytes });
const VALUE_AT = layoutOf(Generic.descriptor).fields[0]!.offset;

/**
 * A codec for rows of any structured-cloneable value; use it on one thread, one for each place.
 * `boundOf` serialises, and keeps the bytes for the `write` of the same row that follows.
 *
 * Views of record types are taken as what they show, at the top of a row and one level below it (`{ left, right }`).
 * Keys are properties of the value, hashed as `hashKeyValue` does.
 *
 * @throws ERR_RECORD_UNCLONEABLE (boundOf, write) the row holds a function, a symbol or the like; names where
 * @example
 * const codec = genericCodec();
 * codec.write({ any: ['thing', 1n] }, memory, at);
 */
export function genericCodec(): RowCodec {
  const codec = compileCodec(Generic);
  const table: { value: Uint8Array } = { value: new Uint8Array(0) };
  let kept: unknown;
  let isKept = false;
  const bytesFor = (row: unknown): void => {
    if (!isKept || kept !== row) table.value = serialized(row);
  };
  return {
    type: Generic as RecordType,
    generic: true,
    fixedBytes: 0,
    note: 'no record type is declared, so rows are serialised whole by structured clone',
    boundOf: (row) => {
      bytesFor(row);
      // The value of a primitive cannot change, that of an object may have: only the next write may use it.
      kept = row;
      isKept = true;
      return codec.boundOf(table);
    },
    write: (row, memory, at) => {
      bytesFor(row);
      isKept = false;
      kept = undefined;
      return codec.write(table, memory, at);
    },
    read: valueAt,
    createView: () => new GenericView() as RowView,
    key: (names) => genericKey(names),
  };
}

class GenericView extends RowViewBase {
  readonly #inner: RowView = compileCodec(Generic).createView();

  get typeFingerprint(): string {
    return Generic.fingerprint;
  }

  copy(): object {
    return valueAt(this.memory, this.at) as object;
  }

  override sliceOf(field: string): RowSlice | null | undefined {
    this.#inner.bind(this.memory);
    this.#inner.at = this.at;
    return this.#inner.sliceOf(field);
  }
}

function valueAt(memory: Memory, at: number): unknown {
  const vector = at + VALUE_AT + memory.i32[(at + VALUE_AT) >> 2]!;
  // A copy: typed arrays inside the value stay views of the bytes that they were read from.
  return deserialize(memory.u8.slice(vector + 4, vector + 4 + memory.i32[vector >> 2]!));
}

function serialized(row: unknown): Uint8Array {
  try {
    return serialize(withoutViews(row));
  } catch (error) {
    const { path, value } = culpritIn(withoutViews(row), 'the row', 0);
    throw new EngineError(
      'ERR_RECORD_UNCLONEABLE',
      { path, got: describeValue(value) },
      { cause: error },
    );
  }
}

/** A view would be serialised with all the memory that it looks at. */
function withoutViews(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return row;
  if (row instanceof RowViewBase) return row.copy();
  const values = Object.values(row);
  if (!values.some((value) => value instanceof RowViewBase)) return row;
  const plain = values.map((value) => (value instanceof RowViewBase ? value.copy() : value));
  if (Array.isArray(row)) return plain;
  return Object.fromEntries(Object.keys(row).map((key, i) => [key, plain[i]]));
}

/** The innermost part that cannot be serialised, and the way to it. */
function culpritIn(
  value: unknown,
  path: string,
  depth: number,
): { readonly path: string; readonly value: unknown } {
  if (typeof value === 'object' && value !== null && depth < 64) {
    for (const [key, part] of partsOf(value)) {
      if (!isCloneable(part)) {
        const step = Array.isArray(value) ? `[${key}]` : `.${key}`;
        return culpritIn(part, path === 'the row' ? `row${step}` : `${path}${step}`, depth + 1);
      }
    }
  }
  return { path, value };
}

function partsOf(value: object): (readonly [string, unknown])[] {
  if (value instanceof Map) return [...value].map(([key, part]) => [`get(${String(key)})`, part]);
  if (value instanceof Set) return [...value].map((part, i) => [`values()[${i}]`, part]);
  return Object.entries(value);
}

function isCloneable(value: unknown): boolean {
  try {
    serialize(value);
    return true;
  } catch {
    return false;
  }
}

function genericKey(names: readonly string[]): KeyAccess {
  if (names.length === 0) failKey('of an untyped row', names, 'at least one field name');
  const part = (row: unknown, name: string): KeyValue => {
    const value =
      typeof row === 'object' && row !== null ? (row as Record<string, unknown>)[name] : undefined;
    if (!isKey(value)) return failKey(`row.${name}`, value);
    return typeof value === 'number' ? value + 0 : value;
  };
  const valueOf = (row: unknown): KeyValue =>
    names.length === 1 ? part(row, names[0]!) : names.map((name) => part(row, name));
  return {
    fields: [...names],
    hashBytes: (memory, at) => hashKeyValue(valueOf(valueAt(memory, at))),
    hashRow: (row) => hashKeyValue(valueOf(row)),
    equalBytes: (memoryA, atA, memoryB, atB) =>
      sameKey(valueOf(valueAt(memoryA, atA)), valueOf(valueAt(memoryB, atB))),
    valueOf,
  };
}

function isKey(value: unknown): value is KeyValue {
  if (typeof value === 'object') {
    return value instanceof Uint8Array || (Array.isArray(value) && value.every(isKey));
  }
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

function sameKey(a: KeyValue, b: KeyValue): boolean {
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(a)) {
    const parts: readonly KeyValue[] = a;
    return (
      Array.isArray(b) &&
      b.length === parts.length &&
      parts.every((value, i) => sameKey(value, (b as readonly KeyValue[])[i]!))
    );
  }
  return a === b || (a !== a && b !== b);
}
