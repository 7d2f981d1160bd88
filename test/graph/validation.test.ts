import { describe, expect, test } from 'vitest';

import { formatError } from '../../src/base/index.ts';
import type { EngineError } from '../../src/base/index.ts';
import { buildGraph, job } from '../../src/graph/index.ts';
import type { JobEnvironment, JobOptions, LogicalGraph, Stream } from '../../src/graph/index.ts';
import { errorOf } from './errors.ts';
import { fakeSource } from './fake-connectors.ts';
import { Flight, Mixed } from './flights.ts';

const build = (declare: (env: JobEnvironment) => void, options: JobOptions = {}): LogicalGraph =>
  buildGraph(job('test', options, declare));
const failure = (declare: (env: JobEnvironment) => void, options: JobOptions = {}): EngineError =>
  errorOf(() => build(declare, options));

/** What a careless JavaScript user can write. */
const untyped = (value: unknown): never => value as never;

describe('errors name the place in the job', () => {
  test('by file, line and column', () => {
    const error = failure((env) => {
      env.fromSource(fakeSource(Flight)).keyBy(untyped('orgin')).sum('delay').print();
    });
    expect(error.place.file).toMatch(/test\/graph\/validation\.test\.ts$/);
    expect(error.place.line).toBeGreaterThan(20);
    expect(error.place.source).toMatch(/^validation\.test\.ts:\d+:\d+$/);
  });

  test('and read well', () => {
    const error = failure((env) => {
      env.fromSource(fakeSource(Flight)).keyBy(untyped('orgin')).sum('delay').print();
    });
    const lines = formatError(error).split('\n');
    expect(lines[0]).toBe(
      'ERR_GRAPH_UNKNOWN_FIELD: keyBy: expected a field of Flight (date, delay, distance, origin, destination), got orgin',
    );
    expect(lines.at(-1)).toBe("  hint: Name a field of the record type. Did you mean 'origin'?");
  });
});

describe('a job must have', () => {
  test('a source', () => {
    expect(failure(() => undefined).code).toBe('ERR_GRAPH_NO_SOURCE');
  });

  test('a sink somewhere', () => {
    expect(failure((env) => void env.fromSource(fakeSource())).code).toBe('ERR_GRAPH_NO_SINK');
  });

  test('a build function that is synchronous', () => {
    const later = async (env: JobEnvironment): Promise<void> => {
      await Promise.resolve();
      env.fromSource(fakeSource()).print();
    };
    const error = failure(untyped(later));
    expect(error.code).toBe('ERR_GRAPH_ASYNC_BUILD');
    expect(error.place.source).toMatch(/^validation\.test\.ts/);
  });

  test('a name and a build function', () => {
    expect(errorOf(() => job('', () => undefined)).code).toBe('ERR_GRAPH_ARGUMENT');
    expect(errorOf(() => job('x', untyped({}))).code).toBe('ERR_GRAPH_ARGUMENT');
    expect(errorOf(() => job('x', untyped(null), () => undefined)).code).toBe('ERR_GRAPH_ARGUMENT');
  });

  test('options within their ranges', () => {
    for (const options of [
      { parallelism: 0 },
      { parallelism: 1.5 },
      { parallelism: 40_000 },
      { maxParallelism: -1 },
      { parallelism: 9, maxParallelism: 8 },
    ]) {
      expect(errorOf(() => job('x', options, () => undefined)).code).toBe('ERR_GRAPH_PARALLELISM');
    }
    const mode = untyped({ executionMode: 'fast' });
    expect(errorOf(() => job('x', mode, () => undefined)).code).toBe('ERR_GRAPH_ARGUMENT');
  });
});

