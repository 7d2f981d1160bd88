import { describe, expect, test } from 'vitest';

import { buildGraph, job, monotonousTimestamps } from '../../src/graph/index.ts';
import type { JobEnvironment, LogicalGraph } from '../../src/graph/index.ts';
import { checkGraph, makePlan, defaultPlanSettings } from '../../src/plan/index.ts';
import type { PhysicalPlan, PlanSettings } from '../../src/plan/index.ts';
import { errorOf } from '../graph/errors.ts';
import { fakeSink, fakeSource } from '../graph/fake-connectors.ts';
import { Flight } from '../graph/flights.ts';

const build = (declare: (env: JobEnvironment) => void): LogicalGraph =>
  buildGraph(job('test', declare));
const plan = (
  declare: (env: JobEnvironment) => void,
  settings: Partial<PlanSettings> = {},
): PhysicalPlan => makePlan(build(declare), defaultPlanSettings({}, settings));
const chains = (made: PhysicalPlan): string[] => made.chains.map((chain) => chain.name);
const reasons = (made: PhysicalPlan): string[] => made.decisions.map(({ reason }) => reason);
const filtered = (env: JobEnvironment): void => {
  env
    .fromSource(fakeSource(Flight))
    .filter(() => true)
    .name('f')
    .sinkTo(fakeSink());
};

describe('operators chain', () => {
  test('over forward edges between operators of the same parallelism', () => {
    const made = plan(filtered, { parallelism: 3 });
    expect(chains(made)).toEqual(['fake -> f -> drop']);
    expect(made.chains[0]!.operators.map((operator) => operator.node)).toEqual([0, 1, 2]);
    expect(made.subtasks).toHaveLength(3);
    expect(made.edges).toEqual([]);
    expect(made.channels).toEqual([]);
    expect(reasons(made)).toEqual(Array(2).fill('forward, same parallelism'));
  });

  test('also where a chain branches, and into side outputs', () => {
    const made = plan((env) => {
      const rows = env.fromSource(fakeSource(Flight));
      rows.filter(() => true).sinkTo(fakeSink());
      rows.getSideOutput('bad', Flight).sinkTo(fakeSink());
    });
    expect(chains(made)).toEqual(['fake -> (filter -> drop, drop-2)']);
  });

  test('not over a key, even in one subtask', () => {
    const made = plan((env) => {
      env.fromSource(fakeSource(Flight)).keyBy('origin').sum('delay').sinkTo(fakeSink());
    });
    expect(chains(made)).toEqual(['fake', 'sum -> drop']);
    expect(reasons(made)[0]).toBe('keyGroup edge redistributes rows');
    expect(made.edges[0]).toMatchObject({ partitioner: 'keyGroup', keyFields: ['origin'] });
  });

  test('not into operators of several inputs: unions, diamonds, connected streams', () => {
    const made = plan((env) => {
      const rows = env.fromSource(fakeSource(Flight));
      const left = rows.filter(() => true).name('left');
      const right = rows.filter(() => false).name('right');
      left.union(right).sinkTo(fakeSink());
      left
        .connect(right)
        .map(
          (a) => a,
          (b) => b,
          Flight,
        )
        .sinkTo(fakeSink());
    });
    expect(chains(made)[0]).toBe('fake -> (left, right)');
    expect(made.chains).toHaveLength(3);
    expect(reasons(made)).toContain('its consumer has 2 inputs');
    expect(made.edges.map((edge) => edge.input)).toEqual([0, 0, 0, 1]);
  });

  test('not where the job or the settings forbid it', () => {
    const made = plan((env) => {
      env
        .fromSource(fakeSource(Flight))
        .filter(() => true)
        .name('a')
        .startNewChain()
        .filter(() => true)
        .name('b')
        .disableChaining()
        .filter(() => true)
        .name('c')
        .slotSharingGroup('blue')
        .filter(() => true)
        .name('d')
        .slotSharingGroup('red')
        .sinkTo(fakeSink());
    });
    expect(chains(made)).toEqual(['fake', 'a', 'b', 'c', 'd -> drop']);
    expect(reasons(made).slice(0, 4)).toEqual([
      'a starts a new chain',
      'b forbids chaining',
      'slot-sharing group default -> blue',
      'slot-sharing group blue -> red',
    ]);
    const off = plan(filtered, { chaining: false });
    expect(chains(off)).toEqual(['fake', 'f', 'drop']);
    expect(reasons(off)[0]).toBe('chaining is off in the settings');
  });
});

