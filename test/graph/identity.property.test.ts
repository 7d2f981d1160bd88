/**
 * Laws of identity.ts: names and uids are unique; a derived uid does not depend on what is appended elsewhere; the
 * fingerprint is equal on a rebuild, and another after any change.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { buildGraph, checkSameGraph, job } from '../../src/graph/index.ts';
import type { JobEnvironment, LogicalGraph } from '../../src/graph/index.ts';
import { errorOf } from './errors.ts';
import { fakeSink, fakeSource } from './fake-connectors.ts';
import { Flight } from './flights.ts';
import { declareRandom, randomJob } from './random-job.ts';

const build = (declare: (env: JobEnvironment) => void): LogicalGraph =>
  buildGraph(job('random', declare));

/** A graph asks the stack for the place of each operator, which test runners make slow. */
const RUNS = { numRuns: 30 };

describe('names, uids and fingerprints', () => {
  test('names and uids are unique', () => {
    fc.assert(
      fc.property(randomJob(), (steps) => {
        const { nodes } = build((env) => declareRandom(env, steps));
        expect(new Set(nodes.map((node) => node.name)).size).toBe(nodes.length);
        expect(new Set(nodes.map((node) => node.uid)).size).toBe(nodes.length);
      }),
      RUNS,
    );
  });

  test('a rebuilt graph is equal', () => {
    fc.assert(
      fc.property(randomJob(), (steps) => {
        const first = build((env) => declareRandom(env, steps));
        const second = build((env) => declareRandom(env, steps));
        expect(second.fingerprint).toBe(first.fingerprint);
        expect(second.nodes.map((node) => node.uid)).toEqual(first.nodes.map((node) => node.uid));
      }),
      RUNS,
    );
  });

  test('what is appended changes no uid, but the fingerprint', () => {
    fc.assert(
      fc.property(randomJob(), randomJob(), (steps, more) => {
        const first = build((env) => declareRandom(env, steps));
        const second = build((env) => {
          declareRandom(env, steps);
          declareRandom(env, more);
        });
        const uids = second.nodes.map((node) => node.uid);
        expect(uids.slice(0, first.nodes.length)).toEqual(first.nodes.map((node) => node.uid));
        expect(second.fingerprint).not.toBe(first.fingerprint);
      }),
      RUNS,
    );
  });

  test('derived names step around given ones', () => {
    const { nodes } = build((env) => {
      const rows = env.fromSource(fakeSource(Flight));
      rows.filter(() => true).print();
      rows
        .filter(() => true)
        .name('filter')
        .print();
      rows.filter(() => true).print();
    });
    expect(nodes.map((node) => node.name)).toEqual([
      'fake',
      'filter-2',
      'print',
      'filter',
      'print-2',
      'filter-3',
      'print-3',
    ]);
  });

  test('a given uid holds the uids below it in place', () => {
    const uids = (kind: string): (string | undefined)[] =>
      build((env) => {
        env
          .fromSource(fakeSource(Flight, { kind }))
          .uid('in')
          .filter(() => true)
          .print();
      }).nodes.map((node) => node.uid);
    expect(uids('csv')).toEqual(uids('parquet'));
  });
});

