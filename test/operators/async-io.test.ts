import { describe, expect, it } from 'vitest';
import { asyncTransformation, retryDelayMs } from '../../src/operators/index.ts';
import type { AsyncFunctions, AsyncSettings } from '../../src/operators/index.ts';
import { END_OF_TIME, i32, NO_TIMESTAMP, record, RowKind, utf8 } from '../../src/record/index.ts';
import type { OperatorSnapshot } from '../../src/state/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';
import type { HarnessOptions } from '../support/operator-harness.ts';

const Id = record('Id', { id: i32, name: utf8 });
const defaults: AsyncSettings = { ordered: true, capacity: 3, timeoutMs: 1000, retry: null };
const retry = { attempts: 3, delay: { initialMs: 100, maxMs: 150, factor: 2 } };

/** A server that answers when it is told to. */
class Server {
  readonly calls: { readonly row: unknown; readonly signal: AbortSignal }[] = [];
  readonly #answers: PromiseWithResolvers<unknown>[] = [];

  readonly ask = (row: unknown, signal: AbortSignal): Promise<unknown> => {
    this.calls.push({ row, signal });
    const answer = Promise.withResolvers<unknown>();
    this.#answers.push(answer);
    return answer.promise;
  };

  answer(call: number, value: unknown): void {
    this.#answers[call]!.resolve(value);
  }

  fail(call: number, error: unknown): void {
    this.#answers[call]!.reject(error);
  }

  get rows(): unknown[] {
    return this.calls.map(({ row }) => row);
  }
}

function make(
  settings: Partial<AsyncSettings> = {},
  functions: Partial<AsyncFunctions> = {},
  options: HarnessOptions = {},
) {
  const server = new Server();
  const harness = new OperatorHarness(
    asyncTransformation({ ...defaults, ...settings }, { asyncInvoke: server.ask, ...functions }),
    options,
  );
  void harness.operator.open?.();
  return { server, harness };
}

describe('ordered', () => {
  it('emits answers in the order of the rows, with their timestamps, and watermarks between them', async () => {
    const { server, harness } = make();
    harness.advance(1);
    harness.push('a', 10);
    harness.advance(5);
    harness.push('b', 12);
    harness.advance(11);
    harness.advance(12);
    server.answer(1, 'B');
    await harness.completions();
    expect(harness.events).toEqual([{ watermark: 1 }]);
    server.answer(0, ['A1', 'A2']);
    await harness.completions();
    expect(harness.events.slice(1)).toEqual([
      { row: 'A1', timestamp: 10 },
      { row: 'A2', timestamp: 10 },
      { watermark: 5 },
      { row: 'B', timestamp: 12 },
      { watermark: 12 },
    ]);
  });

  it('passes the kind of a row on to its answers', async () => {
    const { server, harness } = make();
    harness.push('a', NO_TIMESTAMP, 0, RowKind.updateBefore);
    harness.push('b', NO_TIMESTAMP, 0, RowKind.updateAfter);
    server.answer(1, 'B');
    server.answer(0, ['A', 'a']);
    await harness.completions();
    expect(harness.changes).toEqual([
      ['-U', 'A'],
      ['-U', 'a'],
      ['+U', 'B'],
    ]);
  });
});

describe('an idle input', () => {
  it('is told of when the last answer and the watermark behind it have left', async () => {
    const { server, harness } = make();
    harness.push('a', 10);
    harness.advance(5);
    harness.operator.onStatus!(true);
    expect(harness.statuses).toEqual([]);
    server.answer(0, 'A');
    await harness.completions();
    expect(harness.events).toEqual([{ row: 'A', timestamp: 10 }, { watermark: 5 }]);
    expect(harness.statuses).toEqual([true]);
    harness.operator.onStatus!(false);
    expect(harness.statuses).toEqual([true, false]);
  });

  it('is not told of when it is active again before', async () => {
    const { server, harness } = make();
    harness.push('a', 10);
    harness.operator.onStatus!(true);
    harness.operator.onStatus!(false);
    server.answer(0, 'A');
    await harness.completions();
    expect(harness.statuses).toEqual([]);
    harness.operator.onStatus!(true);
    expect(harness.statuses).toEqual([true]);
  });
});

describe('unordered', () => {
  it('emits answers as they come, but none past a watermark', async () => {
    const { server, harness } = make({ ordered: false });
    harness.push('a', 10);
    harness.push('b', 11);
    harness.advance(5);
    harness.push('c', 12);
    server.answer(2, 'C');
    server.answer(1, 'B');
    await harness.completions();
    expect(harness.events).toEqual([{ row: 'B', timestamp: 11 }]);
    server.answer(0, 'A');
    await harness.completions();
    expect(harness.events.slice(1)).toEqual([
      { row: 'A', timestamp: 10 },
      { watermark: 5 },
      { row: 'C', timestamp: 12 },
    ]);
  });

  it('refuses rows that are no inserts, whose order matters', () => {
    const { harness } = make({ ordered: false });
    expect(() => harness.push('a', NO_TIMESTAMP, 0, RowKind.delete)).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_CHANGELOG' }),
    );
  });
});

