import { describe, expect, test } from 'vitest';

import {
  aggregatingState,
  job,
  listState,
  mapState,
  reducingState,
  utf8,
  valueState,
} from 'millrace';
import type { JobEnvironment, JobOptions, ProcessFunction } from 'millrace';
import type { EngineError } from '../../src/base/index.ts';
import { buildGraph } from '../../src/graph/index.ts';
import type { LogicalGraph } from '../../src/graph/index.ts';
import { errorOf } from './errors.ts';
import { fakeSource } from './fake-connectors.ts';
import { Flight } from './flights.ts';

const build = (declare: (env: JobEnvironment) => void, options: JobOptions = {}): LogicalGraph =>
  buildGraph(job('test', options, declare));
const failure = (declare: (env: JobEnvironment) => void): EngineError =>
  errorOf(() => build(declare));

const last = valueState('last', { type: Flight });
const nothing = { processElement: (): void => undefined };

describe('process', () => {
  test('shows declared state in the plan, with types, times and functions', () => {
    const states = [
      last,
      mapState<string, number>('by-origin', { ttl: { after: '1h', time: 'event' } }),
      mapState('flights', { key: utf8, type: Flight }),
      reducingState<number>('largest', (a, b) => Math.max(a, b)),
      aggregatingState('count', {
        create: () => 0,
        add: (n: number, word: string) => n + word.length,
        merge: (a, b) => a + b,
        result: (n) => n,
      }),
    ];
    const graph = build((env) => {
      env.fromSource(fakeSource(Flight)).keyBy('origin').process(nothing, { states }).print();
    });
    const { params, functions } = graph.nodes[1]!.transformation!;
    const ttl = {
      afterMs: 3_600_000,
      time: 'event',
      update: 'createAndWrite',
      visibility: 'neverExpired',
    };
    expect(params).toEqual({
      states: [
        { name: 'last', kind: 'value', type: Flight.descriptor },
        { name: 'by-origin', kind: 'map', ttl },
        { name: 'flights', kind: 'map', type: Flight.descriptor, key: [utf8.type] },
        { name: 'largest', kind: 'reducing' },
        { name: 'count', kind: 'aggregating' },
      ],
    });
    expect(JSON.parse(JSON.stringify(params))).toEqual(params);
    expect(Object.keys(functions)).toEqual([
      'processElement',
      'state largest reduce',
      'state count create',
      'state count add',
      'state count merge',
      'state count result',
    ]);
  });

  test('takes descriptors from the function, from a class, and beside a record type', () => {
    class Fn implements ProcessFunction<unknown, never, string> {
      static readonly states = [last];
      processElement(): void {}
    }
    const graph = build((env) => {
      const flights = env.fromSource(fakeSource(Flight)).keyBy('origin');
      flights.process({ ...nothing, states: [last] }).print();
      flights.process(Fn).print();
      flights.process<typeof Flight.row>(() => nothing, Flight, { states: [last] }).print();
    });
    const shown = graph.nodes.flatMap((node) => node.transformation?.params['states'] ?? []);
    expect(shown).toHaveLength(3);
    expect(graph.nodes.filter((node) => node.outputType === Flight)).toHaveLength(2);
  });

  test('refuses two states of one name, at the call', () => {
    const error = failure((env) => {
      const flights = env.fromSource(fakeSource(Flight)).keyBy('origin');
      flights.process({ ...nothing, states: [last] }, { states: [listState('last')] }).print();
    });
    expect(error).toMatchObject({ code: 'ERR_OPERATORS_STATE_TWICE', details: { name: 'last' } });
    expect(error.place.file).toMatch(/process\.test\.ts$/);
  });

  test('refuses timers and state by key on a stream without a key', () => {
    const cases: ((env: JobEnvironment) => unknown)[] = [
      (env) => env.fromSource(fakeSource(Flight)).process({ ...nothing, onTimer: () => undefined }),
      (env) => env.fromSource(fakeSource(Flight)).process(nothing, { states: [last] }),
      (env) =>
        env
          .fromSource(fakeSource(Flight))
          .connect(env.fromSource(fakeSource(Flight)))
          .process({
            processElement1: () => undefined,
            processElement2: () => undefined,
            states: [last],
          }),
    ];
    for (const declare of cases) {
      const error = failure((env) => void declare(env));
      expect(error.code).toBe('ERR_GRAPH_NOT_KEYED');
      expect(error.place.file).toMatch(/process\.test\.ts$/);
    }
  });

  test('refuses states that are no descriptors', () => {
    for (const states of [7, ['last'], [{ name: 'last' }]]) {
      const error = failure((env) => {
        env
          .fromSource(fakeSource(Flight))
          .keyBy('origin')
          .process(nothing, {
            states: states as never,
          });
      });
      expect(error.code).toBe('ERR_GRAPH_ARGUMENT');
    }
  });
});

