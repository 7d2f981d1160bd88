import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  boundedOutOfOrderness,
  count,
  distinct,
  job,
  max,
  quantile,
  sum,
} from '../../src/index.ts';
import type { JobEnvironment, OperatorStream } from '../../src/index.ts';
import { collect, discard, fromCollection, table } from '../../src/connectors/index.ts';
import type { Sink } from '../../src/connectors/index.ts';
import { buildGraph } from '../../src/graph/index.ts';
import { i32, record, timestamp, utf8 } from '../../src/record/index.ts';
import type { RowOf } from '../../src/record/index.ts';
import { runJob } from '../../src/testing/index.ts';

const Bid = record('Bid', { auction: i32, bidder: utf8, price: i32, time: timestamp });
type Bid = RowOf<typeof Bid>;
const bids: readonly Bid[] = Array.from({ length: 300 }, (_, i) => ({
  auction: (i * 7) % 11,
  bidder: `b${(i * 5) % 6}`,
  price: (i * 37) % 101,
  time: i - (i % 3),
}));

function build(declare: (stream: OperatorStream<Bid>, env: JobEnvironment) => unknown) {
  return buildGraph(
    job('j', (env) => {
      const source = env.fromSource(fromCollection([...bids], Bid));
      declare(source, env);
      source.sinkTo(discard());
    }),
    {},
  );
}

/** The final table of what `declare` gives. */
async function tableOf(
  declare: (stream: OperatorStream<Bid>) => { sinkTo(sink: Sink<never>): unknown },
  options: {
    readonly seed: number;
    readonly parallelism?: number;
    readonly executionMode?: 'batch';
    readonly key?: readonly string[];
  },
): Promise<string[]> {
  const { key, ...run } = options;
  const one = job('j', (env) => {
    const source = env.fromSource(
      fromCollection([...bids], Bid),
      boundedOutOfOrderness((bid) => bid.time, '2ms'),
    );
    declare(source).sinkTo(table('t', key === undefined ? {} : { key }));
  });
  const { collected } = await runJob(one, { stepRowsMax: 7, ...run });
  return (collected['t'] ?? []).map((row) => JSON.stringify(row)).toSorted();
}

