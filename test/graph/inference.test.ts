/** What the compiler knows of a job; the checks with `@ts-expect-error` fail to compile when it knows less. */

import { describe, expect, expectTypeOf, test } from 'vitest';

import type { Sink } from '../../src/connectors/index.ts';
import {
  boundedOutOfOrderness,
  buildGraph,
  job,
  keepRow,
  outputTag,
} from '../../src/graph/index.ts';
import type {
  ComparableField,
  ConnectedStreams,
  JobEnvironment,
  KeyedByFields,
  KeyedStream,
  KeyField,
  OperatorStream,
  Stream,
  SummableField,
} from '../../src/graph/index.ts';
import { fakeSink, fakeSource } from './fake-connectors.ts';
import { Flight, Mixed } from './flights.ts';

/** Runs the declarations too: what compiles must also build. */
function declare(build: (env: JobEnvironment) => void): number {
  return buildGraph(job('types', build)).nodes.length;
}

describe('the type of a row', () => {
  test('flows from the source to every function', () => {
    const nodes = declare((env) => {
      const flights = env.fromSource(
        fakeSource(Flight),
        boundedOutOfOrderness((flight) => flight.date, '5s'),
      );
      expectTypeOf(flights).toEqualTypeOf<OperatorStream<Flight>>();
      flights.filter((flight) => {
        expectTypeOf(flight.origin).toBeString();
        return flight.delay > 0;
      });
      flights.union(flights).print();
    });
    expect(nodes).toBe(3);
  });

  test('is what a map returns, or the declared record type', () => {
    const nodes = declare((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      const plain = flights.map((flight) => ({ late: flight.delay > 0 }));
      expectTypeOf(plain).toEqualTypeOf<OperatorStream<{ late: boolean }>>();
      const typed = flights.map((flight) => ({ ...flight, delay: 0 }), Flight);
      expectTypeOf(typed).toEqualTypeOf<OperatorStream<Flight>>();
      // @ts-expect-error a field of the declared type is missing
      flights.map((flight) => ({ delay: flight.delay }), Flight);
      const words = flights.flatMap((flight) => [flight.origin]);
      words.print();
    });
    expect(nodes).toBe(6);
  });

  test('is read-only in functions', () => {
    const nodes = declare((env) => {
      const rows = env.fromSource(fakeSource<{ n: number }>());
      rows
        .filter((row) => {
          // @ts-expect-error rows are not to be changed
          row.n = 5;
          return true;
        })
        .print();
    });
    expect(nodes).toBe(3);
  });

  test('is kept by keyBy, reduce and the aggregates', () => {
    const nodes = declare((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      const byOrigin = flights.keyBy('origin');
      expectTypeOf(byOrigin).toEqualTypeOf<KeyedStream<Flight, string> & KeyedByFields<'origin'>>();
      const top = byOrigin.reduce((a, b) => (a.delay > b.delay ? keepRow(a) : b));
      expectTypeOf(top).toEqualTypeOf<OperatorStream<Flight>>();
      expectTypeOf(byOrigin.sum('delay')).toEqualTypeOf<OperatorStream<Flight>>();
      expectTypeOf(byOrigin.maxBy('delay')).toEqualTypeOf<OperatorStream<Flight>>();
      top.print();
    });
    expect(nodes).toBe(5);
  });

  test('is fitting for the sink', () => {
    const numbers: Sink<number> = fakeSink();
    const nodes = declare((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      flights.map((flight) => flight.delay).sinkTo(numbers);
      flights.sinkTo(fakeSink());
      // @ts-expect-error the sink takes numbers
      flights.sinkTo(numbers);
    });
    expect(nodes).toBe(5);
  });
});

describe('keys', () => {
  test('are the values of the named fields', () => {
    const nodes = declare((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      const pair = flights.keyBy('origin', 'delay');
      expectTypeOf(pair).toEqualTypeOf<
        KeyedStream<Flight, readonly [string, number]> & KeyedByFields<'origin' | 'delay'>
      >();
      const parity = flights.keyBy((flight) => flight.delay % 2 === 0);
      expectTypeOf(parity).toEqualTypeOf<KeyedStream<Flight, boolean>>();
      pair
        .process<string>({
          processElement(flight, context, out) {
            expectTypeOf(context.key).toEqualTypeOf<readonly [string, number]>();
            out.collect(`${flight.origin} ${context.key[1]}`);
          },
        })
        .print();
    });
    expect(nodes).toBe(3);
  });

  test('are fields that can be keys; sums are of numbers', () => {
    expectTypeOf<KeyField<Mixed>>().toEqualTypeOf<
      'price' | 'label' | 'flag' | 'digest' | 'note' | 'when'
    >();
    expectTypeOf<SummableField<Mixed>>().toEqualTypeOf<'price' | 'when'>();
    expectTypeOf<ComparableField<Mixed>>().toEqualTypeOf<
      'price' | 'label' | 'flag' | 'note' | 'when'
    >();
    expect(() =>
      declare((env) => {
        const mixed = env.fromSource(fakeSource(Mixed));
        // @ts-expect-error no such field
        mixed.keyBy('lable');
      }),
    ).toThrow(/Mixed/);
    expect(() =>
      declare((env) => {
        const mixed = env.fromSource(fakeSource(Mixed));
        // @ts-expect-error a list is no key
        mixed.keyBy('tags');
      }),
    ).toThrow(/tags/);
    expect(() =>
      declare((env) => {
        const mixed = env.fromSource(fakeSource(Mixed)).keyBy('label');
        // @ts-expect-error a text is no number
        mixed.sum('label');
      }),
    ).toThrow(/label/);
  });

  test('must agree when keyed streams are connected', () => {
    const nodes = declare((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      const mixed = env.fromSource(fakeSource(Mixed));
      const both = flights.keyBy('origin').connect(mixed.keyBy('label'));
      expectTypeOf(both).toEqualTypeOf<ConnectedStreams<Flight, Mixed, string>>();
      // @ts-expect-error one is keyed by text, the other by a number
      flights.keyBy('origin').connect(mixed.keyBy('price'));
      both
        .map(
          (flight) => flight.delay,
          (row) => row.label,
        )
        .print();
    });
    expect(nodes).toBe(4);
  });
});

describe('side outputs and settings', () => {
  test('have the type of their tag', () => {
    const late = outputTag('late', Flight);
    const nodes = declare((env) => {
      const flights = env.fromSource(fakeSource(Flight));
      expectTypeOf(flights.getSideOutput(late)).toEqualTypeOf<Stream<Flight>>();
      expectTypeOf(flights.getSideOutput('bad')).toEqualTypeOf<Stream<unknown>>();
      const { a, b } = flights.split(['a', 'b'], (flight) => (flight.delay > 0 ? 'a' : 'b'));
      expectTypeOf(a).toEqualTypeOf<Stream<Flight>>();
      b.print();
      // @ts-expect-error there is no tag c
      flights.split(['a', 'b'], () => 'c').a.print();
    });
    expect(nodes).toBe(5);
  });

  test('belong to operators, not to partitionings', () => {
    expect(() =>
      declare((env) => {
        const flights = env.fromSource(fakeSource(Flight));
        // @ts-expect-error a partitioning has no name
        flights.rebalance().name('spread');
      }),
    ).toThrow('flights.rebalance(...).name is not a function');
  });
});
