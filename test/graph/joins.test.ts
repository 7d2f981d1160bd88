import { describe, expect, test } from 'vitest';

import { f64, i32, i64, job, nullable, outputTag, record, utf8 } from 'millrace';
import type { JobEnvironment, RowOf, Stream } from 'millrace';
import { buildGraph } from '../../src/graph/index.ts';
import type { LogicalGraph, LogicalNode } from '../../src/graph/index.ts';
import { fakeSink, fakeSource } from './fake-connectors.ts';

const Order = record('Order', { id: i32, wide: i64, name: utf8, sum: f64 });
const Payment = record('Payment', { order: i32, paid: f64, note: nullable(utf8) });

function graphOf(build: (env: JobEnvironment) => void): LogicalGraph {
  return buildGraph(job('joins', build));
}

function streams(env: JobEnvironment): {
  orders: Stream<RowOf<typeof Order>>;
  payments: Stream<RowOf<typeof Payment>>;
} {
  return {
    orders: env.fromSource(fakeSource(Order)),
    payments: env.fromSource(fakeSource(Payment)),
  };
}

const tumblingOf = (time: 'event' | 'processing'): unknown => ({
  kind: 'tumbling',
  time,
  sizeMs: 10,
  offsetMs: 0,
});

function joinNode({ nodes }: LogicalGraph): LogicalNode {
  return nodes.find(({ transformation }) => /join|coGroup/i.test(transformation?.kind ?? ''))!;
}

const codeOf = (code: string): unknown => expect.objectContaining({ code });

describe('keys of a join', () => {
  test('must be of the same kinds, and the error names the fields', () => {
    expect(() =>
      graphOf((env) => {
        const { orders, payments } = streams(env);
        orders.keyBy('wide').join(payments.keyBy('order'));
      }),
    ).toThrow(
      expect.objectContaining({
        code: 'ERR_GRAPH_JOIN_KEYS',
        message: expect.stringMatching(/Order\.wide \(i64\).*Payment\.order \(i32\)/),
      }),
    );
  });

  test('must be as many', () => {
    expect(() =>
      graphOf((env) => {
        const { orders, payments } = streams(env);
        orders.join(payments).where('id', 'name').equalTo('order');
      }),
    ).toThrow(codeOf('ERR_GRAPH_JOIN_KEYS'));
  });

  test('are not fields on one side and a function on the other', () => {
    expect(() =>
      graphOf((env) => {
        const { orders, payments } = streams(env);
        orders.keyBy('id').intervalJoin(payments.keyBy((row) => row.order));
      }),
    ).toThrow(codeOf('ERR_GRAPH_JOIN_KEYS'));
  });

  test('are keys: a stream that is not keyed cannot be joined by key', () => {
    expect(() =>
      graphOf((env) => {
        const { orders, payments } = streams(env);
        orders.keyBy('id').temporalJoin(payments as never);
      }),
    ).toThrow(codeOf('ERR_GRAPH_JOIN_KEYS'));
  });

  test('may be functions on both sides', () => {
    const graph = graphOf((env) => {
      const { orders, payments } = streams(env);
      orders
        .keyBy((row) => row.id)
        .join(payments.keyBy((row) => row.order))
        .apply((order) => order.id)
        .sinkTo(fakeSink());
    });
    expect(joinNode(graph).transformation?.kind).toBe('join');
  });
});