/** Rows as text, in order. */
function texts(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

function byAuction(rows: readonly Bid[]): Bid[][] {
  return [...Map.groupBy(rows, ({ auction }) => auction).values()];
}

describe('aggregate', () => {
  const spec = { n: count(), total: sum('price'), top: max('price') } as const;
  const expected = texts(
    byAuction(bids).map((group) => ({
      auction: group[0]!.auction,
      n: group.length,
      total: group.reduce((all, { price }) => all + price, 0),
      top: Math.max(...group.map(({ price }) => price)),
    })),
  );

  it.each([
    { seed: 1 },
    { seed: 2, parallelism: 3 },
    { seed: 3, parallelism: 2, executionMode: 'batch' as const },
    { seed: 4, parallelism: 2, key: ['auction'] },
  ])('gives one result per key in the end: %j', async (options) => {
    for (const miniBatch of [false, true, { keys: 3 }, { latency: 2 }]) {
      const rows = await tableOf(
        (stream) =>
          stream.keyBy('auction').aggregate(spec, { miniBatch, updateBefore: !('key' in options) }),
        options,
      );
      expect(rows).toEqual(expected);
    }
  });

  it('aggregates a changelog, through operators that keep kinds', async () => {
    const best = byAuction(bids).map((group) => Math.max(...group.map(({ price }) => price)));
    const rows = await tableOf(
      (stream) =>
        stream
          .keyBy('auction')
          .aggregate(spec)
          .filter(({ top }) => top >= 0)
          .flatMap((row) => [{ auction: row.auction, top: row.top }])
          .aggregate({ n: count(), sum: sum('top'), most: max('top') }),
      { seed: 5, parallelism: 2 },
    );
    const total = best.reduce((a, b) => a + b);
    expect(rows).toEqual(texts([{ n: best.length, sum: total, most: Math.max(...best) }]));
  });

  it('says what comes in and what goes out', () => {
    const graph = build((stream) => {
      const counts = stream.keyBy('auction', 'bidder').aggregate(spec, {
        miniBatch: { latency: '1s' },
        ttl: { after: '1h', time: 'event' },
      });
      expectTypeOf(counts).toEqualTypeOf<
        OperatorStream<{
          readonly auction: number;
          readonly bidder: string;
          readonly n: number;
          readonly total: number;
          readonly top: number;
        }>
      >();
      const keyed = stream.keyBy((bid) => bid.price > 5).aggregate({ n: distinct('bidder') });
      expectTypeOf(keyed).toEqualTypeOf<
        OperatorStream<{ readonly key: boolean; readonly n: number }>
      >();
      const all = stream.aggregate({ n: count() });
      expectTypeOf(all).toEqualTypeOf<OperatorStream<{ readonly n: number }>>();
      counts.keyBy('auction').aggregate({ pairs: count() });
    });
    const [, counts, keyed, all, pairs] = graph.nodes;
    expect(counts!.transformation!.params).toEqual({
      aggregates: {
        n: { aggregate: 'count' },
        total: { aggregate: 'sum', field: 'price' },
        top: { aggregate: 'max', field: 'price' },
      },
      retract: false,
      updateBefore: true,
      miniBatch: { keysMax: 5000, latencyMs: 1000 },
      partial: false,
      ttl: { afterMs: 3_600_000, time: 'event' },
    });
    expect(counts!.outputType!.descriptor.fields.map(({ name }) => name)).toEqual([
      'auction',
      'bidder',
      'n',
      'total',
      'top',
    ]);
    expect(keyed!.outputType).toBeUndefined();
    expect(all!.maxSubtasks).toBe(1);
    expect(pairs!.transformation!.params['retract']).toBe(true);
  });

  it('folds where rows are produced when asked to, and over a whole stream, in two halves of the latency', () => {
    const latency = '1s';
    const { nodes } = build((stream) => {
      stream.keyBy('auction').aggregate(spec, { miniBatch: { latency } });
      stream.keyBy('auction').aggregate(spec, { miniBatch: { latency, preAggregate: 'on' } });
      stream.aggregate(spec, { miniBatch: { latency } });
      stream.aggregate(spec, { miniBatch: { latency, preAggregate: 'off' } });
      stream.aggregate(spec, { miniBatch: true });
    });
    const kinds = nodes.slice(1, -1).map(({ transformation }) => transformation!.kind);
    expect(kinds).toEqual([
      'aggregate',
      'preAggregate',
      'aggregate',
      'preAggregate',
      'aggregate',
      'aggregate',
      'aggregate',
    ]);
    expect(nodes[2]!.transformation!.params).toMatchObject({ latencyMs: 500 });
    expect(nodes[3]!.transformation!.params).toMatchObject({
      miniBatch: { latencyMs: 500 },
      partial: true,
    });
  });

  it.each([
    [(s: OperatorStream<Bid>) => s.keyBy('auction').aggregate({}), 'ERR_GRAPH_ARGUMENT'],
    [(s: OperatorStream<Bid>) => s.aggregate({ n: 5 as never }), 'ERR_GRAPH_ARGUMENT'],
    [
      (s: OperatorStream<Bid>) => s.keyBy('auction').aggregate({ auction: count() }),
      'ERR_OPERATORS_RESULT_NAME',
    ],
    [(s: OperatorStream<Bid>) => s.aggregate({ n: sum('bidder') }), 'ERR_OPERATORS_FIELD'],
    [
      (s: OperatorStream<Bid>) =>
        s
          .keyBy('auction')
          .aggregate({ n: count() })
          .aggregate({ q: quantile('n', 0.5) }),
      'ERR_OPERATORS_RETRACT',
    ],
    [
      (s: OperatorStream<Bid>) =>
        s.aggregate({ n: count() }, { miniBatch: { preAggregate: 'both' as never } }),
      'ERR_GRAPH_ARGUMENT',
    ],
    [
      (s: OperatorStream<Bid>) => s.aggregate({ n: count() }, { miniBatch: { keys: 0 } }),
      'ERR_GRAPH_ARGUMENT',
    ],
    [(s: OperatorStream<Bid>) => s.aggregate({ n: count() }, { ttl: 0 }), 'ERR_GRAPH_ARGUMENT'],
    [
      (s: OperatorStream<Bid>) =>
        s.aggregate({ n: count() }, { ttl: { after: 5, time: 'any' as never } }),
      'ERR_GRAPH_ARGUMENT',
    ],
    [
      (s: OperatorStream<Bid>) => s.aggregate({ n: count() }, { updateBefore: 1 as never }),
      'ERR_GRAPH_ARGUMENT',
    ],
  ] as const)('refuses what does not fit: %s', (declare, code) => {
    expect(() => build(declare)).toThrow(
      expect.objectContaining({
        code,
        place: expect.objectContaining({ file: import.meta.filename }) as object,
      }),
    );
  });
});

describe('deduplicate', () => {
  it.each([1, 2])('keeps the last row by timestamp (seed %i)', async (seed) => {
    const expected = byAuction(bids).map((group) =>
      group.reduce((a, b) => (b.time >= a.time ? b : a)),
    );
    const rows = await tableOf(
      (stream) => stream.keyBy('auction').deduplicate({ keep: 'last', by: 'event' }),
      { seed, parallelism: 2 },
    );
    expect(rows).toEqual(texts(expected));
  });

  it.each([true, { latency: '20ms', keys: 3 }] as const)(
    'gives the same table in mini-batches, %j',
    async (miniBatch) => {
      const expected = byAuction(bids).map((group) =>
        group.reduce((a, b) => (b.time >= a.time ? b : a)),
      );
      const rows = await tableOf(
        (stream) => stream.keyBy('auction').deduplicate({ keep: 'last', by: 'event', miniBatch }),
        { seed: 4, parallelism: 2 },
      );
      expect(rows).toEqual(texts(expected));
    },
  );

  it('keeps the first row to come by default, as inserts', async () => {
    const graph = build((stream) =>
      stream.keyBy('auction').deduplicate().aggregate({ n: count() }),
    );
    expect(graph.nodes[1]!.transformation!.params).toEqual({
      keep: 'first',
      by: 'processing',
      updateBefore: true,
      miniBatch: null,
      ttl: null,
    });
    expect(graph.nodes[1]!.outputType).toBe(Bid);
    expect(graph.nodes[2]!.transformation!.params['retract']).toBe(false);
    const first = job('j', (env) => {
      env
        .fromSource(fromCollection([...bids], Bid))
        .keyBy('auction')
        .deduplicate()
        .sinkTo(collect());
    });
    const { collected } = await runJob(first);
    expect(texts(collected['default']!)).toEqual(texts(byAuction(bids).map(([one]) => one)));
  });

  it.each([{ keep: 'any' }, { by: 'time' }, { ttl: '-1s' }, { miniBatch: 1 }, 5])(
    'refuses %j',
    (options) => {
      expect(() =>
        build((stream) => stream.keyBy('auction').deduplicate(options as never)),
      ).toThrow(expect.objectContaining({ code: 'ERR_GRAPH_ARGUMENT' }));
    },
  );
});

describe('topN', () => {
  it.each([1, 2])('gives the first n with their ranks (seed %i)', async (seed) => {
    const expected = byAuction(bids).flatMap((group) =>
      group
        .toSorted((a, b) => b.price - a.price)
        .slice(0, 3)
        .map((row, i) => ({ ...row, rank: i + 1 })),
    );
    const rows = await tableOf(
      (stream) =>
        stream.keyBy('auction').topN(3, { by: 'price', descending: true, withRank: true }),
      { seed },
    );
    expect(rows).toEqual(texts(expected));
  });

  it.each([true, { latency: '20ms', keys: 3 }] as const)(
    'gives the same table in mini-batches, %j',
    async (miniBatch) => {
      const expected = byAuction(bids).flatMap((group) =>
        group
          .toSorted((a, b) => b.price - a.price)
          .slice(0, 3)
          .map((row, i) => ({ ...row, rank: i + 1 })),
      );
      const rows = await tableOf(
        (stream) =>
          stream
            .keyBy('auction')
            .topN(3, { by: 'price', descending: true, withRank: true, miniBatch }),
        { seed: 5, parallelism: 2 },
      );
      expect(rows).toEqual(texts(expected));
    },
  );

  it('ranks a changelog', async () => {
    const totals = byAuction(bids).map((group) => ({
      auction: group[0]!.auction,
      total: group.reduce((all, { price }) => all + price, 0),
    }));
    const rows = await tableOf(
      (stream) =>
        stream
          .keyBy('auction')
          .aggregate({ total: sum('price') })
          .keyBy(() => 0)
          .topN(2, { by: (a, b) => a.total - b.total || a.auction - b.auction }),
      { seed: 3, parallelism: 2 },
    );
    const order = totals.toSorted((a, b) => a.total - b.total || a.auction - b.auction);
    expect(rows).toEqual(texts(order.slice(0, 2)));
  });

  it('gives its rows a type', () => {
    const graph = build((stream) => {
      const keyed = stream.keyBy('auction');
      expectTypeOf(keyed.topN(1, { by: 'price' })).toEqualTypeOf<OperatorStream<Bid>>();
      expectTypeOf(keyed.topN(1, { by: 'price', withRank: true })).toEqualTypeOf<
        OperatorStream<Bid & { readonly rank: number }>
      >();
      expectTypeOf(keyed.topN(1, { by: 'price', withRank: 'place' })).toEqualTypeOf<
        OperatorStream<Bid & { readonly place: number }>
      >();
    });
    expect(graph.nodes[1]!.outputType).toBe(Bid);
    expect(graph.nodes[3]!.outputType!.descriptor.fields.at(-1)!.name).toBe('place');
  });

  it.each([
    [0, { by: 'price' }, 'ERR_GRAPH_ARGUMENT'],
    [1, { by: 5 }, 'ERR_GRAPH_ARGUMENT'],
    [1, { by: 'prize' }, 'ERR_GRAPH_UNKNOWN_FIELD'],
    [1, { by: 'price', withRank: 'bidder' }, 'ERR_GRAPH_ARGUMENT'],
    [1, { by: 'price', withRank: '' }, 'ERR_GRAPH_ARGUMENT'],
    [1, { by: 'price', descending: 'yes' }, 'ERR_GRAPH_ARGUMENT'],
    [1, { by: 'price', miniBatch: { keys: 0 } }, 'ERR_GRAPH_ARGUMENT'],
    [1, undefined, 'ERR_GRAPH_ARGUMENT'],
  ] as const)('refuses n %j with %j', (n, options, code) => {
    expect(() => build((stream) => stream.keyBy('auction').topN(n, options as never))).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

it('an operator for inserts behind a changelog is an error when the first update comes', async () => {
  const wrong = job('j', (env) => {
    env
      .fromSource(fromCollection([...bids], Bid))
      .keyBy('auction')
      .aggregate({ n: count() })
      .keyBy('auction')
      .sum('n')
      .name('again')
      .sinkTo(collect());
  });
  await expect(runJob(wrong)).rejects.toMatchObject({
    code: 'ERR_OPERATORS_CHANGELOG',
    place: { operator: 'again' },
  });
});
