import { describe, expect, test } from 'vitest';

import { i32, job, max, record, utf8 } from 'millrace';
import type { Job, JobEnvironment, Stream } from 'millrace';
import { testSink, testSource, TestRun } from 'millrace/testing';
import type { EmittedRow } from 'millrace/testing';
import { Left, Right, streamsOf } from './join-script.ts';
import type { LeftRow, RightRow } from './join-script.ts';

const Pair = record('Pair', { left: i32, right: i32 });
const Named = record('Named', { n: i32, name: utf8, ref: i32 });

function jobOf(
  build: (left: Stream<LeftRow>, right: Stream<RightRow>, env: JobEnvironment) => Stream<unknown>,
): Job {
  return job('joins', (env) => {
    const { left, right } = streamsOf(env, 'bytes');
    build(left, right, env).sinkTo(testSink('out'));
  });
}

const pair = (a: { n: number }, b: { n: number }): { left: number; right: number } => ({
  left: a.n,
  right: b.n,
});

const interval = jobOf((left, right) =>
  left.keyBy('id').intervalJoin(right.keyBy('ref')).between(-5, 5).process(pair, Pair),
);
const temporal = jobOf((left, right) =>
  left.keyBy('id').temporalJoin(right.keyBy('ref')).apply(pair, Pair),
);
const windowed = jobOf((left, right) =>
  left
    .join(right)
    .where('id')
    .equalTo('ref')
    .window({ kind: 'tumbling', time: 'event', sizeMs: 100, offsetMs: 0 })
    .apply(pair, Pair),
);
const expiring = jobOf((left, right) =>
  left.keyBy('id').join(right.keyBy('ref'), { ttl: '1s', time: 'event' }).apply(pair, Pair),
);

describe('rows that a join cannot take', () => {
  test.for([
    ['an interval join', interval],
    ['a temporal join', temporal],
    ['a window join', windowed],
    ['a join with a time to live in event time', expiring],
  ] as const)('%s names itself when a row has no timestamp', async ([, tested]) => {
    const run = await TestRun.start(tested);
    run.source('left').push({ id: 1, n: 1, name: '' });
    await expect(run.finish()).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_NO_TIMESTAMP' }),
    );
  });

  test.for([
    ['an interval join', interval],
    ['a window join', windowed],
  ] as const)('%s takes inserts only', async ([, tested]) => {
    const run = await TestRun.start(tested);
    run.source('right').pushChange('delete', { n: 1, ref: 1 }, 5);
    await expect(run.finish()).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_CHANGELOG' }),
    );
  });

  test('a join with a unique side refuses a second row of a key', async () => {
    const unique = jobOf((left, right) =>
      left.keyBy('id').join(right.keyBy('ref'), { unique: 'right' }).apply(pair, Pair),
    );
    const run = await TestRun.start(unique);
    run.source('right').push({ n: 1, ref: 7 }, 1);
    run.source('left').push({ id: 7, n: 1, name: '' }, 1);
    run.source('left').push({ id: 7, n: 2, name: '' }, 1);
    run.source('right').push({ n: 2, ref: 7 }, 1);
    await expect(run.finish()).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_OPERATORS_JOIN_UNIQUE',
        message: expect.stringContaining('one row of the right input for each key') as unknown,
      }),
    );
  });

  test('a join with a unique side refuses to take its rows back', async () => {
    const unique = jobOf((left, right) =>
      left.keyBy('id').join(right.keyBy('ref'), { unique: 'left' }).apply(pair, Pair),
    );
    const run = await TestRun.start(unique);
    run.source('left').push({ id: 7, n: 1, name: '' }, 1);
    run.source('left').pushChange('delete', { id: 7, n: 1, name: '' }, 1);
    await expect(run.finish()).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_CHANGELOG' }),
    );
  });

  test('a join that learns of a unique side drops what it kept in vain, and gives the same', async () => {
    const joinOf = (options: { unique?: 'right' }): Job =>
      jobOf((left, right) => left.keyBy('id').join(right.keyBy('ref'), options).apply(pair, Pair));
    const before = await TestRun.start(joinOf({}));
    before.source('right').push({ n: 1, ref: 7 }, 1);
    for (let n = 0; n < 10; n++) before.source('left').push({ id: 7, n, name: 'met' }, 1);
    before.source('left').push({ id: 8, n: 10, name: 'waiting' }, 1);
    before.settle();
    const snapshot = await before.checkpoint();
    await before.cancel();
    const after = await TestRun.restore(joinOf({ unique: 'right' }), snapshot, {}, before);
    after.source('right').push({ n: 2, ref: 8 }, 1);
    after.source('left').push({ id: 7, n: 11, name: 'late' }, 1);
    await after.finish();
    const rows = after.output('out').rows as readonly { readonly left: number }[];
    expect(rows.map(({ left }) => left).toSorted((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
  });

  test('a changelog may be named unique: its rows change, and the others wait for the next', async () => {
    const totals = jobOf((left, right) =>
      left
        .keyBy('id')
        .join(
          right
            .keyBy('ref')
            .aggregate({ n: max('n') })
            .keyBy('ref'),
          { unique: 'right' },
        )
        .apply(pair, Pair),
    );
    const run = await TestRun.start(totals);
    run.source('right').push({ n: 1, ref: 7 }, 1);
    run.settle();
    run.source('left').push({ id: 7, n: 5, name: '' }, 1);
    run.settle();
    run.source('right').push({ n: 2, ref: 7 }, 1);
    await run.finish();
    expect(run.output('out').emitted.map(({ row, change = 'insert' }) => [change, row])).toEqual([
      ['insert', { left: 5, right: 1 }],
      ['updateBefore', { left: 5, right: 1 }],
      ['updateAfter', { left: 5, right: 2 }],
    ]);
  });

  test('a function that gives no row is an error that says so', async () => {
    const run = await TestRun.start(
      jobOf((left, right) =>
        left
          .keyBy('id')
          .join(right.keyBy('ref'))
          .apply(() => undefined as unknown),
      ),
    );
    run.source('left').push({ id: 1, n: 1, name: '' }, 1);
    run.source('right').push({ n: 2, ref: 1 }, 1);
    await expect(run.finish()).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_RESULT' }),
    );
  });

  test('a session gap that is no duration is an error that says so', async () => {
    const run = await TestRun.start(
      jobOf((left, right) =>
        left
          .join(right)
          .where('id')
          .equalTo('ref')
          .window({ kind: 'session', time: 'event', gap: () => 0.5 })
          .apply(pair, Pair),
      ),
    );
    run.source('left').push({ id: 1, n: 1, name: '' }, 1);
    await expect(run.finish()).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_OPERATORS_RESULT' }),
    );
  });
});