describe('an interval join', () => {
  const between = (
    lower: string | number,
    upper: string | number,
    exclusive = false,
  ): LogicalGraph =>
    graphOf((env) => {
      const { orders, payments } = streams(env);
      const joined = orders.keyBy('id').intervalJoin(payments.keyBy('order')).between(lower, upper);
      (exclusive ? joined.lowerBoundExclusive().upperBoundExclusive() : joined)
        .process((order, payment) => order.sum - payment.paid)
        .sinkTo(fakeSink());
    });

  test('takes durations and milliseconds, also negative ones, and says its inclusive bounds in the plan', () => {
    expect(joinNode(between('-5s', 10_000)).transformation?.params).toMatchObject({
      lowerMs: -5000,
      upperMs: 10_000,
    });
    expect(joinNode(between(-5, '10ms', true)).transformation?.params).toMatchObject({
      lowerMs: -4,
      upperMs: 9,
    });
    expect(joinNode(between(0, 0)).transformation?.params).toMatchObject({
      lowerMs: 0,
      upperMs: 0,
    });
  });

  test('refuses bounds in the wrong order, also when made exclusive, and fractions', () => {
    expect(() => between(1, 0)).toThrow(codeOf('ERR_GRAPH_JOIN_BOUNDS'));
    expect(() => between(0, 1, true)).toThrow(codeOf('ERR_GRAPH_JOIN_BOUNDS'));
    expect(() => between('0.5ms', 1)).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
    expect(() => between('soon', 1)).toThrow(codeOf('ERR_BASE_UNIT'));
  });

  test('has side outputs for late rows, with the type of the rows, whether or not somebody reads them', () => {
    const graph = graphOf((env) => {
      const { orders, payments } = streams(env);
      const joined = orders
        .keyBy('id')
        .intervalJoin(payments.keyBy('order'))
        .between(0, 1)
        .sideOutputLeftLateData('late')
        .sideOutputRightLateData(outputTag('late-payments', Payment))
        .process((order) => order.id);
      joined.sinkTo(fakeSink());
      joined.getSideOutput<{ id: number }>('late').sinkTo(fakeSink());
    });
    const { sideOutputs } = joinNode(graph);
    expect(sideOutputs['late']?.fingerprint).toBe(Order.fingerprint);
    expect(sideOutputs['late-payments']?.fingerprint).toBe(Payment.fingerprint);
  });

  test('has a side output of its own for each side, unless their rows are of one type', () => {
    expect(() =>
      graphOf((env) => {
        const { orders, payments } = streams(env);
        orders
          .keyBy('id')
          .intervalJoin(payments.keyBy('order'))
          .between(0, 1)
          .sideOutputLeftLateData('late')
          .sideOutputRightLateData('late')
          .process((order) => order.id);
      }),
    ).toThrow(codeOf('ERR_GRAPH_SIDE_OUTPUT'));
  });

  test('refuses what is neither a function nor has processElement', () => {
    expect(() =>
      graphOf((env) => {
        const { orders, payments } = streams(env);
        orders
          .keyBy('id')
          .intervalJoin(payments.keyBy('order'))
          .between(0, 1)
          .process({} as never);
      }),
    ).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
  });
});

describe('selected fields', () => {
  test('have the types of their fields, and are nullable where their side may be missing', () => {
    const typeOf = (join: 'join' | 'leftJoin' | 'rightJoin'): unknown => {
      const graph = graphOf((env) => {
        const { orders, payments } = streams(env);
        const fields = { id: 'left.id', note: 'right.note', paid: 'right.paid' } as const;
        const a = orders.keyBy('id');
        const b = payments.keyBy('order');
        if (join === 'join') a.join(b).select('Paid', fields).sinkTo(fakeSink());
        else if (join === 'leftJoin') a.leftJoin(b).select('Paid', fields).sinkTo(fakeSink());
        else a.rightJoin(b).select('Paid', fields).sinkTo(fakeSink());
      });
      return joinNode(graph).outputType?.descriptor.fields.map(
        ({ name, type, nullable: orNull }) => `${name} ${type.kind}${orNull ? '?' : ''}`,
      );
    };
    expect(typeOf('join')).toEqual(['id i32', 'note utf8?', 'paid f64']);
    expect(typeOf('leftJoin')).toEqual(['id i32', 'note utf8?', 'paid f64?']);
    expect(typeOf('rightJoin')).toEqual(['id i32?', 'note utf8?', 'paid f64']);
  });

  test.for([[{ a: 'left.nothing' }], [{ a: 'middle.id' }], [{ a: 'right.id' }]])(
    'must be fields of the two sides: %j',
    ([fields]) => {
      expect(() =>
        graphOf((env) => {
          const { orders, payments } = streams(env);
          orders
            .keyBy('id')
            .join(payments.keyBy('order'))
            .select('X', fields as never);
        }),
      ).toThrow(codeOf('ERR_GRAPH_JOIN_SELECT'));
    },
  );

  test('must be some', () => {
    expect(() =>
      graphOf((env) => {
        const { orders, payments } = streams(env);
        orders.keyBy('id').join(payments.keyBy('order')).select('X', {});
      }),
    ).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
  });
});

