/** Windows in a job: what is checked where it is declared, what the plan says, and whole jobs in one thread. */

import { describe, expect, expectTypeOf, test } from 'vitest';
import { collect, fromCollection } from '../../src/connectors/index.ts';
import {
  boundedOutOfOrderness,
  buildGraph,
  continuousEventTimeTrigger,
  continuousProcessingTimeTrigger,
  countEvictor,
  countTrigger,
  cumulative,
  deltaEvictor,
  deltaTrigger,
  endOfStreamTrigger,
  eventTimeTrigger,
  globalWindow,
  job,
  monotonousTimestamps,
  neverTrigger,
  outputTag,
  processingTimeoutTrigger,
  processingTimeTrigger,
  purgingTrigger,
  session,
  sliding,
  timeEvictor,
  tumbling,
} from '../../src/graph/index.ts';
import type {
  JobEnvironment,
  JobOptions,
  LogicalGraph,
  LogicalNode,
  OperatorStream,
  WindowedStream,
} from '../../src/graph/index.ts';
import { count, sum } from '../../src/operators/index.ts';
import { runJob } from '../../src/testing/index.ts';
import { errorOf } from './errors.ts';
import { fakeSource } from './fake-connectors.ts';
import { Flight } from './flights.ts';

type Flights = OperatorStream<Flight>;

const untyped = (value: unknown): never => value as never;
const timed = boundedOutOfOrderness<Flight>((flight) => flight.date, '5s');

function build(
  declare: (flights: Flights, env: JobEnvironment) => void,
  options: JobOptions = {},
): LogicalGraph {
  return buildGraph(
    job('windows', options, (env) => declare(env.fromSource(fakeSource(Flight), timed), env)),
  );
}

/** The windowed operator of `window(…)` and what follows. */
function node(fold: (flights: Flights) => { print(): unknown }): LogicalNode {
  return build((flights) => void fold(flights).print()).nodes[1]!;
}

const failure = (declare: (flights: Flights, env: JobEnvironment) => void) =>
  errorOf(() => build(declare));

