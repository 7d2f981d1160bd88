/** Laws of src/state/expiry.ts that parts.property.test.ts does not hold: the moment, the ends of time, the sweep. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { END_OF_TIME, i32, NO_WATERMARK, record } from '../../src/record/index.ts';
import {
  createKeyedBackend,
  HeapListPart,
  HeapMapPart,
  HeapValuePart,
  QuotaAccount,
  RowListPart,
  RowMapPart,
  RowValuePart,
} from '../../src/state/index.ts';
import type { KeyedBackend, KeyedPart, TtlOptions } from '../../src/state/index.ts';
import { functionInput, hashOf } from './key-rows.ts';

const N = record('N', { n: i32 });
const key = [{ kind: 'i32' }] as const;

interface Box {
  readonly part: KeyedPart;
  put(id: number): void;
  seen(id: number): boolean;
}

/** Each kind of part with one thing in it. */
const boxes: Readonly<Record<string, (backend: KeyedBackend, ttl: TtlOptions) => Box>> = {
  'heap value': (backend, ttl) => {
    const part = new HeapValuePart<number>(backend, { name: 'it', ttl });
    return { part, put: (id) => part.set(id, 1), seen: (id) => part.get(id) === 1 };
  },
  'heap list': (backend, ttl) => {
    const part = new HeapListPart<number>(backend, { name: 'it', ttl });
    return { part, put: (id) => part.update(id, [1]), seen: (id) => part.get(id).length === 1 };
  },
  'heap map': (backend, ttl) => {
    const part = new HeapMapPart<number, number>(backend, { name: 'it', ttl });
    return { part, put: (id) => part.put(id, 1, 1), seen: (id) => part.contains(id, 1) };
  },
  'row value': (backend, ttl) => {
    const part = new RowValuePart(backend, { name: 'it', type: N, ttl });
    return { part, put: (id) => part.set(id, { n: 1 }), seen: (id) => part.view(id) !== undefined };
  },
  'row list': (backend, ttl) => {
    const part = new RowListPart(backend, { name: 'it', type: N, ttl });
    const cursor = part.cursor();
    const put = (id: number): void => {
      part.clear(id);
      part.append(id, { n: 1 }, 0);
    };
    return { part, put, seen: (id) => cursor.begin(id).next() };
  },
  'row map': (backend, ttl) => {
    const part = new RowMapPart(backend, { name: 'it', keyTypes: key, type: N, ttl });
    return { part, put: (id) => part.put(id, 1, { n: 1 }), seen: (id) => part.contains(id, 1) };
  },
};

function open(name: string, ttl: TtlOptions): { backend: KeyedBackend; box: Box } {
  const account = new QuotaAccount('test', Infinity);
  const inputs = [functionInput()];
  const backend = createKeyedBackend({ operatorName: 'test', account, maxParallelism: 8, inputs });
  const box = boxes[name]!(backend, ttl);
  backend.register(box.part);
  return { backend, box };
}

describe.for(Object.keys(boxes))('a %s with a time to live', (name) => {
  it('is expired from the moment now = last use + ttl on', () => {
    const anyTime = fc.integer({ min: -1e12, max: 1e12 });
    fc.assert(
      fc.property(
        anyTime,
        fc.integer({ min: 1, max: 1e9 }),
        fc.boolean(),
        (start, ttlMs, reads) => {
          let now = start;
          const update = reads ? 'onReadAndWrite' : 'onCreateAndWrite';
          const { backend, box } = open(name, { ttlMs, update, now: () => now });
          const id = backend.keys.intern('a', hashOf('a'));
          box.put(id);
          now = start + ttlMs - 1;
          expect(box.seen(id)).toBe(true);
          now = start + ttlMs;
          expect(box.seen(id)).toBe(reads && ttlMs > 1);
          now = start + 3 * ttlMs;
          expect(box.seen(id)).toBe(false);
          backend.keys.settle(id);
          expect(backend.keys.size).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('may be seen once more when expired state is returned until it is cleaned', () => {
    let now = 0;
    const visibility = 'returnExpiredIfNotCleanedUp';
    const { backend, box } = open(name, { ttlMs: 5, visibility, now: () => now });
    const id = backend.keys.intern('a', hashOf('a'));
    box.put(id);
    now = 100;
    expect(box.seen(id)).toBe(true);
    const { groups } = backend.snapshot();
    expect(groups).toEqual([]);
    expect(box.part.has(id)).toBe(false);
  });

  it('lives from the first watermark on, and does not expire at the end of time', () => {
    let now = NO_WATERMARK;
    const { backend, box } = open(name, { ttlMs: 5, now: () => now });
    const id = backend.keys.intern('a', hashOf('a'));
    box.put(id);
    now = 1000;
    expect(box.seen(id)).toBe(true);
    now = 1004;
    expect(box.seen(id)).toBe(true);
    now = END_OF_TIME;
    expect(box.seen(id)).toBe(true);
    now = 1005;
    expect(box.seen(id)).toBe(false);
  });

  it('is cleaned by accesses to other keys, which lets go of the key', () => {
    let now = 0;
    const { backend, box } = open(name, { ttlMs: 5, now: () => now });
    for (let i = 0; i < 50; i++) {
      const id = backend.keys.intern(i, hashOf(i));
      box.put(id);
      backend.keys.settle(id);
    }
    now = 10;
    const id = backend.keys.intern('other', hashOf('other'));
    for (let i = 0; i < 50; i++) box.put(id);
    expect(backend.keys.size).toBe(1);
    expect(box.seen(id)).toBe(true);
  });

  it('is not in snapshots when it is expired, and its stamp is when it is not', () => {
    let now = 0;
    const ttl: TtlOptions = { ttlMs: 5, now: () => now };
    const { backend, box } = open(name, ttl);
    box.put(backend.keys.intern('old', hashOf('old')));
    now = 3;
    box.put(backend.keys.intern('young', hashOf('young')));
    now = 6;
    const snapshot = backend.snapshot();
    const again = open(name, ttl);
    again.backend.restore([snapshot], 0, 7);
    expect(again.backend.keys.size).toBe(1);
    now = 7;
    const young = again.backend.keys.intern('young', hashOf('young'));
    expect(again.box.seen(young)).toBe(true);
    now = 8;
    expect(again.box.seen(young)).toBe(false);
  });

  it('can be restored from state that had none, and the other way round', () => {
    const forEver = open(name, { ttlMs: Infinity, now: () => 0 });
    const plain = createKeyedBackend({
      operatorName: 'test',
      account: new QuotaAccount('test', Infinity),
      maxParallelism: 8,
      inputs: [functionInput()],
    });
    const without = boxes[name]!(plain, undefined as unknown as TtlOptions);
    plain.register(without.part);
    without.put(plain.keys.intern('a', hashOf('a')));
    let now = 100;
    const limited = open(name, { ttlMs: 5, now: () => now });
    limited.backend.restore([plain.snapshot()], 0, 7);
    const id = limited.backend.keys.intern('a', hashOf('a'));
    now = 104;
    expect(limited.box.seen(id)).toBe(true);
    forEver.backend.restore([limited.backend.snapshot()], 0, 7);
    expect(forEver.box.seen(forEver.backend.keys.intern('a', hashOf('a')))).toBe(true);
    now = 105;
    expect(limited.box.seen(id)).toBe(false);
  });
});
