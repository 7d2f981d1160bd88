/** What a keyed backend refuses, keeps and names; the laws are in parts.property.test.ts. */

import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/index.ts';
import { f64, i32, i64, record, utf8 } from '../../src/record/index.ts';
import {
  createKeyedBackend,
  HeapListPart,
  HeapValuePart,
  QuotaAccount,
  RowListPart,
  RowMapPart,
  RowValuePart,
} from '../../src/state/index.ts';
import type { KeyedBackend, KeyedInput, KeyedPart } from '../../src/state/index.ts';
import { functionInput, hashOf, typedInput } from './key-rows.ts';

const Point = record('Point', { x: i32, y: i32 });

function backendOf(input: KeyedInput = functionInput()): KeyedBackend {
  const account = new QuotaAccount('test', Infinity);
  return createKeyedBackend({ operatorName: 'test', account, maxParallelism: 8, inputs: [input] });
}

function registered<P extends KeyedPart>(backend: KeyedBackend, part: P): P {
  backend.register(part);
  return part;
}

function thrownBy(act: () => unknown): EngineError {
  try {
    act();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new RangeError('expected an EngineError, nothing was thrown');
}

/** A backend with one value under the key 'a'. */
function withValue(): { backend: KeyedBackend; id: number } {
  const backend = backendOf();
  const part = registered(backend, new HeapValuePart<string>(backend, { name: 'greeting' }));
  const id = backend.keys.intern('a', hashOf('a'));
  part.set(id, 'hello');
  return { backend, id };
}

describe('a keyed backend', () => {
  it('refuses two parts of one name', () => {
    const { backend } = withValue();
    const error = thrownBy(() => backend.register(new HeapListPart(backend, { name: 'greeting' })));
    expect(error).toMatchObject({ code: 'ERR_STATE_NAME', details: { name: 'greeting' } });
  });

  it('refuses restored state that nobody declared, and names it with what is declared', () => {
    const snapshot = withValue().backend.snapshot();
    const backend = backendOf();
    registered(backend, new HeapValuePart(backend, { name: 'other' }));
    const error = thrownBy(() => backend.restore([snapshot], 0, 7));
    expect(error.code).toBe('ERR_STATE_UNKNOWN_PART');
    expect(error.message).toContain('greeting (value), expected one of other');
  });

  it('drops undeclared state when that is allowed, and its keys with it', () => {
    const backend = backendOf();
    backend.restore([withValue().backend.snapshot()], 0, 7, 'drop');
    expect(backend.keys.size).toBe(0);
    expect(backend.snapshot()).toMatchObject({ parts: [], groups: [] });
  });

  it('keeps undeclared state for the next snapshot, and gives it to a part that is declared later', () => {
    const first = withValue().backend.snapshot();
    const second = backendOf();
    second.restore([first], 0, 7, 'keep');
    const again = second.snapshot();
    expect(again).toEqual(first);
    const third = backendOf();
    third.restore([again], 0, 7, 'keep');
    const part = registered(third, new HeapValuePart<string>(third, { name: 'greeting' }));
    const id = third.keys.intern('a', hashOf('a'));
    expect(part.get(id)).toBe('hello');
    part.clear(id);
    third.keys.settle(id);
    expect(third.keys.size).toBe(0);
  });

  it('refuses a part of another kind', () => {
    const backend = backendOf();
    registered(backend, new HeapListPart(backend, { name: 'greeting' }));
    const error = thrownBy(() => backend.restore([withValue().backend.snapshot()], 0, 7));
    expect(error.code).toBe('ERR_STATE_PART_KIND');
    expect(error.message).toContain('greeting of operator test expected list, got value');
  });

  it('refuses keys of other kinds than the snapshot has', () => {
    const text = typedInput([{ kind: 'utf8' }]);
    const old = backendOf(text.input);
    const part = registered(old, new HeapValuePart<number>(old, { name: 'n' }));
    part.set(old.keys.intern('a', hashOf('a')), 1);
    for (const input of [typedInput([{ kind: 'i32' }]).input, functionInput()]) {
      const backend = backendOf(input);
      registered(backend, new HeapValuePart(backend, { name: 'n' }));
      const error = thrownBy(() => backend.restore([old.snapshot()], 0, 7));
      expect(error.code).toBe('ERR_STATE_KEY_TYPE');
      expect(error.message).toContain('got fields of utf8');
    }
  });

  it('refuses snapshots of another version and damaged ones', () => {
    const snapshot = withValue().backend.snapshot();
    const fresh = (): KeyedBackend => {
      const backend = backendOf();
      backend.register(new HeapValuePart(backend, { name: 'greeting' }));
      return backend;
    };
    const { groups, ...rest } = snapshot;
    const later = { ...rest, groups, version: 3 as unknown as 1 };
    expect(thrownBy(() => fresh().restore([later], 0, 7)).code).toBe('ERR_STATE_SNAPSHOT');
    const [{ keyGroup, bytes }] = groups as [(typeof groups)[0]];
    for (const damaged of [
      bytes.subarray(0, -1),
      Uint8Array.of(...bytes, 0),
      bytes.with(8, 99),
      bytes.with(bytes.length - 40, 255),
    ]) {
      const piece = { ...rest, groups: [{ keyGroup, bytes: damaged }] };
      const error = thrownBy(() => fresh().restore([piece], 0, 7));
      expect(error.code).toBe('ERR_STATE_SNAPSHOT');
    }
  });

  it('gives snapshots that later changes do not reach', () => {
    const { backend, id } = withValue();
    const snapshot = backend.snapshot();
    const copy = structuredClone(snapshot);
    backend.keys.intern('b', hashOf('b'));
    backend.keys.release(id);
    backend.dispose();
    expect(snapshot).toEqual(copy);
  });

  it('says who holds the bytes when the quota is exceeded', () => {
    const account = new QuotaAccount('test', 400_000);
    const options = { operatorName: 'test', account, maxParallelism: 8, inputs: [functionInput()] };
    const backend = createKeyedBackend(options);
    const large = registered(backend, new RowListPart(backend, { name: 'points', type: Point }));
    const small = registered(backend, new HeapValuePart(backend, { name: 'n' }));
    const id = backend.keys.intern('a', hashOf('a'));
    small.set(id, 1);
    const error = thrownBy(() => {
      for (;;) large.append(id, { x: 1, y: 2 }, 0);
    });
    expect(error.code).toBe('ERR_STATE_QUOTA');
    expect(error.hint).toMatch(/It holds points [\d.]+ KiB, n [\d.]+ KiB, keys [\d.]+ B/);
    const owners = error.details['owners'] as { owner: string; bytes: number }[];
    expect(owners.map(({ owner }) => owner)).toEqual(['points', 'n', 'keys']);
    const sum = owners.reduce((total, { bytes }) => total + bytes, 0);
    expect(sum).toBe(account.usedBytes);
    backend.dispose();
    expect(account.usedBytes).toBe(0);
  });
});

describe('rows in a snapshot', () => {
  const Wider = record('Point', { x: i32, y: i32, z: i32 });
  const Other = record('Point', { x: f64, y: i32 });

  it('are read as a newer version of their record type, in values, lists and maps', () => {
    const old = backendOf();
    const id = old.keys.intern('a', hashOf('a'));
    registered(old, new RowValuePart(old, { name: 'v', type: Point })).set(id, { x: 1, y: 2 });
    registered(old, new RowListPart(old, { name: 'l', type: Point })).append(id, { x: 3, y: 4 }, 5);
    const key = [{ kind: 'utf8' }] as const;
    const map = registered(old, new RowMapPart(old, { name: 'm', keyTypes: key, type: Point }));
    map.put(id, 'k', { x: 5, y: 6 });
    const now = backendOf();
    const value = registered(now, new RowValuePart(now, { name: 'v', type: Wider }));
    const list = registered(now, new RowListPart(now, { name: 'l', type: Wider }));
    const byKey = registered(now, new RowMapPart(now, { name: 'm', keyTypes: key, type: Wider }));
    now.restore([old.snapshot()], 0, 7);
    const again = now.keys.intern('a', hashOf('a'));
    expect(value.view(again)?.copy()).toEqual({ x: 1, y: 2, z: 0 });
    const cursor = list.cursor().begin(again);
    expect(cursor.next()).toBe(true);
    expect([cursor.row.copy(), cursor.timestamp]).toEqual([{ x: 3, y: 4, z: 0 }, 5]);
    expect(byKey.get(again, 'k')?.copy()).toEqual({ x: 5, y: 6, z: 0 });
  });

  it('are refused, with state and field, when the record type changed beyond the rules', () => {
    const old = backendOf();
    const id = old.keys.intern('a', hashOf('a'));
    registered(old, new RowValuePart(old, { name: 'v', type: Point })).set(id, { x: 1, y: 2 });
    const now = backendOf();
    registered(now, new RowValuePart(now, { name: 'v', type: Other }));
    const error = thrownBy(() => now.restore([old.snapshot()], 0, 7));
    expect(error.code).toBe('ERR_STATE_PART_KIND');
    expect(error.message).toMatch(/State v of operator test expected rows of Point, got x: /);
    const heap = backendOf();
    registered(heap, new HeapValuePart(heap, { name: 'v' })).set(heap.keys.intern('a', 1), 1);
    expect(thrownBy(() => now.restore([heap.snapshot()], 0, 7)).code).toBe('ERR_STATE_PART_KIND');
  });

  it('are refused when the keys of a map have changed', () => {
    const Row = record('Row', { text: utf8, n: i64 });
    const old = backendOf();
    const text = [{ kind: 'utf8' }] as const;
    const map = registered(old, new RowMapPart(old, { name: 'm', keyTypes: text, type: Row }));
    map.put(old.keys.intern('a', hashOf('a')), 'k', { text: '', n: 1 });
    for (const keyTypes of [[{ kind: 'i32' }], [{ kind: 'utf8' }, { kind: 'i32' }]] as const) {
      const now = backendOf();
      registered(now, new RowMapPart(now, { name: 'm', keyTypes, type: Row }));
      const error = thrownBy(() => now.restore([old.snapshot()], 0, 7));
      expect(error.code).toBe('ERR_STATE_PART_KIND');
    }
  });
});

describe('a list of rows', () => {
  it('can be kept in order of time, sought from its end and cut off at its beginning', () => {
    const backend = backendOf();
    const part = registered(backend, new RowListPart(backend, { name: 'l', type: Point }));
    const id = backend.keys.intern('a', hashOf('a'));
    for (const [i, time] of [5, -3, 5, 0, 9, -3].entries()) {
      part.insertByTime(id, { x: i, y: 0 }, time, i);
    }
    const cursor = part.cursor();
    const from = (time: number): number[] => {
      const found: number[] = [];
      for (cursor.seek(id, time); cursor.next();) found.push(cursor.flag);
      return found;
    };
    expect(from(-100)).toEqual([1, 5, 3, 0, 2, 4]);
    expect(from(1)).toEqual([0, 2, 4]);
    expect(from(5)).toEqual([0, 2, 4]);
    expect(from(10)).toEqual([]);
    expect(part.removeBefore(id, 5)).toBe(3);
    expect(from(-100)).toEqual([0, 2, 4]);
    cursor.begin(id).next();
    cursor.flag = -7;
    expect(from(0)).toEqual([-7, 2, 4]);
    expect(part.removeBefore(id, Infinity)).toBe(3);
    backend.keys.settle(id);
    expect(backend.keys.size).toBe(0);
  });
});