describe('windows are checked where they are declared', () => {
  test.each([
    ['tumbling: expected size', () => tumbling(0)],
    ['tumbling: expected size', () => tumbling(-5)],
    ['tumbling: expected size', () => tumbling('0.5ms')],
    ['tumbling: expected size', () => tumbling(untyped({}))],
    [
      'tumbling: expected offset to be smaller than size (1000 ms)',
      () => tumbling('1s', { offset: '1s' }),
    ],
    ['tumbling: expected offset to be smaller', () => tumbling('1s', { offset: '-1s' })],
    [
      "tumbling: expected time to be 'event' or 'processing'",
      () => tumbling(1, { time: untyped('wall') }),
    ],
    ['sliding: expected size', () => sliding(0, 1)],
    ['sliding: expected slide', () => sliding(1, 0)],
    ['sliding: expected offset to be smaller than slide', () => sliding(10, 2, { offset: 2 })],
    ['session: expected gap', () => session(0)],
    ['cumulative: expected step', () => cumulative(10, 0)],
    ['cumulative: expected maxSize to be a multiple of the step (3 ms)', () => cumulative(10, 3)],
    ['countTrigger: expected an integer of 1', () => countTrigger(0)],
    ['countEvictor: expected an integer of 0', () => countEvictor(-1)],
    ['continuousEventTimeTrigger: expected interval', () => continuousEventTimeTrigger(0)],
    [
      'continuousProcessingTimeTrigger: expected interval',
      () => continuousProcessingTimeTrigger(0),
    ],
    ['timeEvictor: expected keep', () => timeEvictor(0)],
    ['deltaTrigger: expected a number', () => deltaTrigger(NaN, () => 0)],
    ['deltaTrigger: expected a function', () => deltaTrigger(1, untyped(1))],
    ['deltaEvictor: expected a function', () => deltaEvictor(1, untyped(1))],
    ['purgingTrigger: expected a trigger', () => purgingTrigger(untyped({}))],
    [
      'processingTimeoutTrigger: expected timeout',
      () => processingTimeoutTrigger(neverTrigger(), 0),
    ],
  ])('%s', (message, call) => {
    const error = errorOf(call);
    expect(error.code).toBe('ERR_GRAPH_ARGUMENT');
    expect(error.message).toContain(message);
    expect(error.place.source).toMatch(/^windows\.test\.ts:\d+:\d+$/);
  });

  test.each<[string, (flights: Flights) => unknown]>([
    ['window: expected windows', (f) => f.keyBy('origin').window(untyped('1h'))],
    ['windowAll: expected windows', (f) => f.windowAll(untyped(undefined))],
    ['countWindow: expected an integer', (f) => f.keyBy('origin').countWindow(0)],
    ['countWindowAll: expected an integer', (f) => f.countWindowAll(1, 0.5)],
    ['trigger: expected a trigger', (f) => f.windowAll(tumbling(1)).trigger(untyped({}))],
    ['evictor: expected an evictor', (f) => f.windowAll(tumbling(1)).evictor(untyped({}))],
    ['allowedLateness: expected lateness', (f) => f.windowAll(tumbling(1)).allowedLateness(-1)],
    ['reduce: expected a function', (f) => f.windowAll(tumbling(1)).reduce(untyped(1))],
    ['process: expected an object', (f) => f.windowAll(tumbling(1)).process(untyped({}))],
    [
      'aggregate: expected aggregates',
      (f) => f.windowAll(session(1)).aggregate(untyped({ create: () => 0 })),
    ],
  ])('%s', (message, declare) => {
    const error = failure(declare);
    expect(error.code).toBe('ERR_GRAPH_ARGUMENT');
    expect(error.message).toContain(message);
    expect(error.place.source).toMatch(/^windows\.test\.ts:/);
  });

  test('lateness and late rows belong to event time', () => {
    const clock = tumbling(10, { time: 'processing' });
    for (const windows of [clock, globalWindow()]) {
      const lateness = failure((flights) => flights.windowAll(windows).allowedLateness(1));
      const side = failure((flights) => flights.windowAll(windows).sideOutputLateData('late'));
      expect([lateness.code, side.code]).toEqual(['ERR_GRAPH_ARGUMENT', 'ERR_GRAPH_ARGUMENT']);
      expect(lateness.message).toContain('nothing is late');
    }
  });

  test('a trigger must suit the windows', () => {
    const delta = deltaTrigger<Flight>(1, () => 0);
    const merges = failure((flights) => flights.windowAll(session(10)).trigger(delta));
    expect(merges.code).toBe('ERR_GRAPH_TRIGGER');
    expect(merges.message).toBe(
      'Expected a trigger that session windows in event time can have, got delta, which cannot merge; sessions do',
    );
    const clock = tumbling(10, { time: 'processing' });
    for (const trigger of [eventTimeTrigger(), purgingTrigger(endOfStreamTrigger())]) {
      const waits = failure((flights) => flights.windowAll(clock).trigger(trigger));
      expect(waits.code).toBe('ERR_GRAPH_TRIGGER');
    }
    const suits = build((flights) => {
      flights.windowAll(clock).trigger(processingTimeTrigger()).sum('delay').print();
      flights.windowAll(tumbling(10)).trigger(delta).sum('delay').print();
    });
    expect(suits.nodes.length).toBe(5);
  });

  test('the global window needs a trigger', () => {
    const error = failure((flights) => flights.windowAll(globalWindow()).sum('delay').print());
    expect(error.code).toBe('ERR_GRAPH_NO_TRIGGER');
    expect(error.place.source).toMatch(/^windows\.test\.ts:/);
  });

  test('fields are checked against the record type', () => {
    const unknown = failure((flights) => flights.windowAll(tumbling(1)).sum(untyped('dely')));
    const text = failure((flights) => flights.windowAll(tumbling(1)).sum(untyped('origin')));
    const declared = failure((flights) =>
      flights.windowAll(tumbling(1)).aggregate({ n: sum('dely' as 'delay') }),
    );
    expect([unknown.code, text.code]).toEqual(['ERR_GRAPH_UNKNOWN_FIELD', 'ERR_GRAPH_FIELD_TYPE']);
    expect(declared.code).toBe('ERR_OPERATORS_FIELD');
    expect(declared.place.source).toMatch(/^windows\.test\.ts:/);
  });
});

