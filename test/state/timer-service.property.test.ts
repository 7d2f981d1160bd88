import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import { END_OF_TIME } from '../../src/record/index.ts';
import { ByteReader, ByteWriter, createTimerService, QuotaAccount } from '../../src/state/index.ts';
import type { TimerService } from '../../src/state/index.ts';

interface Timer {
  readonly id: number;
  readonly namespace: number;
  readonly time: number;
}

/** Counts the holders of ids below 8. */
class FakeKeys {
  readonly limit = 8;
  readonly changes = { touch: (): void => {} };
  readonly holders: number[] = Array.from({ length: 8 }, () => 0);
  retain(id: number): void {
    this.holders[id]!++;
  }
  release(id: number): void {
    this.holders[id]!--;
  }
}

/** A list in the order of registration. */
class Model {
  timers: Timer[] = [];

  register(timer: Timer): void {
    if (!this.timers.some((other) => same(other, timer))) this.timers.push(timer);
  }
  delete(timer: Timer): void {
    this.timers = this.timers.filter((other) => !same(other, timer));
  }
  /** The earliest; of those the one that was registered first. */
  get first(): Timer | undefined {
    return this.timers.toSorted((a, b) => a.time - b.time)[0];
  }
  get next(): number {
    return this.first?.time ?? Infinity;
  }
}

function same(a: Timer, b: Timer): boolean {
  return a.id === b.id && a.namespace === b.namespace && a.time === b.time;
}

/** Near 0 and near each power of 256, on both sides, and the ends. */
const time = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc
    .tuple(fc.constantFrom(1, -1), fc.integer({ min: 1, max: 6 }), fc.integer({ min: -2, max: 2 }))
    .map(([sign, power, delta]) => sign * 256 ** power + delta),
  fc.constantFrom(END_OF_TIME, -END_OF_TIME, 1_700_000_000_000),
  fc.maxSafeInteger(),
);
const timer = fc.record({
  id: fc.integer({ min: 0, max: 7 }),
  namespace: fc.oneof(fc.integer({ min: -1, max: 1 }), fc.constantFrom(END_OF_TIME, 0.5)),
  time,
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant('register' as const), timer }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('delete' as const), pick: fc.nat(), timer }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('advance' as const),
      time,
      max: fc.integer({ min: 1, max: 4 }),
      /** Registered by the callbacks, one for each call. */
      meanwhile: fc.array(timer, { maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('next' as const) }) },
);

function make(keys: FakeKeys = new FakeKeys()): {
  timers: TimerService;
  keys: FakeKeys;
  account: QuotaAccount;
} {
  const account = new QuotaAccount('under-test', Infinity);
  return { timers: createTimerService({ name: 'timers', keys, account }), keys, account };
}

/** Many registrations of the timers `(id, k % namespaces, time(id, k))`, for k below `perId`. */
const SHAPES = [
  {
    name: 'a few timers that are registered by turns',
    timers: 1,
    perId: 5,
    namespaces: 1,
    registrations: 100_000,
    deletesEvery: 0,
    time: (_: number, k: number): number => 60_000 * (5 - k),
  },
  {
    name: 'scattered timers',
    timers: 20_000,
    perId: 4,
    namespaces: 1,
    registrations: 150_000,
    deletesEvery: 0,
    time: (id: number, k: number): number => (((id * 7919) % 20_011) - 10_000) * 64 + k,
  },
  {
    name: 'aligned timers',
    timers: 20_000,
    perId: 3,
    namespaces: 1,
    registrations: 150_000,
    deletesEvery: 0,
    time: (_: number, k: number): number => 60_000 * k,
  },
  {
    name: 'timers of one time and two namespaces, too many to be looked through at once',
    timers: 45_000,
    perId: 2,
    namespaces: 2,
    registrations: 300_000,
    deletesEvery: 0,
    time: (): number => 1_700_000_000_000,
  },
  {
    name: 'timers that are deleted as well',
    timers: 10_000,
    perId: 4,
    namespaces: 2,
    registrations: 100_000,
    deletesEvery: 3,
    time: (id: number, k: number): number => (id % 7) * 60_000 + k,
  },
];

