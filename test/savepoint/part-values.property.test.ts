/** What keys have in states is read as the parts wrote it, and written as they read it. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { f64, i32, nullable, record, utf8 } from '../../src/record/index.ts';
import type { KeyValue } from '../../src/record/index.ts';
import { SnapshotReader } from '../../src/savepoint/index.ts';
import { keysOfGroup } from '../../src/savepoint/key-groups.ts';
import { partForm } from '../../src/savepoint/part-values.ts';
import {
  ByteWriter,
  createKeyedBackend,
  createTimerService,
  HeapListPart,
  HeapMapPart,
  HeapValuePart,
  QuotaAccount,
  RowListPart,
  RowMapPart,
  RowValuePart,
} from '../../src/state/index.ts';
import type { KeyedBackend, KeyedSnapshot, TtlOptions } from '../../src/state/index.ts';
import { functionInput, hashOf } from '../state/key-rows.ts';

const Row = record('Row', { id: i32, name: utf8, score: nullable(f64) });
interface Row {
  readonly id: number;
  readonly name: string;
  readonly score: number | null;
}

const row = fc.record<Row>({
  id: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  name: fc.string({ unit: 'grapheme' }),
  score: fc.option(fc.double({ noNaN: true }), { nil: null }),
});
const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.integer()));
const small = fc.integer({ min: 0, max: 99 });

/** What one key has in each state. */
interface Model {
  readonly row: Row;
  readonly value: unknown;
  readonly rows: readonly Row[];
  readonly values: readonly unknown[];
  readonly rowMap: readonly (readonly [number, Row])[];
  readonly valueMap: readonly (readonly [string, unknown])[];
  readonly timers: readonly { readonly namespace: number; readonly time: number }[];
}

const some = { minLength: 1, maxLength: 4 };
const model = fc.record<Model>({
  row,
  value,
  rows: fc.array(row, some),
  values: fc.array(value, some),
  rowMap: fc.uniqueArray(fc.tuple(small, row), { ...some, selector: ([key]) => key }),
  valueMap: fc.uniqueArray(fc.tuple(fc.string(), value), { ...some, selector: ([key]) => key }),
  timers: fc
    .uniqueArray(small, some)
    .map((times) => times.toSorted((a, b) => a - b).map((time) => ({ namespace: 0, time }))),
});
const models = fc.uniqueArray(fc.tuple(fc.string(), model), {
  ...some,
  selector: ([key]) => key,
});

const ttlOf = (nowMs: number): TtlOptions => ({
  ttlMs: 1e9,
  update: 'onCreateAndWrite',
  visibility: 'neverReturnExpired',
  now: () => nowMs,
});

/** All kinds of parts, filled as the models say. */
function snapshotOf(keys: readonly (readonly [string, Model])[], ttl?: TtlOptions): KeyedSnapshot {
  const backend: KeyedBackend = createKeyedBackend({
    operatorName: 'test',
    account: new QuotaAccount('test', Infinity),
    maxParallelism: 4,
    inputs: [functionInput()],
  });
  const parts = {
    row: new RowValuePart(backend, { name: 'row', type: Row, ttl }),
    value: new HeapValuePart(backend, { name: 'value', ttl }),
    rows: new RowListPart(backend, { name: 'rows', type: Row, ttl }),
    values: new HeapListPart(backend, { name: 'values', ttl }),
    rowMap: new RowMapPart(backend, {
      name: 'rowMap',
      type: Row,
      keyTypes: [{ kind: 'i64' }],
      ttl,
    }),
    valueMap: new HeapMapPart(backend, { name: 'valueMap', ttl }),
    timers: createTimerService({
      name: 'timers',
      keys: backend.keys,
      account: backend.account('timers'),
    }),
  };
  for (const part of Object.values(parts)) backend.register(part);
  for (const [key, held] of keys) {
    const id = backend.keys.intern(key, hashOf(key));
    parts.row.set(id, held.row);
    parts.value.set(id, held.value);
    for (const one of held.rows) parts.rows.append(id, one, 5);
    for (const one of held.values) parts.values.add(id, one);
    for (const [name, one] of held.rowMap) parts.rowMap.put(id, name, one);
    for (const [name, one] of held.valueMap) parts.valueMap.put(id, name, one);
    for (const { namespace, time } of held.timers) parts.timers.register(id, namespace, time);
    backend.keys.settle(id);
  }
  const { version, key, parts: descriptors, groups } = backend.snapshot();
  return { version, key, parts: descriptors, groups: [...groups] };
}

function read(snapshot: KeyedSnapshot): Map<KeyValue, unknown> {
  const reader = new SnapshotReader(snapshot);
  return new Map(
    snapshot.groups.flatMap(({ keyGroup, bytes }) =>
      [...reader.read(keyGroup, bytes)].map(({ key, values }) => [key, values] as const),
    ),
  );
}

describe('law: states are read as their parts wrote them', () => {
  test.each([
    ['for ever', undefined],
    ['with a time to live', ttlOf(7)],
  ])('%s', (_, ttl) => {
    fc.assert(
      fc.property(models, (keys) => {
        expect(read(snapshotOf(keys, ttl))).toEqual(new Map(keys));
      }),
      { numRuns: 50 },
    );
  });

  test('only those that are wanted, when some are named', () => {
    const snapshot = snapshotOf(fc.sample(models, { numRuns: 1, seed: 1 })[0]!);
    const reader = new SnapshotReader(snapshot, ['value']);
    const [{ keyGroup, bytes } = { keyGroup: 0, bytes: new Uint8Array() }] = snapshot.groups;
    const [first] = reader.read(keyGroup, bytes);
    expect(Object.keys(first!.values)).toEqual(['value']);
  });
});

describe('law: what was read is written as it was', () => {
  test.each([
    ['for ever', undefined],
    ['with a time to live, which goes on', ttlOf(7)],
  ])('%s', (_, ttl) => {
    fc.assert(
      fc.property(models, (keys) => {
        const snapshot = snapshotOf(keys, ttl);
        const forms = snapshot.parts.map(partForm);
        const out = new ByteWriter();
        for (const { bytes } of snapshot.groups) {
          for (const { parts } of keysOfGroup(bytes, snapshot)) {
            for (const { index, bytes: before } of parts) {
              const form = forms[index]!;
              out.clear();
              form.write!(form.read(before), before, out);
              const after = out.toBytes();
              expect(form.read(after)).toEqual(form.read(before));
              const { kind, types, stamps } = snapshot.parts[index]!;
              // Equal values of the heap may be cloned to other bytes.
              if (kind === 'timers' || 'row' in types) expect(after).toEqual(before.slice());
              else if (stamps === true) expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
            }
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test('words of declared aggregates, with values of the heap or without', () => {
    const accumulator = fc.record({
      words: fc.array(fc.double({ noNaN: true }), { minLength: 3, maxLength: 3 }),
      time: fc.integer(),
      heap: fc.array(value),
    });
    fc.assert(
      fc.property(accumulator, fc.boolean(), (held, heap) => {
        const types = { aggregates: [], words: 3, heap };
        const form = partForm({ name: 'folded', kind: 'aggregating', types });
        const given = heap ? held : { words: held.words, time: held.time };
        const out = new ByteWriter();
        form.write!(given, undefined, out);
        expect(form.read(out.toBytes())).toEqual(given);
      }),
    );
  });
});

test('structures that only their operator can read are left as bytes', () => {
  const form = partForm({ name: 'odd', kind: 'something', types: {} });
  expect(form.read(new Uint8Array([1, 2, 3]))).toEqual(new Uint8Array([1, 2, 3]));
  expect(form.write).toBeUndefined();
});