describe('options of joins', () => {
  test.for([
    [{ ttl: 0 }],
    [{ ttl: -1 }],
    [{ ttl: 0.5 }],
    [{ time: 'both' }],
    [{ where: true }],
    [{ unique: 'both' }],
  ])('are checked: %j', ([options]) => {
    expect(() =>
      graphOf((env) => {
        const { orders, payments } = streams(env);
        orders.keyBy('id').join(payments.keyBy('order'), options as never);
      }),
    ).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
  });

  test.for([
    [['left.nothing', '=', 'right.order'], 'a field of Order, got left.nothing'],
    [['middle.id', '=', 'right.order'], "a field as 'left.field' or 'right.field', got middle.id"],
    [['left.id', '==', 'right.order'], 'one of = != < <= > >=, got =='],
    [['left.name', '=', 'right.order'], 'a string, got a number'],
    [['left.sum', '<', { value: 'ten' }], 'a number, got a string'],
    [['left.sum', '<', { value: null }], 'a number, text or boolean as value, got null'],
    [['left.name', '<', 'right.note'], '= or != for a string, got <'],
    [
      ['left.id', '='],
      '[field, operator, field], or [field, operator, { value }], got an array of 2',
    ],
  ])('a comparison names its fields and what is wrong with it: %j', ([comparison, expected]) => {
    expect(() =>
      graphOf((env) => {
        const { orders, payments } = streams(env);
        const where = [['left.id', '=', 'right.order'], comparison];
        orders.keyBy('id').join(payments.keyBy('order'), { where } as never);
      }),
    ).toThrow(
      expect.objectContaining({
        code: 'ERR_GRAPH_JOIN_WHERE',
        message: expect.stringContaining(`expected ${expected as string}`) as unknown,
      }),
    );
  });

  test('of comparisons the plan shows each, and the fields that are read', () => {
    const graph = graphOf((env) => {
      const { orders, payments } = streams(env);
      orders
        .keyBy('id')
        .join(payments.keyBy('order'), {
          unique: 'left',
          where: [
            ['left.sum', '>=', 'right.paid'],
            ['left.name', '!=', { value: 'test' }],
          ],
        })
        .select('Paid', { wide: 'left.wide', note: 'right.note' })
        .sinkTo(fakeSink());
    });
    const { params, reads } = joinNode(graph).transformation!;
    expect(params).toMatchObject({
      unique: 'left',
      where: [
        ['left.sum', '>=', 'right.paid'],
        ['left.name', '!=', { value: 'test' }],
      ],
    });
    expect(reads).toEqual([
      ['wide', 'sum', 'name'],
      ['note', 'paid'],
    ]);
  });

  test('a window is windows, and only those of event time have lateness', () => {
    const windowed = (window: unknown, lateness: unknown) => (): unknown =>
      graphOf((env) => {
        const { orders, payments } = streams(env);
        orders
          .join(payments)
          .where('id')
          .equalTo('order')
          .window(window as never)
          .allowedLateness(lateness as never);
      });
    expect(windowed(5, 0)).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
    expect(windowed({ kind: 'count' }, 0)).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
    expect(windowed(tumblingOf('processing'), 1)).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
    expect(windowed({ kind: 'global' }, 1)).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
    expect(windowed(tumblingOf('event'), -1)).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
  });

  test('of a lookup: a cache has a key and a size', () => {
    const lookup = (options: unknown) => (): unknown =>
      graphOf((env) => {
        streams(env).orders.lookupJoin(async () => 1, options as never);
      });
    expect(lookup({ cache: { key: 'id', size: 0 } })).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
    expect(lookup({ cache: { size: 5 } })).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
    expect(lookup({ cache: { key: 'nothing', size: 5 } })).toThrow(
      codeOf('ERR_GRAPH_UNKNOWN_FIELD'),
    );
    expect(lookup({ capacity: 0 })).toThrow(codeOf('ERR_GRAPH_ARGUMENT'));
  });

  test('joins for ever are warned of when their input does not end, others are not', () => {
    const warnings = (ttl?: string): readonly string[] =>
      graphOf((env) => {
        const a = env.fromSource({ ...fakeSource(Order), bounded: false });
        const b = env.fromSource({ ...fakeSource(Payment), bounded: false });
        a.keyBy('id')
          .join(b.keyBy('order'), ttl === undefined ? {} : { ttl })
          .apply((order) => order.id)
          .sinkTo(fakeSink());
      }).warnings.map(({ code }) => code);
    expect(warnings()).toContain('WARN_GRAPH_UNBOUNDED_STATE');
    expect(warnings('1h')).not.toContain('WARN_GRAPH_UNBOUNDED_STATE');
  });
});