describe('an answer', () => {
  it('is one row, the rows of an iterable, or nothing; texts and bytes are rows', async () => {
    const answers = [
      7,
      'text',
      new Uint8Array([1, 2]),
      new Set([1, 2]),
      [],
      null,
      undefined,
      { a: 1 },
    ];
    const { harness } = make({ capacity: 99 }, { asyncInvoke: (i) => answers[i as number] });
    answers.forEach((_, i) => harness.push(i));
    await harness.completions();
    expect(harness.rows).toEqual([7, 'text', new Uint8Array([1, 2]), 1, 2, { a: 1 }]);
  });

  it('of many rows leaves in pieces of at most 1,024', async () => {
    const many = Array.from({ length: 2500 }, (_, i) => i);
    const { harness } = make({}, { asyncInvoke: () => many });
    harness.push('a');
    await new Promise((resolve) => setImmediate(resolve));
    const sizes = [0, 1, 2].map(() => [harness.operator.onCompletion?.(), harness.rows.length]);
    expect(sizes).toEqual([
      [false, 1024],
      [false, 2048],
      [true, 2500],
    ]);
  });
});

describe('capacity', () => {
  it('bounds the requests under way: the operator is not ready, and what still comes waits unasked', async () => {
    const { server, harness } = make({ capacity: 2 });
    harness.push(0);
    expect(harness.operator.ready?.()).toBe(true);
    harness.push(1);
    expect(harness.operator.ready?.()).toBe(false);
    harness.push(2);
    harness.push(3);
    expect(server.rows).toEqual([0, 1]);
    const room = harness.operator.whenReady?.();
    server.answer(1, 'one');
    await room;
    await harness.completions();
    // An answer that waits for one before it still takes its place.
    expect(server.rows).toEqual([0, 1]);
    server.answer(0, 'zero');
    await harness.completions();
    expect(server.rows).toEqual([0, 1, 2, 3]);
    expect(harness.operator.ready?.()).toBe(false);
    server.answer(2, 'two');
    await harness.completions();
    expect(harness.operator.ready?.()).toBe(true);
    expect(harness.rows).toEqual(['zero', 'one', 'two']);
  });
});

describe('a failed request', () => {
  it('is an error that names operator and row', async () => {
    const { server, harness } = make();
    harness.push({ id: 5 });
    server.fail(0, new Error('no route'));
    await expect(harness.completions()).rejects.toMatchObject({
      code: 'ERR_OPERATORS_ASYNC',
      message: 'A request of under-test failed after 1 attempt(s): no route',
      place: { operator: 'under-test', row: '{"id":5}' },
    });
  });

  it('may throw before it waits, and from the iterable of its answer', async () => {
    for (const asyncInvoke of [
      () => {
        throw new Error('at once');
      },
      () =>
        (function* (): Generator<number> {
          yield 1;
          throw new Error('at once');
        })(),
    ]) {
      const { harness } = make({}, { asyncInvoke });
      harness.push(1);
      await expect(harness.completions()).rejects.toThrow('at once');
    }
  });

  it('is tried again after growing delays of the clock, until it succeeds', async () => {
    const { server, harness } = make({ retry });
    harness.push('a');
    server.fail(0, new Error('1'));
    await harness.completions();
    expect(harness.operator.processingTimeDue?.()).toBe(100);
    harness.advanceProcessingTime(99);
    expect(server.calls).toHaveLength(1);
    harness.advanceProcessingTime(100);
    expect(server.calls).toHaveLength(2);
    server.fail(1, new Error('2'));
    await harness.completions();
    expect(harness.operator.processingTimeDue?.()).toBe(250);
    harness.advanceProcessingTime(250);
    server.answer(2, 'A');
    await harness.completions();
    expect(harness.rows).toEqual(['A']);
    expect([1, 2, 3].map((n) => retryDelayMs({ initialMs: 7, maxMs: 7, factor: 1 }, n))).toEqual([
      7, 7, 7,
    ]);
  });

  it('is an error after the last attempt, or when the predicate says no', async () => {
    const first = make({ retry: { ...retry, attempts: 2 } });
    first.harness.push('a');
    first.server.fail(0, new Error('1'));
    await first.harness.completions();
    first.harness.advanceProcessingTime(100);
    first.server.fail(1, new Error('2'));
    await expect(first.harness.completions()).rejects.toThrow('failed after 2 attempt(s): 2');
    const second = make({ retry }, { onError: (error) => (error as Error).message !== 'fatal' });
    second.harness.push('a');
    second.server.fail(0, new Error('fatal'));
    await expect(second.harness.completions()).rejects.toThrow('fatal');
  });

  it('is tried again for its result as well; the last result stands', async () => {
    const { server, harness } = make(
      { retry: { ...retry, attempts: 2 } },
      { onResult: (rows) => rows.length === 0 },
    );
    harness.push('a');
    harness.push('b');
    server.answer(0, []);
    server.answer(1, 'B');
    await harness.completions();
    expect(harness.rows).toEqual([]);
    harness.advanceProcessingTime(100);
    server.answer(2, null);
    await harness.completions();
    expect(harness.rows).toEqual(['B']);
  });
});