describe('fields', () => {
  const keyed = (...fields: string[]): string =>
    failure((env) => {
      env
        .fromSource(fakeSource(Mixed))
        .keyBy(...(fields as never[]))
        .sum('price')
        .print();
    }).code;
  const aggregated = (call: 'sum' | 'min' | 'max' | 'minBy' | 'maxBy', field: string): string => {
    try {
      build((env) => {
        const rows = env.fromSource(fakeSource(Mixed)).keyBy('label');
        rows[call](untyped(field)).print();
      });
    } catch (thrown) {
      return (thrown as EngineError).code;
    }
    return 'fine';
  };

  test('of keyBy must exist', () => {
    expect(keyed('lable')).toBe('ERR_GRAPH_UNKNOWN_FIELD');
    expect(keyed('label', 'nope')).toBe('ERR_GRAPH_UNKNOWN_FIELD');
  });

  test('of keyBy must not be lists or records', () => {
    expect(keyed('tags')).toBe('ERR_GRAPH_KEY_TYPE');
    expect(keyed('place')).toBe('ERR_GRAPH_KEY_TYPE');
  });

  test('of keyBy must be there, and each once', () => {
    expect(keyed()).toBe('ERR_GRAPH_ARGUMENT');
    expect(keyed('label', 'label')).toBe('ERR_GRAPH_ARGUMENT');
    expect(keyed(untyped(5))).toBe('ERR_GRAPH_ARGUMENT');
  });

  test('of sum must be numbers', () => {
    expect(aggregated('sum', 'price')).toBe('fine');
    expect(aggregated('sum', 'label')).toBe('ERR_GRAPH_FIELD_TYPE');
    expect(aggregated('sum', 'flag')).toBe('ERR_GRAPH_FIELD_TYPE');
    expect(aggregated('sum', 'when')).toBe('ERR_GRAPH_FIELD_TYPE');
    expect(aggregated('sum', 'pric')).toBe('ERR_GRAPH_UNKNOWN_FIELD');
  });

  test('of min, max, minBy and maxBy must have an order', () => {
    for (const call of ['min', 'max', 'minBy', 'maxBy'] as const) {
      expect(aggregated(call, 'when')).toBe('fine');
      expect(aggregated(call, 'label')).toBe('fine');
      expect(aggregated(call, 'tags')).toBe('ERR_GRAPH_FIELD_TYPE');
      expect(aggregated(call, 'digest')).toBe('ERR_GRAPH_FIELD_TYPE');
    }
  });

  test('of a stream without a record type are not checked', () => {
    const graph = build((env) => {
      env.fromSource(fakeSource<{ a: string; n: number }>()).keyBy('a').sum('n').print();
    });
    expect(graph.edges[0]!.key).toEqual({ kind: 'fields', fields: ['a'] });
  });
});

describe('streams', () => {
  test('of different record types are not united', () => {
    const error = failure((env) => {
      const flights: Stream<unknown> = env.fromSource(fakeSource(Flight));
      flights.union(env.fromSource(fakeSource(Mixed))).print();
    });
    expect(error.code).toBe('ERR_GRAPH_UNION_TYPES');
    expect(error.details).toEqual({ first: 'Flight', second: 'Mixed' });
  });

  test('with and without a record type are not united', () => {
    const error = failure((env) => {
      const flights: Stream<unknown> = env.fromSource(fakeSource(Flight));
      flights.union(env.fromSource(fakeSource())).print();
    });
    expect(error.details).toEqual({ first: 'Flight', second: 'no record type' });
  });

  test('of another build are refused', () => {
    let foreign: Stream<unknown> | undefined;
    build((env) => {
      foreign = env.fromSource(fakeSource());
      foreign.print();
    });
    const error = failure((env) => void env.fromSource(fakeSource()).union(foreign!).print());
    expect(error.code).toBe('ERR_GRAPH_FOREIGN_STREAM');
  });

  test('take no calls once the job is built', () => {
    let kept: Stream<unknown> | undefined;
    build((env) => {
      kept = env.fromSource(fakeSource());
      kept.print();
    });
    expect(errorOf(() => kept!.print()).code).toBe('ERR_GRAPH_BUILT');
  });

  test('keyed and not keyed are not connected', () => {
    const error = failure((env) => {
      const rows = env.fromSource(fakeSource(Flight));
      rows.keyBy('origin').connect(untyped(rows));
    });
    expect(error.code).toBe('ERR_GRAPH_CONNECT_KEYED');
  });

  test('are what union and connect take', () => {
    const wrong = [
      (rows: Stream<unknown>): unknown => rows.union(untyped({})),
      (rows: Stream<unknown>): unknown => rows.connect(untyped(undefined)),
    ];
    for (const call of wrong) {
      const error = failure((env) => void call(env.fromSource(fakeSource())));
      expect(error.code).toBe('ERR_GRAPH_ARGUMENT');
    }
  });
});

