import { describe, expect, test } from 'vitest';

import { boundedOutOfOrderness, buildGraph, isJob, job, outputTag } from '../../src/graph/index.ts';
import type { JobEnvironment, LogicalGraph, Stream } from '../../src/graph/index.ts';
import { errorOf } from './errors.ts';
import { fakeSink, fakeSource } from './fake-connectors.ts';
import { Flight, Mixed } from './flights.ts';

const build = (declare: (env: JobEnvironment) => void): LogicalGraph =>
  buildGraph(job('test', declare));
const names = (graph: LogicalGraph): string[] => graph.nodes.map((node) => node.name);
const edgesOf = (graph: LogicalGraph): string[] =>
  graph.edges.map(
    (edge) =>
      `${graph.nodes[edge.from]!.name} -> ${graph.nodes[edge.to]!.name}/${edge.input} ${edge.partitioner}`,
  );

describe('a job', () => {
  test('is inert until its graph is built', () => {
    let runs = 0;
    const inert = job('inert', (env) => {
      runs++;
      env.fromSource(fakeSource(Flight)).sinkTo(fakeSink());
    });
    expect(runs).toBe(0);
    buildGraph(inert);
    expect(runs).toBe(1);
  });

  test('is known by its mark, also when another copy of the package made it', () => {
    const made = job('marked', () => undefined);
    expect(isJob(made)).toBe(true);
    expect(isJob({ ...made })).toBe(true);
    expect(isJob({ name: 'marked', build: () => undefined })).toBe(false);
    expect(isJob(undefined)).toBe(false);
  });

  test('passes parameters to its build function', () => {
    const seen: unknown[] = [];
    const parametric = job('parametric', (env) => {
      seen.push(env.parameters['limit']);
      env.fromSource(fakeSource()).sinkTo(fakeSink());
    });
    buildGraph(parametric, { limit: 5 });
    buildGraph(parametric);
    expect(seen).toEqual([5, undefined]);
  });

  test('keeps its options in the graph', () => {
    const options = { parallelism: 2, maxParallelism: 64, executionMode: 'batch' } as const;
    const graph = buildGraph(
      job('optional', options, (env) => void env.fromSource(fakeSource()).sinkTo(fakeSink())),
    );
    expect(graph.options).toEqual(options);
  });
});

describe('the smallest job', () => {
  const graph = build((env) => {
    env
      .fromSource(fakeSource<string>(undefined, { kind: 'lines' }))
      .map((line) => line.toUpperCase())
      .filter((line) => line !== '')
      .reduce((all, line) => `${all} ${line}`)
      .print();
  });

  test('has an operator for each call', () => {
    expect(names(graph)).toEqual(['lines', 'map', 'filter', 'reduce', 'print']);
    expect(edgesOf(graph)).toEqual([
      'lines -> map/0 forward',
      'map -> filter/0 forward',
      'filter -> reduce/0 forward',
      'reduce -> print/0 forward',
    ]);
  });

  test('folds a stream without a key in one subtask', () => {
    expect(graph.nodes[3]!.maxSubtasks).toBe(1);
    const error = errorOf(() =>
      build((env) => {
        const folded = env.fromSource(fakeSource<string>()).reduce((a, b) => a + b);
        folded.setParallelism(2);
      }),
    );
    expect(error.code).toBe('ERR_GRAPH_PARALLELISM');
  });

  test('is frozen', () => {
    expect(Object.isFrozen(graph)).toBe(true);
    expect(Object.isFrozen(graph.nodes)).toBe(true);
    expect(graph.nodes.every((node) => Object.isFrozen(node))).toBe(true);
    expect(graph.edges.every((edge) => Object.isFrozen(edge))).toBe(true);
  });

  test('says where each operator was declared', () => {
    for (const node of graph.nodes) expect(node.location).toMatch(/^job\.test\.ts:\d+:\d+$/);
  });
});

