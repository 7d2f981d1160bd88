/** What `select` checks when the job is built, and the types that follow from it. */

import { describe, expect, expectTypeOf, test } from 'vitest';

import { buildGraph, computed, job } from '../../src/graph/index.ts';
import type { JobEnvironment, LogicalGraph, OperatorStream } from '../../src/graph/index.ts';
import { deprecated, f64, i32, nullable, record, utf8 } from '../../src/record/index.ts';
import { errorOf } from './errors.ts';
import { fakeSink, fakeSource } from './fake-connectors.ts';

const Bid = record('Bid', { auction: i32, price: f64, channel: utf8, note: nullable(utf8) });

function graphOf(build: (env: JobEnvironment) => void): LogicalGraph {
  return buildGraph(job('select', build));
}

describe('the result of a selection', () => {
  test('has the types of its fields, for the compiler and at run time', () => {
    const graph = graphOf((env) => {
      const selected = env.fromSource(fakeSource(Bid)).select('Converted', {
        id: 'auction',
        remark: 'note',
        euros: computed(f64, (bid) => {
          expectTypeOf(bid.channel).toBeString();
          return 0.9 * bid.price;
        }),
        loud: computed(nullable(utf8), (bid) => bid.note?.toUpperCase() ?? null),
      });
      expectTypeOf(selected).toEqualTypeOf<
        OperatorStream<{
          readonly id: number;
          readonly remark: string | null;
          readonly euros: number;
          readonly loud: string | null;
        }>
      >();
      // Types flow on, and the next call is checked by them.
      selected.keyBy('id').sum('euros').sinkTo(fakeSink());
    });
    const node = graph.nodes.find(({ transformation }) => transformation?.kind === 'select')!;
    const fields = node.outputType!.descriptor.fields.map(
      ({ name, type, nullable: orNull }) => `${name} ${type.kind}${orNull ? '?' : ''}`,
    );
    expect(node.outputType!.name).toBe('Converted');
    expect(fields).toEqual(['id i32', 'remark utf8?', 'euros f64', 'loud utf8?']);
  });

  test('is told apart by its fields and its functions', () => {
    const fingerprintOf = (fields: Readonly<Record<string, unknown>>): string =>
      graphOf((env) => {
        const bids = env.fromSource(fakeSource(Bid));
        bids.select('R', fields as never).sinkTo(fakeSink());
      }).fingerprint;
    const price = computed(f64, (bid: { price: number }) => bid.price);
    const prints = [
      fingerprintOf({ a: 'auction' }),
      fingerprintOf({ b: 'auction' }),
      fingerprintOf({ a: 'price' }),
      fingerprintOf({ a: price }),
      fingerprintOf({ a: computed(f64, (bid: { price: number }) => -bid.price) }),
    ];
    expect(new Set(prints).size).toBe(prints.length);
    expect(fingerprintOf({ a: price })).toBe(prints[3]);
  });
});

describe('a selection is refused', () => {
  const refused = (fields: unknown, name: unknown = 'R'): ReturnType<typeof errorOf> =>
    errorOf(() =>
      graphOf((env) => {
        env.fromSource(fakeSource(Bid)).select(name as string, fields as never);
      }),
    );

  test('that names a field that there is not, with the nearest', () => {
    const error = refused({ a: 'prise' });
    expect(error.code).toBe('ERR_GRAPH_UNKNOWN_FIELD');
    expect(error.hint).toContain("'price'");
    expect(error.place.file).toContain('select.test.ts');
    graphOf((env) => {
      // @ts-expect-error the compiler knows it, too
      expect(() => env.fromSource(fakeSource(Bid)).select('R', { a: 'prise' })).toThrow();
      env.fromSource(fakeSource(Bid)).select('R', { a: 'price' }).sinkTo(fakeSink());
    });
  });

  test.for([
    [{ a: 1 }],
    [{ a: null }],
    [{ a: (): number => 1 }],
    [{ a: { type: i32 } }],
    [{ a: computed(i32, 'no function' as never) }],
    [{ a: computed(deprecated(i32), () => 1 as never) }],
  ])('with a field that is neither a name nor computed: %j', ([fields]) => {
    const error = refused(fields);
    expect(error.code).toBe('ERR_GRAPH_SELECT');
    expect(error.place.file).toContain('select.test.ts');
  });

  test.for([[{}], [null], [undefined], ['auction']])('that is none: %j', ([fields]) => {
    expect(refused(fields).code).toBe('ERR_GRAPH_ARGUMENT');
  });

  test('without a name that a record type can have, or with a field that a view could not show', () => {
    expect(refused({ a: 'auction' }, 7).code).toBe('ERR_GRAPH_ARGUMENT');
    expect(refused({ a: 'auction' }, 'no name').code).toBe('ERR_RECORD_TYPE');
    const error = refused({ memory: 'auction' });
    expect(error.code).toBe('ERR_RECORD_TYPE');
    expect(error.place.file).toContain('select.test.ts');
  });

  test('of rows without a record type, with what to do', () => {
    const error = errorOf(() =>
      graphOf((env) => {
        env
          .fromSource(fakeSource(Bid))
          .map((bid) => ({ price: bid.price }))
          .select('R', { a: 'price' });
      }),
    );
    expect(error.code).toBe('ERR_GRAPH_SELECT');
    expect(error.message).toContain('a stream with a record type');
    expect(error.hint).toContain('.map(fn, Type)');
  });
});
