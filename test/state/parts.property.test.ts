/** Laws of keyed-backend.ts and expiry.ts for every part, in both key spaces, with Maps as the model. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { i32, nullable, record, utf8 } from '../../src/record/index.ts';
import type { KeyValue, RowOf } from '../../src/record/index.ts';
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
import { functionInput, hashOf, typedInput } from './key-rows.ts';

const Item = record('Item', { n: i32, text: nullable(utf8) });
type Item = RowOf<typeof Item>;

const GROUPS = 8;
const TTL_MS = 10;

interface Op {
  readonly kind: 'put' | 'read' | 'remove' | 'clear' | 'rescale' | 'tick';
  readonly key: number;
  readonly sub: number;
  readonly item: Item;
}

/** One part behind the same calls, whatever it keeps. `read` gives pairs of sub-key and item. */
interface Subject {
  readonly part: KeyedPart;
  put(id: number, sub: number, item: Item): void;
  remove(id: number, sub: number): void;
  clear(id: number): void;
  read(id: number): [number, Item][];
}

/** `value` keeps the last item, `list` all of them, `map` the last of each sub-key. */
type Shape = 'value' | 'list' | 'map';
interface Kind {
  readonly shape: Shape;
  make(backend: KeyedBackend, ttl: TtlOptions | undefined): Subject;
}

const kinds: Readonly<Record<string, Kind>> = {
  'heap value': {
    shape: 'value',
    make: (backend, ttl) => {
      const part = new HeapValuePart<Item>(backend, { name: 'it', ttl });
      return {
        part,
        put: (id, _, item) => part.set(id, item),
        remove: (id) => part.clear(id),
        clear: (id) => part.clear(id),
        read: (id) => [part.get(id)].flatMap((item) => (item === undefined ? [] : [[0, item]])),
      };
    },
  },
  'heap list': {
    shape: 'list',
    make: (backend, ttl) => {
      const part = new HeapListPart<[number, Item]>(backend, { name: 'it', ttl });
      return {
        part,
        put: (id, sub, item) => part.add(id, [sub, item]),
        remove: (id, sub) => {
          if (ttl === undefined)
            part.update(
              id,
              part.get(id).filter(([other]) => other !== sub),
            );
        },
        clear: (id) => part.clear(id),
        read: (id) => [...part.get(id)],
      };
    },
  },
  'heap map': {
    shape: 'map',
    make: (backend, ttl) => {
      const part = new HeapMapPart<KeyValue, Item>(backend, { name: 'it', ttl });
      const bytes = (sub: number): KeyValue => [sub, Uint8Array.of(sub)];
      return {
        part,
        put: (id, sub, item) => part.put(id, bytes(sub), item),
        remove: (id, sub) => void part.remove(id, bytes(sub)),
        clear: (id) => part.clear(id),
        read: (id) => {
          const found = [...part.entries(id)].map(([key, item]): [number, Item] => [
            (key as readonly number[])[0]!,
            item,
          ]);
          for (const [sub, item] of found) expect(part.get(id, bytes(sub))).toEqual(item);
          return found;
        },
      };
    },
  },
  'row value': {
    shape: 'value',
    make: (backend, ttl) => {
      const part = new RowValuePart(backend, { name: 'it', type: Item, ttl });
      return {
        part,
        put: (id, _, item) => {
          part.set(id, item);
          if (ttl === undefined) part.set(id, part.view(id)!);
        },
        remove: (id) => part.clear(id),
        clear: (id) => part.clear(id),
        read: (id) =>
          [part.view(id)].flatMap((row) => (row === undefined ? [] : [[0, copyOf(row)]])),
      };
    },
  },
  'row list': {
    shape: 'list',
    make: (backend, ttl) => {
      const part = new RowListPart(backend, { name: 'it', type: Item, ttl });
      const cursor = part.cursor();
      return {
        part,
        put: (id, sub, item) => part.append(id, item, 0, sub),
        remove: (id, sub) => {
          if (ttl !== undefined) return;
          for (cursor.begin(id); cursor.next();) if (cursor.flag === sub) cursor.remove();
        },
        clear: (id) => part.clear(id),
        read: (id) => {
          const found: [number, Item][] = [];
          for (cursor.begin(id); cursor.next();) found.push([cursor.flag, copyOf(cursor.row)]);
          return found;
        },
      };
    },
  },
  'row map': {
    shape: 'map',
    make: (backend, ttl) => {
      const keyTypes = [{ kind: 'f64' }, { kind: 'utf8' }] as const;
      const part = new RowMapPart(backend, { name: 'it', keyTypes, type: Item, ttl });
      const pair = (sub: number): KeyValue => [sub, `sub ${sub}`];
      return {
        part,
        put: (id, sub, item) => part.put(id, pair(sub), item),
        remove: (id, sub) => void part.remove(id, pair(sub)),
        clear: (id) => part.clear(id),
        read: (id) => {
          const found: [number, Item][] = [];
          for (const [key, row] of part.entries(id)) {
            found.push([(key as readonly [number, string])[0], copyOf(row)]);
          }
          for (const [sub, item] of found) expect(part.get(id, pair(sub))?.copy()).toEqual(item);
          return found;
        },
      };
    },
  },
};

function copyOf(view: { copy(): unknown }): Item {
  return view.copy() as Item;
}

interface Kept {
  readonly sub: number;
  readonly item: Item;
  stamp: number;
}

/** What a part should hold, by key. */
class Model {
  readonly #shape: Shape;
  readonly #ttlMs: number;
  readonly #refresh: boolean;
  #kept: Map<number, Kept[]> = new Map();