describe('the fingerprint changes with', () => {
  const base = (env: JobEnvironment): void => {
    env
      .fromSource(fakeSource(Flight))
      .filter((f) => f.delay > 0)
      .keyBy('origin')
      .sum('delay')
      .print();
  };
  const others: Readonly<Record<string, (env: JobEnvironment) => void>> = {
    'the text of a function': (env) => {
      env
        .fromSource(fakeSource(Flight))
        .filter((f) => f.delay > 1)
        .keyBy('origin')
        .sum('delay')
        .print();
    },
    'a key': (env) => {
      env
        .fromSource(fakeSource(Flight))
        .filter((f) => f.delay > 0)
        .keyBy('destination')
        .sum('delay')
        .print();
    },
    'a parameter of an operator': (env) => {
      env
        .fromSource(fakeSource(Flight))
        .filter((f) => f.delay > 0)
        .keyBy('origin')
        .sum('distance')
        .print();
    },
    'a parameter of a source': (env) => {
      const source = fakeSource(Flight, { path: 'b' });
      env
        .fromSource(source)
        .filter((f) => f.delay > 0)
        .keyBy('origin')
        .sum('delay')
        .print();
    },
    'a record type': (env) => {
      env
        .fromSource(fakeSource<Flight>())
        .filter((f) => f.delay > 0)
        .keyBy('origin')
        .sum('delay')
        .print();
    },
    'a name': (env) => {
      env
        .fromSource(fakeSource(Flight))
        .filter((f) => f.delay > 0)
        .name('late')
        .keyBy('origin')
        .sum('delay')
        .print();
    },
    'a parallelism': (env) => {
      env
        .fromSource(fakeSource(Flight))
        .filter((f) => f.delay > 0)
        .setParallelism(2)
        .keyBy('origin')
        .sum('delay')
        .print();
    },
    'a partitioner': (env) => {
      env
        .fromSource(fakeSource(Flight))
        .rebalance()
        .filter((f) => f.delay > 0)
        .keyBy('origin')
        .sum('delay')
        .print();
    },
    'a slot-sharing group': (env) => {
      env
        .fromSource(fakeSource(Flight))
        .filter((f) => f.delay > 0)
        .slotSharingGroup('b')
        .keyBy('origin')
        .sum('delay')
        .print();
    },
    'a break of a chain': (env) => {
      env
        .fromSource(fakeSource(Flight))
        .filter((f) => f.delay > 0)
        .startNewChain()
        .keyBy('origin')
        .sum('delay')
        .print();
    },
    'an operator more': (env) => {
      base(env);
      env.fromSource(fakeSource(Flight)).sinkTo(fakeSink());
    },
  };

  test.each(Object.keys(others))('%s', (what) => {
    expect(build(others[what]!).fingerprint).not.toBe(build(base).fingerprint);
  });

  test('parameters and options of the job', () => {
    const plain = job('one', base);
    const prints = [
      buildGraph(plain),
      buildGraph(plain, { limit: 1 }),
      buildGraph(job('two', base)),
      buildGraph(job('one', { parallelism: 2 }, base)),
    ].map((graph) => graph.fingerprint);
    expect(new Set(prints).size).toBe(4);
  });
});

describe('another graph than planned', () => {
  const planned = (graph: LogicalGraph): Parameters<typeof checkSameGraph>[2] =>
    graph.nodes.map((node) => ({ ...node, node: node.id }));
  const compare = (a: LogicalGraph, b: LogicalGraph): void => {
    checkSameGraph(b, a.fingerprint, planned(a));
  };
  const declare =
    (limit: number, more: boolean): ((env: JobEnvironment) => void) =>
    (env) => {
      const rows = env.fromSource(fakeSource(Flight, { path: 'x' }));
      rows
        .filter(() => true)
        .setParallelism(limit)
        .sinkTo(fakeSink());
      if (more) rows.print();
    };

  test('is refused with the first operator that differs', () => {
    const error = errorOf(() => compare(build(declare(1, false)), build(declare(2, false))));
    expect(error.code).toBe('ERR_GRAPH_FINGERPRINT');
    expect(error.details['difference']).toMatch(
      /^operator 1, planned filter \(.*\), now filter \(.*\)$/,
    );
  });

  test('also when an operator is missing or only the parameters differ', () => {
    const missing = errorOf(() => compare(build(declare(1, true)), build(declare(1, false))));
    expect(missing.details['difference']).toMatch(/^operator 3, planned print .*, now none$/);
    const one = job('one', declare(1, false));
    const parameters = errorOf(() => compare(buildGraph(one), buildGraph(one, { limit: 1 })));
    expect(parameters.details['difference']).toBe('its name, options or parameters');
  });

  test('is not seen in an equal one', () => {
    expect(() => compare(build(declare(1, true)), build(declare(1, true)))).not.toThrow();
  });
});