describe('record types', () => {
  test('flow through filter, keyBy, sum, reduce and union, and end at a map without a type', () => {
    const graph = build((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      const late = flights.filter((flight) => flight.delay > 0);
      const summed = late.keyBy('origin').sum('delay');
      const top = late.keyBy('origin').reduce((a, b) => (a.delay > b.delay ? a : b));
      const both = summed.union(top);
      both.map((flight) => flight.delay).sinkTo(fakeSink());
      both.map((flight) => ({ ...flight }), Flight).sinkTo(fakeSink());
    });
    const types = Object.fromEntries(graph.nodes.map((node) => [node.name, node.outputType?.name]));
    expect(types).toMatchObject({
      fake: 'Flight',
      filter: 'Flight',
      sum: 'Flight',
      reduce: 'Flight',
      map: undefined,
      'map-2': 'Flight',
    });
  });

  test('of an edge are those of the stream it leaves', () => {
    const graph = build((env) => {
      env
        .fromSource(fakeSource(Flight))
        .map((f) => f.delay)
        .rebalance()
        .sinkTo(fakeSink());
    });
    expect(graph.edges.map((edge) => edge.type?.name)).toEqual(['Flight', undefined]);
  });
});

describe('timestamps', () => {
  test('begin at a source with a strategy or at assignTimestamps, and go on from there', () => {
    const graph = build((env) => {
      const strategy = boundedOutOfOrderness((flight: Flight) => flight.date, '5s');
      env
        .fromSource(fakeSource(Flight), strategy)
        .filter(() => true)
        .sinkTo(fakeSink());
      env
        .fromSource(fakeSource(Flight))
        .filter(() => true)
        .assignTimestamps(strategy)
        .map((flight) => flight.delay)
        .sinkTo(fakeSink());
    });
    expect(graph.edges.map((edge) => edge.timestamps)).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
    ]);
    expect(graph.nodes[0]!.source?.watermarks?.boundMs).toBe(5000);
  });
});

describe('partitioning', () => {
  test('is on the edge that follows the call', () => {
    const graph = build((env) => {
      const rows = env.fromSource(fakeSource(Flight));
      const sink = fakeSink();
      const all = [
        rows.forward(),
        rows.rebalance(),
        rows.rescale(),
        rows.shuffle(),
        rows.broadcast(),
        rows.global(),
        rows.partitionCustom((row, parallelism) => row.delay % parallelism),
        rows,
      ];
      for (const stream of all) stream.sinkTo(sink);
      rows.keyBy('origin').sinkTo(sink);
    });
    expect(graph.edges.map((edge) => [edge.partitioner, edge.explicit])).toEqual([
      ['forward', true],
      ['rebalance', true],
      ['rescale', true],
      ['shuffle', true],
      ['broadcast', true],
      ['global', true],
      ['custom', true],
      ['forward', false],
      ['keyGroup', true],
    ]);
    expect(graph.edges[6]!.route?.({ delay: 7 } as never, 4)).toBe(3);
    expect(graph.edges[8]!.key).toEqual({ kind: 'fields', fields: ['origin'] });
  });

  test('by a key function keeps the function', () => {
    const graph = build((env) => {
      env
        .fromSource(fakeSource(Flight))
        .keyBy((f) => f.delay % 2)
        .sum('distance')
        .print();
    });
    expect(graph.edges[0]!.key?.kind).toBe('function');
  });
});

describe('two inputs', () => {
  test('a stream may be united with itself', () => {
    const graph = build((env) => {
      const rows = env.fromSource(fakeSource(Flight));
      rows.union(rows).sinkTo(fakeSink());
    });
    expect(edgesOf(graph)).toEqual(['fake -> drop/0 forward', 'fake -> drop/0 forward']);
  });

  test('a partitioning of a union is that of all its parts', () => {
    const graph = build((env) => {
      const rows = env.fromSource(fakeSource(Flight));
      const other = env.fromSource(fakeSource(Flight));
      rows.union(other, rows.rescale()).keyBy('origin').sum('delay').print();
    });
    expect(edgesOf(graph).slice(0, 3)).toEqual([
      'fake -> sum/0 keyGroup',
      'fake-2 -> sum/0 keyGroup',
      'fake -> sum/0 keyGroup',
    ]);
  });

  test('connected streams keep their sides', () => {
    const graph = build((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      const words = env.fromSource(fakeSource<string>());
      const both = flights.connect(words.broadcast());
      both
        .map(
          (flight) => flight.delay,
          (word) => word.length,
        )
        .sinkTo(fakeSink());
      flights
        .keyBy('origin')
        .connect(words.keyBy((word) => word))
        .flatMap(
          (flight, out) => out.collect(flight.origin),
          (word) => [word],
        )
        .print();
    });
    const kinds = graph.nodes.map((node) => node.transformation?.kind);
    expect(
      graph.edges.slice(0, 2).map(({ from, input, partitioner }) => [from, input, partitioner]),
    ).toEqual([
      [0, 0, 'forward'],
      [1, 1, 'broadcast'],
    ]);
    expect(graph.edges.filter((edge) => edge.key !== undefined).map((edge) => edge.input)).toEqual([
      0, 1,
    ]);
    expect(new Set(kinds).size).toBeGreaterThan(3);
  });

  test('a connected pair can be keyed after it was connected', () => {
    const graph = build((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      const others = env.fromSource(fakeSource(Mixed));
      flights
        .connect(others)
        .keyBy('origin', 'label')
        .map(
          (flight) => flight.delay,
          (other) => other.price,
        )
        .print();
    });
    expect(graph.edges.slice(0, 2).map((edge) => edge.key)).toEqual([
      { kind: 'fields', fields: ['origin'] },
      { kind: 'fields', fields: ['label'] },
    ]);
  });
});