describe('arguments', () => {
  test('that should be functions are checked', () => {
    const calls: ((rows: Stream<unknown>) => unknown)[] = [
      (rows) => rows.map(untyped('x')),
      (rows) => rows.filter(untyped(undefined)),
      (rows) => rows.flatMap(untyped({})),
      (rows) => rows.reduce(untyped(1)),
      (rows) => rows.partitionCustom(untyped(1)),
      (rows) => rows.split(['a'], untyped(1)),
      (rows) => rows.split([], () => untyped('a')),
      (rows) => rows.split(['a', 'a'], () => 'a'),
      (rows) => rows.assignTimestamps(untyped(undefined)),
      (rows) => rows.connect(rows).map(untyped(1), untyped(2)),
      (rows) => rows.connect(rows).flatMap(untyped(1), untyped(2)),
      (rows) => rows.sinkTo(untyped('file.csv')),
      (rows) => rows.process(untyped(undefined)),
      (rows) => rows.keyBy(() => 1).process(untyped({ process: () => undefined })),
      (rows) => rows.connect(rows).process(untyped({ processElement1: () => undefined })),
    ];
    for (const call of calls) {
      const error = failure((env) => void call(env.fromSource(fakeSource())));
      expect(error.code).toBe('ERR_GRAPH_ARGUMENT');
      expect(error.place.source).toMatch(/^validation\.test\.ts/);
    }
  });

  test('of fromSource are a source and a strategy', () => {
    expect(failure((env) => void env.fromSource(untyped('x'))).code).toBe('ERR_GRAPH_ARGUMENT');
    const strategy = untyped({ boundMs: 5 });
    const error = failure((env) => void env.fromSource(fakeSource(), strategy));
    expect(error.code).toBe('ERR_GRAPH_ARGUMENT');
  });

  test('of name and uid are not empty', () => {
    const calls = [
      (env: JobEnvironment): unknown => env.fromSource(fakeSource()).name(' '),
      (env: JobEnvironment): unknown => env.fromSource(fakeSource()).uid(''),
      (env: JobEnvironment): unknown => env.fromSource(fakeSource()).getSideOutput(''),
      (env: JobEnvironment): unknown => env.fromSource(fakeSource()).slotSharingGroup(''),
    ];
    for (const call of calls) {
      expect(failure((env) => void call(env)).code).toBe('ERR_GRAPH_ARGUMENT');
    }
  });

  test('of setParallelism are integers of 1 .. 32768, and at most maxParallelism', () => {
    for (const parallelism of [0, -1, 1.5, Number.NaN, 32_769]) {
      const error = failure((env) => {
        env.fromSource(fakeSource()).setParallelism(parallelism);
      });
      expect(error.code).toBe('ERR_GRAPH_PARALLELISM');
    }
    const error = failure((env) => void env.fromSource(fakeSource()).setParallelism(9).print(), {
      maxParallelism: 8,
    });
    expect(error.code).toBe('ERR_GRAPH_PARALLELISM');
    expect(error.details).toMatchObject({ most: 8, got: 9 });
  });
});