describe('the graph', () => {
  test('shows windows as plain data', () => {
    const windowed = node((flights) =>
      flights
        .keyBy('origin')
        .window(sliding('1m', '10s', { offset: '-5s' }))
        .trigger(purgingTrigger(continuousEventTimeTrigger('1s')))
        .evictor(countEvictor(7, { after: true }))
        .allowedLateness('2s')
        .sideOutputLateData('late')
        .sum('delay'),
    );
    expect(windowed.transformation!.params).toEqual({
      windows: {
        assigner: {
          kind: 'sliding',
          time: 'event',
          sizeMs: 60_000,
          slideMs: 10_000,
          offsetMs: -5000,
        },
        trigger: { kind: 'purging', nested: { kind: 'continuousEventTime', intervalMs: 1000 } },
        evictor: { kind: 'count', count: 7, after: true },
        allowedLatenessMs: 2000,
        lateTag: 'late',
        keyed: true,
      },
      fold: 'sum',
      field: 'delay',
      windowFunction: false,
    });
    expect(windowed.sideOutputs).toEqual({ late: Flight });
    expect(windowed.outputType).toBe(Flight);
  });

  test('has another fingerprint when the windows, or a function in them, are others', () => {
    const prints = [
      node((flights) => flights.windowAll(tumbling(10)).sum('delay')),
      node((flights) => flights.windowAll(tumbling(11)).sum('delay')),
      node((flights) => flights.windowAll(tumbling(10)).trigger(countTrigger(1)).sum('delay')),
      node((flights) => flights.windowAll(session<Flight>((f) => f.delay)).sum('delay')),
      node((flights) => flights.windowAll(session<Flight>((f) => f.distance)).sum('delay')),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });

  test('runs windows over a whole stream in one subtask', () => {
    expect(node((flights) => flights.windowAll(tumbling(10)).sum('delay')).maxSubtasks).toBe(1);
    expect(
      node((flights) => flights.keyBy('origin').window(tumbling(10)).sum('delay')).maxSubtasks,
    ).toBeUndefined();
  });

  test('gives results their types', () => {
    build((flights) => {
      const windowed = flights.keyBy('origin').window(tumbling(10));
      expectTypeOf(windowed.sum('delay')).toEqualTypeOf<OperatorStream<Flight>>();
      const declared = windowed.aggregate({ flights: count(), delay: sum('delay') });
      declared.map((row) => {
        expectTypeOf(row.origin).toEqualTypeOf<string>();
        expectTypeOf(row.windowEnd).toEqualTypeOf<number>();
        expectTypeOf(row.flights).toEqualTypeOf<number>();
        return 0;
      });
      flights
        .keyBy((flight) => flight.delay > 0)
        .window(tumbling(10))
        .aggregate({ flights: count() })
        .map((row) => expectTypeOf(row.key).toEqualTypeOf<boolean>());
      const all: WindowedStream<Flight, undefined> = flights.windowAll(tumbling(10));
      all
        .process<number>({ process: (rows, { key }, out) => out.collect(rows.length + (key ?? 0)) })
        .map((n) => expectTypeOf(n).toEqualTypeOf<number>())
        .print();
    });
    expect.assertions(0);
  });
});

describe('a job without watermarks', () => {
  const codes = (graph: LogicalGraph): string[] =>
    graph.warnings
      .filter(({ code }) => code === 'WARN_GRAPH_NO_WATERMARKS')
      .map(({ node: n }) => n!);

  test('is warned of, by the names of its operators in event time', () => {
    const graph = buildGraph(
      job('silent', (env) => {
        const flights = env.fromSource(fakeSource(Flight));
        flights
          .filter(() => true)
          .windowAll(tumbling(10))
          .sum('delay')
          .name('sums')
          .print();
        flights
          .windowAll(tumbling(10, { time: 'processing' }))
          .sum('delay')
          .print();
        flights.countWindowAll(3).sum('delay').print();
        flights
          .windowAll(globalWindow())
          .trigger(endOfStreamTrigger())
          .sum('delay')
          .name('all')
          .print();
        flights.assignTimestamps(timed).windowAll(tumbling(10)).sum('delay').print();
        env
          .fromSource(fakeSource(Flight), timed)
          .union(flights)
          .windowAll(session(1))
          .sum('delay')
          .name('both')
          .print();
      }),
    );
    expect(codes(graph)).toEqual(['sums', 'all', 'both']);
    const warning = graph.warnings.find(({ node: n }) => n === 'sums')!;
    expect(warning.message).toContain('sums works in event time');
    expect(warning.location).toMatch(/^windows\.test\.ts:/);
  });

  test('is not warned of when it has them', () => {
    expect(codes(build((flights) => flights.windowAll(tumbling(10)).sum('delay').print()))).toEqual(
      [],
    );
  });
});

describe('a job in one thread', () => {
  const rows = Array.from({ length: 400 }, (_, i): Flight => {
    const late = (i * 7919) % 13;
    return { date: i - late, delay: i % 10, distance: i, origin: `o${i % 5}`, destination: 'd' };
  });
  const strategy = boundedOutOfOrderness<Flight>((flight) => flight.date, 20);
  const expected = new Map<string, number>();
  for (const { date, delay, origin } of rows) {
    const name = `${origin} ${Math.floor(date / 50) * 50 + 49}`;
    expected.set(name, (expected.get(name) ?? 0) + delay);
  }

  test.each([
    [1, 1, 'streaming'],
    [2, 2, 'streaming'],
    [3, 3, 'streaming'],
    [4, 2, 'batch'],
  ] as const)(
    'gives the same sums in any order of steps (seed %i, parallelism %i, %s)',
    async (seed, parallelism, executionMode) => {
      const { collected } = await runJob(
        job('sums', (env) => {
          const flights = env.fromSource(fromCollection(rows, Flight), strategy).rebalance();
          const windows = flights.keyBy('origin').window(tumbling(50));
          windows
            .reduce((a, b) => ({ ...rows[0]!, origin: a.origin, delay: a.delay + b.delay }), {
              process: ([folded], { key, window }, out) =>
                out.collect({ name: `${key} ${window.end - 1}`, sum: folded!.delay }),
            })
            .sinkTo(collect('folded'));
          windows
            .process<{ name: string; sum: number }>({
              process(all, { key, window }, out) {
                const total = all.reduce((n, { delay }) => n + delay, 0);
                out.collect({ name: `${key} ${window.end - 1}`, sum: total });
              },
            })
            .sinkTo(collect('processed'));
          windows
            .aggregate(
              {
                create: () => 0,
                add: (total, row) => total + row.delay,
                merge: (a, b) => a + b,
                result: (total) => total,
              },
              {
                process: ([total], { key, window }, out) =>
                  out.collect({ name: `${key} ${window.end - 1}`, sum: total! }),
              },
            )
            .sinkTo(collect('aggregated'));
          windows
            .aggregate({ sum: sum('delay') })
            .map((row) => ({ name: `${row.origin} ${row.windowEnd - 1}`, sum: row.sum }))
            .sinkTo(collect('declared'));
        }),
        { seed, parallelism, executionMode },
      );
      for (const sink of ['folded', 'processed', 'aggregated', 'declared']) {
        const got = collected[sink] as { name: string; sum: number }[];
        expect(got.length, sink).toBe(expected.size);
        expect(new Map(got.map(({ name, sum: n }) => [name, n])), sink).toEqual(expected);
      }
    },
  );

  test('leads late rows to a side output', async () => {
    const late = outputTag('late', Flight);
    const input = [0, 100, 5, 200].map((date): Flight => ({ ...rows[0]!, date, delay: 1 }));
    const { collected } = await runJob(
      job('late', (env) => {
        const sums = env
          .fromSource(
            fromCollection(input, Flight),
            monotonousTimestamps((flight: Flight) => flight.date),
          )
          .keyBy('origin')
          .window(tumbling(10))
          .sideOutputLateData(late)
          .sum('delay');
        sums.sinkTo(collect('sums'));
        sums.getSideOutput(late).sinkTo(collect('late'));
      }),
      { stepRowsMax: 1 },
    );
    expect(collected['sums']!.length).toBe(3);
    expect((collected['late'] as Flight[]).map(({ date }) => date)).toEqual([5]);
  });

  test('counts windows of rows', async () => {
    const { collected } = await runJob(
      job('counted', (env) => {
        const flights = env.fromSource(fromCollection(rows, Flight));
        flights.keyBy('origin').countWindow(10).sum('delay').sinkTo(collect('tens'));
        flights.countWindowAll(3, 100).max('distance').sinkTo(collect('last'));
      }),
    );
    expect(collected['tens']!.length).toBe(40);
    expect((collected['last'] as Flight[]).map(({ distance }) => distance)).toEqual([
      99, 199, 299, 399,
    ]);
  });

  test('fires by the clock', async () => {
    const { collected } = await runJob(
      job('clock', (env) => {
        env
          .fromSource(fromCollection(rows, Flight))
          .windowAll(tumbling(1, { time: 'processing' }))
          .sum('delay')
          .sinkTo(collect('sums'));
      }),
      { executionMode: 'batch' },
    );
    const total = rows.reduce((n, { delay }) => n + delay, 0);
    const sums = (collected['sums'] as Flight[]).map(({ delay }) => delay);
    expect(sums.reduce((a, b) => a + b)).toBe(total);
  });
});