describe('parallelism', () => {
  test('of the job wins over the configuration of the operator, and that over the default', () => {
    const made = plan(
      (env) => {
        const rows = env.fromSource(fakeSource(Flight));
        rows
          .filter(() => true)
          .name('own')
          .setParallelism(2)
          .sinkTo(fakeSink());
        rows
          .filter(() => true)
          .name('configured')
          .sinkTo(fakeSink());
      },
      { parallelism: 4, operatorParallelism: { own: 8, configured: 3 } },
    );
    const of = (name: string): number | undefined =>
      made.chains.find((chain) => chain.operators.some((operator) => operator.name === name))
        ?.parallelism;
    expect([of('fake'), of('own'), of('configured'), of('drop')]).toEqual([4, 2, 3, 4]);
  });

  test('is capped by what a source has to give', () => {
    const made = plan(
      (env) => {
        const source = fakeSource(Flight, { maxParallelism: 2 });
        env.fromSource(source).setParallelism(5).sinkTo(fakeSink());
      },
      { parallelism: 4 },
    );
    expect(made.chains.map((chain) => chain.parallelism)).toEqual([2, 4]);
    expect(made.warnings.map((warning) => warning.code)).toEqual(['WARN_PLAN_CAPPED']);
    expect(made.edges[0]!.partitioner).toBe('rebalance');
  });

  test('of one folds a stream without a key', () => {
    const made = plan(
      (env) => {
        env
          .fromSource(fakeSource(Flight))
          .reduce((a) => a)
          .sinkTo(fakeSink())
          .setParallelism(1);
      },
      { parallelism: 3 },
    );
    expect(chains(made)).toEqual(['fake', 'reduce -> drop']);
    expect(made.edges[0]!.partitioner).toBe('global');
    expect(made.channels).toHaveLength(3);
    expect(reasons(made)[0]).toBe('parallelism 3 -> 1 (global)');
  });

  test('decides the number of key groups, unless one is set', () => {
    const keyed = (env: JobEnvironment): void => {
      env.fromSource(fakeSource(Flight)).keyBy('origin').sum('delay').sinkTo(fakeSink());
    };
    expect(plan(keyed, { parallelism: 4 }).maxParallelism).toBe(128);
    expect(plan(keyed, { parallelism: 100 }).maxParallelism).toBe(256);
    const made = plan(keyed, { parallelism: 3, maxParallelism: 10 });
    expect(made.subtasks.slice(0, 3).map((subtask) => subtask.keyGroups)).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(made.subtasks.slice(3).map((subtask) => subtask.keyGroups)).toEqual([
      [0, 4],
      [4, 7],
      [7, 10],
    ]);
  });

  test('that differs makes an error of a forward that was asked for', () => {
    const error = errorOf(() =>
      plan(
        (env) => {
          env
            .fromSource(fakeSource(Flight))
            .forward()
            .filter(() => true)
            .name('f')
            .print();
        },
        { operatorParallelism: { f: 2 } },
      ),
    );
    expect(error.code).toBe('ERR_PLAN_FORWARD');
    expect(error.place.operator).toBe('f');
  });
});