describe('a request that takes too long', () => {
  it('is aborted and is an error', () => {
    const { server, harness } = make({ retry });
    harness.push({ id: 1 });
    harness.advanceProcessingTime(999);
    expect(server.calls[0]!.signal.aborted).toBe(false);
    expect(() => harness.advanceProcessingTime(1000)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPERATORS_ASYNC_TIMEOUT',
        message: 'A request of under-test did not settle within 1 s (1 attempt(s))',
        place: { operator: 'under-test', row: '{"id":1}' },
      }),
    );
    expect(server.calls[0]!.signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('gives what onTimeout says, once; the time of retries counts', async () => {
    const { server, harness } = make({ retry }, { onTimeout: (row) => `${String(row)}: late` });
    harness.push('a');
    harness.advanceProcessingTime(300);
    harness.push('b');
    server.fail(0, new Error('x'));
    await harness.completions();
    harness.advanceProcessingTime(950);
    expect(server.rows).toEqual(['a', 'b', 'a']);
    harness.advanceProcessingTime(1000);
    expect(harness.rows).toEqual(['a: late']);
    server.answer(2, 'too late');
    server.answer(1, 'B');
    await harness.completions();
    expect(harness.rows).toEqual(['a: late', 'B']);
    expect(harness.operator.processingTimeDue?.()).toBe(Infinity);
  });
});

describe('the end', () => {
  it('of time waits for the last answer', async () => {
    const { server, harness } = make();
    const { operator } = harness;
    harness.push('a', 1);
    expect(operator.onWatermark?.(END_OF_TIME)).toBe(false);
    expect(operator.ready?.()).toBe(false);
    server.answer(0, 'A');
    await harness.completions();
    expect(operator.ready?.()).toBe(true);
    expect(operator.onWatermark?.(END_OF_TIME)).toBe(true);
    expect(harness.rows).toEqual(['A']);
  });

  it('of the job aborts what is under way, and nobody waits for it', async () => {
    const { server, harness } = make();
    harness.push('a');
    await harness.operator.close?.(true);
    expect(server.calls[0]!.signal.reason).toMatchObject({ name: 'AbortError' });
    server.fail(0, new Error('aborted'));
    await harness.completions();
    expect(harness.rows).toEqual([]);
  });
});

describe('requests in flight', () => {
  const rows = Array.from({ length: 5 }, (_, i) => ({ id: i, name: `n${i}` }));
  const inputs: readonly [string, HarnessOptions][] = [
    ['typed', { inputs: [{ type: Id }] }],
    ['untyped', {}],
  ];
  it.each(inputs)('are sent again after a restore, %s', async (_, options) => {
    const { server, harness } = make({ capacity: 2 }, {}, options);
    rows.forEach((row, i) => harness.push(row, i * 10));
    harness.advance(7);
    server.answer(0, 'answered');
    server.answer(1, 'answered');
    await harness.completions();
    server.answer(3, 'waits for 2');
    await harness.completions();
    const snapshot = structuredClone(harness.operator.snapshot?.()) as OperatorSnapshot;
    const again = make({ capacity: 2 }, {}, options);
    again.harness.operator.restore?.({ keyed: [], operator: snapshot.operator });
    expect(again.harness.operator.snapshot?.()).toEqual(snapshot);
    await again.harness.operator.open?.();
    expect(again.server.rows).toEqual(rows.slice(2, 4));
    again.server.answer(0, 'two');
    again.server.answer(1, 'three');
    await again.harness.completions();
    again.server.answer(2, 'four');
    await again.harness.completions();
    expect(again.harness.emitted).toEqual([
      { row: 'two', timestamp: 20 },
      { row: 'three', timestamp: 30 },
      { row: 'four', timestamp: 40 },
    ]);
  });

  it('of an older version of the type are read as the type of today', async () => {
    const Newer = record('Id', { id: i32, name: utf8, more: i32 });
    const { harness } = make({}, {}, { inputs: [{ type: Id }] });
    harness.push(rows[1], 10, 0, RowKind.delete);
    const { operator } = harness.operator.snapshot!();
    const again = make({}, {}, { inputs: [{ type: Newer }] });
    again.harness.operator.restore?.({ keyed: [], operator });
    await again.harness.operator.open?.();
    expect(again.server.rows).toEqual([{ id: 1, name: 'n1', more: 0 }]);
    const Other = record('Id', { id: utf8 });
    const other = make({}, {}, { inputs: [{ type: Other }] });
    expect(() => other.harness.operator.restore?.({ keyed: [], operator })).toThrow(
      expect.objectContaining({ code: 'ERR_RECORD_EVOLUTION' }),
    );
  });

  it('are copies: the row of the source may change', async () => {
    const { server, harness } = make();
    const row = { id: 1 };
    harness.push(row);
    row.id = 2;
    expect(server.rows).toEqual([{ id: 1 }]);
  });
});