describe('state of a join', () => {
  test.for([
    ['an interval join', interval],
    ['a window join', windowed],
    ['a join with a time to live', expiring],
  ] as const)('%s holds nothing once the watermark passed all its rows', async ([, tested]) => {
    const run = await TestRun.start(tested);
    const push = (from: number): void => {
      for (let i = 0; i < 200; i++) {
        run.source('left').push({ id: i, n: i, name: 'x'.repeat(50) }, from + i);
        run.source('right').push({ n: i, ref: i }, from + i);
      }
    };
    push(0);
    run.source('left').watermark(100_000);
    run.source('right').watermark(100_000);
    await run.drain();
    expect(run.output('out').rows).toHaveLength(200);
    const empty = await run.checkpoint();
    expect(JSON.stringify(empty)).not.toContain('xxxxx');
    const held = run.stateBytes;
    for (let round = 1; round <= 5; round++) {
      push(round * 200_000);
      run.source('left').watermark(round * 200_000 + 100_000);
      run.source('right').watermark(round * 200_000 + 100_000);
      await run.drain();
    }
    expect(run.output('out').rows).toHaveLength(1200);
    // What was freed is used again.
    expect(run.stateBytes).toBeLessThan(1.25 * held);
    expect(held).toBeGreaterThan(0);
    await run.finish();
  });
});

describe('a hot key', () => {
  test('of a window is emitted in pieces that fit rings of 4 KiB and a small overdraft', async () => {
    const run = await TestRun.start(windowed, {
      ringBytes: 4096,
      overdraftBytes: 128 * 1024,
      refuseSteps: true,
    });
    for (let i = 0; i < 300; i++) {
      run.source('left').push({ id: 1, n: i, name: '' }, i % 100);
      run.source('right').push({ n: i, ref: 1 }, i % 100);
    }
    await run.finish();
    const rows = run.output<{ left: number; right: number }>('out').rows;
    expect(rows).toHaveLength(90_000);
    expect(new Set(rows.map(({ left, right }) => left * 1000 + right)).size).toBe(90_000);
  });

  test('of a temporal join is emitted in pieces, each row with its version', async () => {
    const run = await TestRun.start(temporal, { ringBytes: 4096, overdraftBytes: 128 * 1024 });
    for (let i = 0; i < 5000; i++) {
      run.source('left').push({ id: 1, n: i, name: '' }, i);
      if (i % 10 === 0) run.source('right').push({ n: i, ref: 1 }, i);
    }
    await run.finish();
    const rows = run.output<{ left: number; right: number }>('out').rows;
    expect(rows).toEqual(
      Array.from({ length: 5000 }, (_, i) => ({ left: i, right: i - (i % 10) })),
    );
  });
});