describe('settings', () => {
  test('are filled from the configuration, then the job, then defaults', () => {
    expect(defaultPlanSettings()).toEqual({
      parallelism: 1,
      maxParallelism: undefined,
      operatorParallelism: {},
      chaining: true,
      pruning: true,
      strictTypes: false,
      executionMode: 'streaming',
      ringBytes: 1024 * 1024,
    });
    const options = { parallelism: 2, strictTypes: true, executionMode: 'batch' } as const;
    expect(defaultPlanSettings(options, { parallelism: 3, chaining: false })).toMatchObject({
      parallelism: 3,
      strictTypes: true,
      executionMode: 'batch',
      chaining: false,
    });
  });

  test('out of range are errors', () => {
    const wrong: Partial<PlanSettings>[] = [
      { parallelism: 0 },
      { parallelism: 1.5 },
      { maxParallelism: 40_000 },
      { parallelism: 200, maxParallelism: 100 },
      { operatorParallelism: { f: 0 } },
      { ringBytes: 1000 },
      { ringBytes: 2048 },
    ];
    for (const settings of wrong) {
      expect(errorOf(() => plan(filtered, settings)).code).toBe('ERR_PLAN_SETTING');
    }
  });

  test('of an operator that is not there are an error with the nearest name', () => {
    const error = errorOf(() =>
      plan(
        (env) => {
          env
            .fromSource(fakeSource(Flight))
            .filter(() => true)
            .name('delays')
            .print();
        },
        { operatorParallelism: { delay: 2 } },
      ),
    );
    expect(error.code).toBe('ERR_PLAN_OPERATOR');
    expect(error.hint).toMatch(/Did you mean 'delays'\?/);
  });
});

describe('edges', () => {
  test('carry type, timestamps, side output and ring size', () => {
    const made = plan(
      (env) => {
        const rows = env.fromSource(
          fakeSource(Flight),
          monotonousTimestamps((row) => row.date),
        );
        rows.getSideOutput('bad', Flight).rebalance().sinkTo(fakeSink());
      },
      { parallelism: 2, ringBytes: 8192 },
    );
    expect(made.edges).toEqual([
      {
        id: 0,
        logicalEdge: 0,
        from: 0,
        fromNode: 0,
        sideOutput: 'bad',
        to: 1,
        toNode: 1,
        input: 0,
        partitioner: 'rebalance',
        type: Flight.descriptor,
        timestamps: true,
        ringBytes: 8192,
        channels: [0, 1, 2, 3],
      },
    ]);
    expect(made.chains[0]).toMatchObject({ inputs: [], outputs: [0] });
    expect(made.chains[1]).toMatchObject({ inputs: [0], outputs: [] });
  });

  test('of a stream united with itself are two', () => {
    const made = plan((env) => {
      const rows = env.fromSource(fakeSource(Flight));
      rows.union(rows).sinkTo(fakeSink());
    });
    expect(made.edges.map((edge) => [edge.from, edge.to])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(made.channels).toHaveLength(2);
  });

  test('without a record type are a warning once they leave a chain, or an error', () => {
    const untyped = (env: JobEnvironment): void => {
      env
        .fromSource(fakeSource(Flight))
        .map((row) => row.delay)
        .sinkTo(fakeSink());
    };
    expect(plan(untyped).warnings).toEqual([]);
    const cut = plan(untyped, { chaining: false });
    expect(cut.warnings.map(({ code, operator }) => [code, operator])).toEqual([
      ['WARN_GRAPH_GENERIC_CODEC', 'map'],
    ]);
    const error = errorOf(() => plan(untyped, { chaining: false, strictTypes: true }));
    expect(error.code).toBe('ERR_GRAPH_STRICT_TYPES');
  });
});

describe('chains', () => {
  test('say whether they do asynchronous I/O, and what their operators keep', () => {
    const made = plan((env) => {
      env
        .fromSource(fakeSource(Flight, { async: true }))
        .keyBy('origin')
        .sum('delay')
        .sinkTo(fakeSink());
    });
    expect(made.chains.map((chain) => chain.async)).toEqual([true, false]);
    const [source, sum] = made.chains.map((chain) => chain.operators[0]!);
    expect(source).toMatchObject({ kind: 'fake', keyed: false, stateful: false });
    expect(sum).toMatchObject({
      kind: 'sum',
      params: { field: 'delay' },
      keyed: true,
      stateful: true,
    });
  });
});

describe('a worker', () => {
  test('accepts the planned graph and refuses another', () => {
    const made = plan(filtered);
    expect(() => checkGraph(build(filtered), made)).not.toThrow();
    const other = build((env) => {
      env
        .fromSource(fakeSource(Flight))
        .filter(() => false)
        .name('f')
        .sinkTo(fakeSink());
    });
    const error = errorOf(() => checkGraph(other, made));
    expect(error.code).toBe('ERR_GRAPH_FINGERPRINT');
    expect(error.details['difference']).toMatch(/^operator 1, planned f /);
  });
});
