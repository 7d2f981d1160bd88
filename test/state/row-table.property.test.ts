/** Laws of src/state/row-table.ts, with a `Map` as the model. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError, murmur32 } from '../../src/base/index.ts';
import { PAYLOAD_BYTES_MASK } from '../../src/record/index.ts';
import { NO_REF, offsetOf, QuotaAccount, RowTable } from '../../src/state/index.ts';
import { plainFind } from '../../src/state/find.ts';
import { fakeRow, intKey, readFakeRow } from './fake-rows.ts';

type Op =
  | { kind: 'put'; key: number; values: number[] }
  | { kind: 'remove'; key: number }
  | { kind: 'clear' };

const hashes: Readonly<Record<string, (key: number) => number>> = {
  murmur: (key) => murmur32(key),
  'three buckets': (key) => key % 3,
  'all equal': () => 7,
  'high bits equal': (key) => (key << 7) & 0x7fffffff,
};

function ops(lengths: fc.Arbitrary<number[]>): fc.Arbitrary<Op[]> {
  const key = fc.integer({ min: 0, max: 300 });
  return fc.array(
    fc.oneof(
      {
        weight: 20,
        arbitrary: fc.record({ kind: fc.constant('put' as const), key, values: lengths }),
      },
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('remove' as const), key }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
    ),
    { maxLength: 400, size: 'max' },
  );
}

function check(list: readonly Op[], hash: (key: number) => number, fixedBytes: number): void {
  const account = new QuotaAccount('test', Infinity);
  const table = new RowTable({ key: intKey, fixedBytes, account, timestamps: true });
  const twin = plainFind(table.index, table.pages, intKey);
  const model = new Map<number, { row: number[]; stamp: number }>();
  list.forEach((op, stamp) => {
    if (op.kind === 'clear') {
      table.dispose();
      model.clear();
      expect(account.usedBytes).toBe(0);
      return;
    }
    const { memory, bytes } = fakeRow(op.key, op.kind === 'put' ? op.values : []);
    const ref = table.find(memory, 8, hash(op.key));
    expect(ref).toBe(twin(memory, 8, hash(op.key)));
    expect(ref !== NO_REF).toBe(model.has(op.key));
    if (op.kind === 'remove') {
      if (ref !== NO_REF) table.remove(ref);
      model.delete(op.key);
      return;
    }
    const row = readFakeRow(memory, 8, bytes);
    if (ref === NO_REF) {
      const added = table.insertCopy(memory, 8, bytes, hash(op.key));
      table.setTimestamp(added, stamp);
      model.set(op.key, { row, stamp });
    } else {
      table.replaceCopy(ref, memory, 8, bytes);
      model.get(op.key)!.row = row;
    }
  });
  const rows: { row: number[]; stamp: number }[] = [];
  for (let ref = table.first; ref !== NO_REF; ref = table.next(ref)) {
    const memory = table.memoryOf(ref);
    const at = offsetOf(ref);
    const bytes = memory.i32[(at - 8) >> 2]! & PAYLOAD_BYTES_MASK;
    const row = readFakeRow(memory, at, bytes);
    expect(table.hashOf(ref)).toBe(hash(row[0]!));
    rows.push({ row, stamp: table.timestampOf(ref) });
  }
  expect(rows).toEqual([...model.values()]);
  expect(table.size).toBe(model.size);
  expect(table.bytes).toBe(account.usedBytes);
}

describe('a row table behaves as a Map in insertion order and accounts exactly what it holds', () => {
  for (const [name, hash] of Object.entries(hashes)) {
    it(`with rows of one length and hashes: ${name}`, () => {
      const values = fc.array(fc.integer(), { minLength: 3, maxLength: 3 });
      fc.assert(
        fc.property(ops(values), (list) => check(list, hash, 16)),
        { numRuns: 12 },
      );
    });

    it(`with rows of any length and hashes: ${name}`, () => {
      const values = fc.oneof(
        fc.array(fc.integer(), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 3000 }).map((n) => Array.from({ length: n }, (_, i) => i)),
      );
      fc.assert(
        fc.property(ops(values), (list) => check(list, hash, 0)),
        { numRuns: 12 },
      );
    });
  }
});

describe('a row table', () => {
  it('finds each of 100,000 keys after growing, with short runs of taken places', () => {
    const account = new QuotaAccount('test', Infinity);
    const table = new RowTable({ key: intKey, fixedBytes: 8, account, timestamps: false });
    const { memory } = fakeRow(0, [0]);
    for (let key = 0; key < 100_000; key++) {
      memory.i32[2] = key;
      table.insertCopy(memory, 8, 8, murmur32(key));
    }
    let found = 0;
    for (let key = 0; key < 100_000; key++) {
      memory.i32[2] = key;
      const ref = table.find(memory, 8, murmur32(key));
      if (ref !== NO_REF && table.memoryOf(ref).i32[offsetOf(ref) >> 2] === key) found++;
    }
    expect(found).toBe(100_000);
    expect(table.index.longestRun).toBeLessThan(150);
  });

  it('keeps runs short when all keys are of one key group out of 32768', () => {
    const account = new QuotaAccount('test', Infinity);
    const table = new RowTable({ key: intKey, fixedBytes: 8, account, timestamps: false });
    const { memory } = fakeRow(0, [0]);
    for (let key = 0; key < 40_000; key++) {
      memory.i32[2] = key;
      table.insertCopy(memory, 8, 8, ((key * 32768) | 5) & 0x7fffffff);
    }
    expect(table.index.longestRun).toBeLessThan(300);
  });

  it('gives a row larger than a page a page of its own', () => {
    const account = new QuotaAccount('test', Infinity);
    const table = new RowTable({ key: intKey, fixedBytes: 0, account, timestamps: true });
    const { memory, bytes } = fakeRow(
      1,
      Array.from({ length: 3_000_000 }, (_, i) => i),
    );
    const small = fakeRow(2, [5]);
    table.insertCopy(memory, 8, bytes, 1);
    const after = table.insertCopy(small.memory, 8, small.bytes, 2);
    const ref = table.find(memory, 8, 1);
    expect(table.memoryOf(ref).i32[(offsetOf(ref) >> 2) + 3_000_000]).toBe(2_999_999);
    expect(readFakeRow(table.memoryOf(after), offsetOf(after), 8)).toEqual([2, 5]);
    expect(table.find(small.memory, 8, 2)).toBe(after);
  });

  it('stops at its quota with ERR_STATE_QUOTA and keeps every row it had', () => {
    const account = new QuotaAccount('totals', 60_000);
    const table = new RowTable({ key: intKey, fixedBytes: 16, account, timestamps: false });
    const { memory } = fakeRow(0, [0, 0, 0]);
    let keys = 0;
    let caught: unknown;
    try {
      for (; ; keys++) {
        memory.i32[2] = keys;
        table.insertCopy(memory, 8, 16, murmur32(keys));
      }
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(EngineError);
    const error = caught as EngineError;
    expect(error.code).toBe('ERR_STATE_QUOTA');
    expect(error.message).toContain('totals');
    expect(error.message).toContain('58.6 KiB');
    expect(account.usedBytes).toBeLessThanOrEqual(60_000);
    expect(table.size).toBe(keys);
    expect(keys).toBeGreaterThan(1000);
    for (let key = 0; key < keys; key++) {
      memory.i32[2] = key;
      expect(table.find(memory, 8, murmur32(key))).not.toBe(NO_REF);
    }
  });
});