describe('a broadcast stream', () => {
  const rules = mapState<string, number>('rules');
  const both = { ...nothing, processBroadcastElement: (): void => undefined };

  test('goes to every subtask and shows its state in the plan', () => {
    const graph = build((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      const limits = env.fromSource(fakeSource(Flight)).broadcast(rules);
      flights
        .keyBy('origin')
        .connect(limits)
        .process(both, { states: [last] })
        .print();
      flights.connect(limits).process(both).print();
    });
    const broadcast = [{ name: 'rules', kind: 'map' }];
    const [keyed, plain] = graph.nodes.filter((node) => /roadcast/.test(node.name));
    expect(keyed!.transformation).toMatchObject({
      kind: 'keyedBroadcastProcess',
      params: { broadcast, states: [{ name: 'last' }] },
    });
    expect(plain!.transformation).toMatchObject({
      kind: 'broadcastProcess',
      params: { broadcast },
    });
    const partitioners = (id: number): string[] =>
      graph.edges
        .filter((edge) => edge.to === id)
        .map((edge) => `${edge.input} ${edge.partitioner}`);
    expect(partitioners(keyed!.id)).toEqual(['0 keyGroup', '1 broadcast']);
    expect(partitioners(plain!.id)).toEqual(['0 forward', '1 broadcast']);
  });

  test('is refused a name that stands for a state by key as well', () => {
    const error = failure((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      flights
        .keyBy('origin')
        .connect(flights.broadcast(mapState('last')))
        .process(both, { states: [last] });
    });
    expect(error.code).toBe('ERR_OPERATORS_STATE_TWICE');
  });
});

describe('the warning of state without a bound', () => {
  const endless = { ...fakeSource(Flight), bounded: false };
  const warned = (
    declare: (flights: ReturnType<typeof streamOf>) => { print(): unknown },
    options: JobOptions = {},
    source = endless,
  ): string[] => {
    const graph = build((env) => void declare(streamOf(env, source)).print(), options);
    const codes = graph.warnings.filter(({ code }) => code === 'WARN_GRAPH_UNBOUNDED_STATE');
    return codes.map(({ node }) => node!);
  };
  const streamOf = (env: JobEnvironment, source: typeof endless) =>
    env.fromSource(source).filter(() => true);

  test('names operators that keep something for every key of an endless stream', () => {
    expect(warned((flights) => flights.keyBy('origin').sum('delay'))).toEqual(['sum']);
    expect(warned((flights) => flights.keyBy('origin').reduce((a) => a))).toEqual(['reduce']);
    const states = [last, valueState('mean', { initial: 0 })];
    expect(warned((flights) => flights.keyBy('origin').process(nothing, { states }))).toEqual([
      'process',
    ]);
  });

  test('says what to do', () => {
    const graph = build((env) => {
      env
        .fromSource(endless)
        .keyBy('origin')
        .process(nothing, { states: [last] })
        .print();
    });
    expect(graph.warnings.find(({ node }) => node === 'process')!.message).toBe(
      "process keeps state 'last' (without time to live) for every key that ever came, and its input does not end: " +
        'give the state a time to live (ttl), clear it by a timer, or aggregate in windows',
    );
  });

  test('is not given where the state has a bound', () => {
    const expiring = valueState('expiring', { initial: 0, ttl: { after: '1h' } });
    const onTimer = (): void => undefined;
    expect(
      warned((flights) => flights.keyBy('origin').process(nothing, { states: [expiring] })),
    ).toEqual([]);
    expect(
      warned((flights) =>
        flights.keyBy('origin').process({ ...nothing, onTimer }, { states: [last] }),
      ),
    ).toEqual([]);
    expect(warned((flights) => flights.reduce((a) => a))).toEqual([]);
    expect(warned((flights) => flights.keyBy('origin').process(nothing))).toEqual([]);
  });

  test('is not given where the input ends', () => {
    const sum = (flights: ReturnType<typeof streamOf>) => flights.keyBy('origin').sum('delay');
    expect(warned(sum, { executionMode: 'batch' })).toEqual([]);
    expect(warned(sum, {}, fakeSource(Flight))).toEqual([]);
  });
});