describe('selected fields', () => {
  test('carry texts as bytes, also when the next operator runs in the same chain', async () => {
    const run = await TestRun.start(
      job('select', (env) => {
        const left = env.fromSource(testSource('left', Left));
        const right = env.fromSource(testSource('right', Right));
        const selected = left.keyBy('id').join(right.keyBy('ref'));
        const named = selected.select('Named', {
          n: 'right.n',
          name: 'left.name',
          ref: 'right.ref',
        });
        named
          .map((row) => ({ n: row.n, loud: row.name.toUpperCase() }))
          .sinkTo(testSink('chained'));
        named
          .keyBy('n')
          .reduce((_, row) => ({ n: row.n, name: row.name, ref: row.ref }))
          .map((row) => ({ n: row.n, name: row.name, ref: row.ref }), Named)
          .sinkTo(testSink('out'));
      }),
    );
    const long = 'grüße '.repeat(100);
    run.source('left').push({ id: 1, n: 1, name: long }, 1);
    run.source('left').push({ id: 2, n: 1, name: '' }, 1);
    run.source('right').push({ n: 7, ref: 1 }, 1);
    run.source('right').push({ n: 8, ref: 2 }, 1);
    await run.finish();
    const byNumber = (rows: readonly unknown[]): unknown[] =>
      (rows as { n: number }[]).toSorted((a, b) => a.n - b.n);
    expect(byNumber(run.output('out').rows)).toEqual([
      { n: 7, name: long, ref: 1 },
      { n: 8, name: '', ref: 2 },
    ]);
    expect(byNumber(run.output('chained').rows)).toEqual([
      { n: 7, loud: long.toUpperCase() },
      { n: 8, loud: '' },
    ]);
  });
});

describe('a lookup join', () => {
  const table = new Map([
    [1, ['one']],
    [2, ['two', 'zwei']],
  ]);
  const lookups = (options: {
    readonly outer: boolean;
    readonly asked: number[];
    readonly cache?: { readonly size: number; readonly ttl?: number };
  }): Job =>
    job('lookup', (env) => {
      const { outer, asked, cache } = options;
      const source = env.fromSource(testSource('left', Left));
      const lookup = async ({ id }: LeftRow): Promise<readonly string[] | undefined> => {
        asked.push(id);
        return table.get(id);
      };
      const settings = cache === undefined ? {} : { cache: { key: 'id' as const, ...cache } };
      const joined = outer
        ? source
            .leftLookupJoin(lookup, settings)
            .apply((row, name?: string) => ({ n: row.n, name: name ?? 'none' }))
        : source.lookupJoin(lookup, settings).apply((row, name) => ({ n: row.n, name }));
      joined.sinkTo(testSink('out'));
    });
  const push = (run: TestRun, ids: readonly number[]): void => {
    ids.forEach((id, n) => run.source('left').push({ id, n, name: '' }, n));
  };

  test('gives a row for each answer, none for none, in the order of the rows', async () => {
    const run = await TestRun.start(lookups({ outer: false, asked: [] }));
    push(run, [2, 3, 1]);
    await run.finish();
    expect(run.output('out').emitted).toEqual<EmittedRow[]>([
      { row: { n: 0, name: 'two' }, timestamp: 0 },
      { row: { n: 0, name: 'zwei' }, timestamp: 0 },
      { row: { n: 2, name: 'one' }, timestamp: 2 },
    ]);
  });

  test('keeps rows without an answer when it is a left one', async () => {
    const run = await TestRun.start(lookups({ outer: true, asked: [] }));
    push(run, [3, 1]);
    await run.finish();
    expect(run.output('out').rows).toEqual([
      { n: 0, name: 'none' },
      { n: 1, name: 'one' },
    ]);
  });

  test('asks once for a key that is in the cache, and again when it was pushed out or is too old', async () => {
    const asked: number[] = [];
    const run = await TestRun.start(lookups({ outer: true, asked, cache: { size: 2, ttl: 100 } }));
    const one = async (id: number): Promise<void> => {
      push(run, [id]);
      await run.drain();
    };
    for (const id of [1, 3, 1, 2, 3, 1]) await one(id);
    // 1 is younger than 3 when 2 comes: 3 goes; then 3 pushes 1 out.
    expect(asked).toEqual([1, 3, 2, 3, 1]);
    run.advanceProcessingTime(99);
    await one(1);
    expect(asked).toHaveLength(5);
    run.advanceProcessingTime(1);
    await one(1);
    expect(asked).toHaveLength(6);
    await run.finish();
    expect(run.output('out').rows).toHaveLength(9);
  });
});