describe('timer service', () => {
  it('behaves as a list without duplicates that fires in the order of time, then of registration', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { timers, keys } = make();
        const model = new Model();
        for (const one of steps) {
          if (one.op === 'register') {
            timers.register(one.timer.id, one.timer.namespace, one.timer.time);
            model.register(one.timer);
          } else if (one.op === 'delete') {
            const known = model.timers[one.pick % (model.timers.length + 1)] ?? one.timer;
            timers.delete(known.id, known.namespace, known.time);
            model.delete(known);
          } else if (one.op === 'next') {
            expect(timers.next).toBe(model.next);
          } else {
            const pending = [...one.meanwhile];
            const onTimer = (id: number, namespace: number, at: number): void => {
              expect({ id, namespace, time: at }).toEqual(model.first);
              model.delete(model.first!);
              const more = pending.pop();
              if (more === undefined) return;
              timers.register(more.id, more.namespace, more.time);
              model.register(more);
            };
            while (!timers.advance(one.time, one.max, onTimer));
            expect(model.next).toBeGreaterThan(one.time);
          }
          // Asking for the size tells copies apart; half of the runs leave that to the other calls.
          if (steps.length % 2 === 0) expect(timers.size).toBe(model.timers.length);
        }
        expect(timers.size).toBe(model.timers.length);
        const holders = keys.holders.map((_, id) => model.timers.filter((t) => t.id === id).length);
        expect(keys.holders).toEqual(holders);
      }),
      { numRuns: 300 },
    );
  });

  it('fires no more than it is asked to, and says whether more are due', () => {
    const { timers } = make();
    for (let i = 0; i < 10; i++) timers.register(i % 8, i, 5);
    let fired = 0;
    expect(timers.advance(5, 4, () => fired++)).toBe(false);
    expect(fired).toBe(4);
    expect(timers.advance(5, 6, () => fired++)).toBe(true);
    expect([fired, timers.size]).toEqual([10, 0]);
  });

  it('gives each key its timers back from a snapshot, in the order in which they would have fired', () => {
    fc.assert(
      fc.property(fc.array(timer, { maxLength: 40 }), time, (all, until) => {
        const { timers } = make();
        for (const { id, namespace, time: at } of all) timers.register(id, namespace, at);
        timers.advance(until, 5, () => undefined);
        timers.beginSnapshot?.();
        const restored = make();
        for (let id = 0; id < 8; id++) {
          if (!timers.has(id)) continue;
          const out = new ByteWriter();
          timers.write(id, out);
          restored.timers.read(id, new ByteReader(out.toBytes()), timers.descriptor);
        }
        expect(restored.timers.size).toBe(timers.size);
        const firings = (service: TimerService): Record<number, unknown[]> => {
          const byKey: Record<number, unknown[]> = {};
          service.advance(END_OF_TIME, Infinity, (id, namespace, at) =>
            (byKey[id] ??= []).push([namespace, at]),
          );
          return byKey;
        };
        expect(firings(restored.timers)).toEqual(firings(timers));
      }),
      { numRuns: 100 },
    );
  });

  for (const shape of SHAPES) {
    it(`keeps ${shape.name} once each, in bounded memory`, () => {
      const prng = new Prng(7);
      const ids = shape.timers;
      const holders = new Int32Array(ids);
      const keys = {
        limit: ids,
        changes: { touch: (): void => {} },
        retain: (id: number) => void holders[id]!++,
        release: (id: number) => void holders[id]!--,
      };
      const account = new QuotaAccount('under-test', Infinity);
      const timers = createTimerService({ name: 'timers', keys, account });
      const pick = (): Timer => {
        const id = prng.below(ids);
        const k = prng.below(shape.perId);
        return { id, namespace: k % shape.namespaces, time: shape.time(id, k) };
      };
      const model = new Map<string, Timer>();
      const keyOf = (one: Timer): string => `${one.id} ${one.namespace} ${one.time}`;
      let mostBytes = 0;
      for (let i = 0; i < shape.registrations; i++) {
        const one = pick();
        timers.register(one.id, one.namespace, one.time);
        if (!model.has(keyOf(one))) model.set(keyOf(one), one);
        if (shape.deletesEvery > 0 && i % shape.deletesEvery === 0) {
          const gone = pick();
          timers.delete(gone.id, gone.namespace, gone.time);
          model.delete(keyOf(gone));
        }
        mostBytes = Math.max(mostBytes, account.usedBytes);
      }
      expect(mostBytes).toBeLessThan(2 ** 20 + ids * shape.perId * 128);
      const fired: Timer[] = [];
      const onTimer = (id: number, namespace: number, time: number): void => {
        fired.push({ id, namespace, time });
      };
      while (!timers.advance(END_OF_TIME, 1000, onTimer));
      expect(fired).toEqual([...model.values()].toSorted((a, b) => a.time - b.time));
      expect(holders.every((count) => count === 0)).toBe(true);
      expect(timers.size).toBe(0);
    });
  }

  it('finds timers of a long place that is fired, and registered at, while its index is made', () => {
    const holders = new Int32Array(100_000);
    const keys = {
      limit: holders.length,
      changes: { touch: (): void => {} },
      retain: (id: number) => void holders[id]!++,
      release: (id: number) => void holders[id]!--,
    };
    const account = new QuotaAccount('under-test', Infinity);
    const timers = createTimerService({ name: 'timers', keys, account });
    for (let id = 0; id < holders.length; id++) timers.register(id, 0, 5);
    timers.delete(70_000, 0, 5);
    const fired: number[] = [];
    expect(timers.advance(5, 40_000, (id) => fired.push(id))).toBe(false);
    timers.delete(80_000, 0, 5);
    timers.delete(10, 0, 5);
    timers.register(90_000, 0, 5);
    timers.register(20, 0, 5);
    timers.register(20, 0, 5);
    timers.register(80_000, 0, 5);
    expect(timers.advance(5, Infinity, (id) => fired.push(id))).toBe(true);
    const all = Array.from(holders, (_, id) => id);
    const left = all.filter((id) => id !== 70_000 && id !== 80_000);
    expect(fired).toEqual([...left, 20, 80_000]);
    expect(holders.every((count) => count === 0)).toBe(true);
    timers.dispose();
    expect(account.usedBytes).toBe(0);
  });

  it('accounts its pages and index exactly, and uses what was given up again', () => {
    const { timers, account } = make();
    const round = (): void => {
      for (let i = 0; i < 10_000; i++) timers.register(i & 7, 0, (i * 7919) % 100_003);
      timers.advance(END_OF_TIME, Infinity, () => undefined);
    };
    round();
    const after = account.usedBytes;
    expect(after).toBeGreaterThanOrEqual(10_000 * 24);
    expect(after).toBeLessThan(10_000 * 64);
    round();
    expect(account.usedBytes).toBe(after);
    timers.dispose();
    expect(account.usedBytes).toBe(0);
  });

  it('stays as it was when the quota does not allow another timer', () => {
    const account = new QuotaAccount('under-test', 200_000);
    const keys = new FakeKeys();
    const timers = createTimerService({ name: 'timers', keys, account });
    const fill = (): void => {
      for (let i = 0; ; i++) timers.register(1, 0, i);
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'ERR_STATE_QUOTA' }));
    const { size } = timers;
    expect(keys.holders[1]).toBe(size);
    let fired = 0;
    timers.advance(END_OF_TIME, Infinity, () => fired++);
    expect(fired).toBe(size);
  });
});