  constructor(shape: Shape, ttl: TtlOptions | undefined) {
    this.#shape = shape;
    this.#ttlMs = ttl?.ttlMs ?? Infinity;
    this.#refresh = ttl?.update === 'onReadAndWrite';
  }

  live(key: number, now: number): Kept[] {
    return (this.#kept.get(key) ?? []).filter(({ stamp }) => now - stamp < this.#ttlMs);
  }

  put(key: number, now: number, sub: number, item: Item): void {
    const live = this.live(key, now);
    const one: Kept = { sub, item, stamp: now };
    const at = this.#shape === 'map' ? live.findIndex((other) => other.sub === sub) : -1;
    if (this.#shape === 'value') this.#kept.set(key, [one]);
    else if (at >= 0) this.#kept.set(key, live.with(at, one));
    else this.#kept.set(key, [...live, one]);
  }

  remove(key: number, now: number, sub: number): void {
    if (this.#shape === 'value') this.clear(key);
    else if (this.#shape === 'map' || this.#ttlMs === Infinity) {
      this.#kept.set(
        key,
        this.live(key, now).filter((one) => one.sub !== sub),
      );
    }
  }

  clear(key: number): void {
    this.#kept.delete(key);
  }

  read(key: number, now: number): [number, Item][] {
    const live = this.live(key, now);
    if (this.#refresh) for (const one of live) one.stamp = now;
    return live.map(({ sub, item }) => [this.#shape === 'value' ? 0 : sub, item]);
  }
}

const anyOps: fc.Arbitrary<Op[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('put', 'put', 'put', 'read', 'remove', 'clear', 'rescale', 'tick'),
    key: fc.integer({ min: 0, max: 6 }),
    sub: fc.constantFrom(0, 1, 2, NaN).map((sub) => sub || 0),
    item: fc.record({
      n: fc.integer({ min: 0, max: 9 }),
      text: fc.constantFrom(null, '', 'short', 'long '.repeat(60)),
    }),
  }),
  { maxLength: 80, size: 'max' },
);

function run(
  kind: Kind,
  ops: readonly Op[],
  typed: boolean,
  ttl: TtlOptions | undefined,
  at: Clock,
): void {
  const input = typed ? typedInput([{ kind: 'i64' }]).input : functionInput();
  const account = new QuotaAccount('test', Infinity);
  const open = (): { backend: KeyedBackend; subject: Subject } => {
    const options = { operatorName: 'test', account, maxParallelism: GROUPS, inputs: [input] };
    const backend = createKeyedBackend(options);
    const subject = kind.make(backend, ttl);
    backend.register(subject.part);
    return { backend, subject };
  };
  let { backend, subject } = open();
  const model = new Model(kind.shape, ttl);
  const check = (key: number): void => {
    const id = backend.keys.intern(key, hashOf(key));
    const expected = model.read(key, at.ms);
    expect(subject.read(id)).toEqual(expected);
    expect(subject.part.has(id)).toBe(expected.length > 0);
    backend.keys.settle(id);
  };
  for (const { kind: what, key, sub, item } of ops) {
    if (what === 'tick') at.ms += 1 + item.n;
    else if (what === 'read') check(key);
    else if (what === 'rescale') {
      // To three instances by key group, and back to one.
      const whole = backend.snapshot();
      backend.dispose();
      const thirds = [0, 1, 2].map((i) => {
        const one = open();
        one.backend.restore(
          [whole],
          Math.ceil((i * GROUPS) / 3),
          Math.ceil(((i + 1) * GROUPS) / 3) - 1,
        );
        const snapshot = one.backend.snapshot();
        one.backend.dispose();
        return snapshot;
      });
      expect(account.usedBytes).toBe(0);
      ({ backend, subject } = open());
      backend.restore(thirds, 0, GROUPS - 1);
    } else {
      const id = backend.keys.intern(key, hashOf(key));
      if (what === 'put') subject.put(id, sub, item);
      else if (what === 'remove') subject.remove(id, sub);
      else subject.clear(id);
      if (what === 'put') model.put(key, at.ms, sub, item);
      else if (what === 'remove') model.remove(key, at.ms, sub);
      else model.clear(key);
      backend.keys.settle(id);
    }
  }
  for (let key = 0; key <= 6; key++) check(key);
  for (let key = 0; key <= 6; key++) {
    const id = backend.keys.intern(key, hashOf(key));
    subject.clear(id);
    backend.keys.settle(id);
  }
  expect(backend.keys.size).toBe(0);
  backend.dispose();
  expect(account.usedBytes).toBe(0);
}

interface Clock {
  ms: number;
}

describe('a part gives every key what a Map would, also after snapshots restored at other parallelisms', () => {
  for (const [name, kind] of Object.entries(kinds)) {
    it(`as ${name}, without a time to live`, () => {
      fc.assert(
        fc.property(anyOps, fc.boolean(), (ops, typed) =>
          run(kind, ops, typed, undefined, { ms: 0 }),
        ),
        { numRuns: 12 },
      );
    });

    it(`as ${name}, with a time to live: what is expired is not seen`, () => {
      const update = fc.constantFrom('onCreateAndWrite' as const, 'onReadAndWrite' as const);
      fc.assert(
        fc.property(anyOps, fc.boolean(), update, (ops, typed, by) => {
          const clock = { ms: -20 };
          const ttl: TtlOptions = { ttlMs: TTL_MS, update: by, now: () => clock.ms };
          run(kind, ops, typed, ttl, clock);
        }),
        { numRuns: 12 },
      );
    });
  }
});