describe('names and uids', () => {
  test('given twice are an error that tells where the first is', () => {
    const twice = (call: 'name' | 'uid'): EngineError =>
      failure((env) => {
        const rows = env.fromSource(fakeSource());
        rows
          .filter(() => true)
          [call]('same')
          .print();
        rows
          .filter(() => false)
          [call]('same')
          .print();
      });
    expect(twice('name').code).toBe('ERR_GRAPH_DUPLICATE_NAME');
    expect(twice('uid').code).toBe('ERR_GRAPH_DUPLICATE_UID');
    expect(twice('uid').details['first']).toMatch(/^validation\.test\.ts:\d+:\d+$/);
  });

  test('one tag has one record type', () => {
    const error = failure((env) => {
      const rows = env.fromSource(fakeSource());
      rows.getSideOutput('bad', Flight).print();
      rows.getSideOutput('bad', Mixed).print();
    });
    expect(error.code).toBe('ERR_GRAPH_SIDE_OUTPUT');
  });
});

describe('forward that was asked for', () => {
  test('must join operators of the same parallelism', () => {
    const error = failure((env) => {
      const rows = env.fromSource(fakeSource(Flight)).setParallelism(2);
      rows
        .forward()
        .filter(() => true)
        .setParallelism(3)
        .print();
    });
    expect(error.code).toBe('ERR_GRAPH_FORWARD');
    expect(error.details).toEqual({
      from: 'fake',
      fromParallelism: 2,
      to: 'filter',
      toParallelism: 3,
    });
  });
});

describe('warnings', () => {
  test('name streams that lead nowhere', () => {
    const graph = build((env) => {
      const rows = env.fromSource(fakeSource(Flight));
      rows.filter(() => true);
      rows.print();
    });
    expect(graph.warnings).toHaveLength(1);
    expect(graph.warnings[0]).toMatchObject({ code: 'WARN_GRAPH_DANGLING', node: 'filter' });
    expect(graph.warnings[0]!.location).toMatch(/^validation\.test\.ts/);
  });

  test('name the operator whose rows cross threads without a record type, once', () => {
    const graph = build((env) => {
      const rows = env.fromSource(fakeSource(Flight)).map((flight) => flight.delay);
      rows.rebalance().print();
      rows.broadcast().print();
    });
    expect(graph.warnings).toHaveLength(1);
    expect(graph.warnings[0]).toMatchObject({ code: 'WARN_GRAPH_GENERIC_CODEC', node: 'map' });
    expect(graph.warnings[0]!.message).toMatch(/10 times slower.*last argument of map at /);
  });

  test('are errors under strictTypes', () => {
    const error = failure(
      (env) => {
        env
          .fromSource(fakeSource(Flight))
          .map((flight) => flight.delay)
          .rebalance()
          .print();
      },
      { strictTypes: true },
    );
    expect(error.code).toBe('ERR_GRAPH_STRICT_TYPES');
    expect(error.hint).toMatch(
      /last argument of map at validation\.test\.ts:\d+:\d+: \(fn, Type\)/,
    );
    expect(error.place.operator).toBe('map');
  });

  test('tell what to do for sources, side outputs and operators that keep their type', () => {
    const remedies = [
      failure((env) => void env.fromSource(fakeSource()).rebalance().print(), {
        strictTypes: true,
      }),
      failure(
        (env) => {
          const rows = env.fromSource(fakeSource(Flight));
          rows.print();
          rows.getSideOutput('bad').rebalance().print();
        },
        { strictTypes: true },
      ),
      failure(
        (env) =>
          void env
            .fromSource(fakeSource())
            .filter(() => true)
            .rebalance()
            .print(),
        { strictTypes: true },
      ),
    ].map((error) => String(error.details['remedy']));
    expect(remedies[0]).toMatch(/^give the source fake at .* a record type$/);
    expect(remedies[1]).toMatch(/^declare one by getSideOutput\('bad', Type\) of fake/);
    expect(remedies[2]).toMatch(/^declare one above filter/);
  });
});