describe('side outputs', () => {
  test('are edges of their own with their own type', () => {
    const late = outputTag('late', Flight);
    const graph = build((env) => {
      const main = env.fromSource(fakeSource(Flight)).process<number>({
        processElement(flight, context, out) {
          if (flight.delay > 60) context.output('late', flight);
          else out.collect(flight.delay);
        },
      });
      main.getSideOutput(late).keyBy('origin').sum('delay').print();
      main.getSideOutput(late).print();
      main.getSideOutput('other').print();
      main.print();
    });
    expect(Object.keys(graph.nodes[1]!.sideOutputs)).toEqual(['late', 'other']);
    expect(graph.nodes[1]!.sideOutputs['late']?.name).toBe('Flight');
    const fromProcess = graph.edges.filter((edge) => edge.from === 1);
    expect(fromProcess.map((edge) => [edge.sideOutput, edge.type?.name])).toEqual([
      ['late', 'Flight'],
      ['late', 'Flight'],
      ['other', undefined],
      [undefined, undefined],
    ]);
  });

  test('split sends rows to the stream that the function names', () => {
    const chosen: string[] = [];
    const graph = build((env) => {
      const { early, late } = env
        .fromSource(fakeSource(Flight))
        .split(['early', 'late'], (flight) => {
          const tag = flight.delay > 0 ? 'late' : 'early';
          chosen.push(tag);
          return tag;
        });
      const streams: Stream<Flight>[] = [early, late];
      for (const stream of streams) stream.sinkTo(fakeSink());
    });
    const split = graph.nodes[1]!;
    expect(split.name).toBe('split');
    expect(split.transformation?.params).toEqual({ tags: ['early', 'late'] });
    expect(graph.edges.slice(1).map((edge) => edge.sideOutput)).toEqual(['early', 'late']);
    expect(graph.edges.slice(1).map((edge) => edge.type?.name)).toEqual(['Flight', 'Flight']);
    split.transformation!.functions['choose']!({ delay: 3 } as never);
    expect(chosen).toEqual(['late']);
  });
});

describe('settings of an operator', () => {
  test('are kept', () => {
    const graph = build((env) => {
      env
        .fromSource(fakeSource(Flight, { async: true, maxParallelism: 3 }))
        .name('flights')
        .filter(() => true)
        .name('late')
        .uid('late-1')
        .setParallelism(4)
        .slotSharingGroup('blue')
        .startNewChain()
        .map((flight) => flight.delay)
        .disableChaining()
        .sinkTo(fakeSink({ async: true }))
        .name('out');
    });
    expect(graph.nodes[0]).toMatchObject({ name: 'flights', async: true, maxSubtasks: 3 });
    expect(graph.nodes[1]).toMatchObject({
      name: 'late',
      uid: 'late-1',
      uidGiven: true,
      parallelism: 4,
      slotSharingGroup: 'blue',
      chaining: 'head',
    });
    expect(graph.nodes[2]).toMatchObject({ name: 'map', uidGiven: false, chaining: 'never' });
    expect(graph.nodes[3]).toMatchObject({ name: 'out', sink: true, async: true });
  });

  test('slot-sharing groups go on to operators whose inputs agree', () => {
    const graph = build((env) => {
      const blue = env.fromSource(fakeSource(Flight)).slotSharingGroup('blue');
      const plain = env.fromSource(fakeSource(Flight));
      blue.filter(() => true).sinkTo(fakeSink());
      blue.union(plain).sinkTo(fakeSink());
    });
    expect(graph.nodes.map((node) => node.slotSharingGroup)).toEqual([
      'blue',
      'default',
      'blue',
      'blue',
      'default',
    ]);
  });
});
