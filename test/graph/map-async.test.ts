import { describe, expect, expectTypeOf, it } from 'vitest';
import { boundedOutOfOrderness, job } from '../../src/index.ts';
import type { OperatorStream } from '../../src/index.ts';
import { collect, fromCollection } from '../../src/connectors/index.ts';
import { buildGraph } from '../../src/graph/index.ts';
import { i32, record, utf8 } from '../../src/record/index.ts';
import { runJob } from '../../src/testing/index.ts';

const Id = record('Id', { id: i32 });
const Named = record('Named', { id: i32, name: utf8 });
const ids = Array.from({ length: 40 }, (_, id) => ({ id }));

function build(options?: object | null): unknown {
  return buildGraph(
    job('j', (env) => {
      env
        .fromSource(fromCollection(ids, Id))
        .mapAsync(async ({ id }) => id, options as never)
        .sinkTo(collect());
    }),
    {},
  );
}

describe('mapAsync', () => {
  it('states everything but functions in the plan', () => {
    const graph = build({
      ordered: false,
      timeout: '5s',
      retry: { attempts: 3, delay: { initial: '100ms', max: '1s' }, onError: () => true },
      onTimeout: () => null,
    }) as ReturnType<typeof buildGraph>;
    const { transformation, async } = graph.nodes[1]!;
    expect(async).toBe(true);
    expect(transformation).toMatchObject({
      kind: 'asyncMap',
      params: {
        ordered: false,
        capacity: 100,
        timeoutMs: 5000,
        retry: { attempts: 3, delay: { initialMs: 100, maxMs: 1000, factor: 2 } },
      },
    });
    expect(Object.keys(transformation!.functions)).toEqual(['asyncInvoke', 'onTimeout', 'onError']);
  });

  it('infers the rows of answers', () => {
    job('j', (env) => {
      const stream = env.fromSource(fromCollection(ids, Id));
      expectTypeOf(stream.mapAsync(async ({ id }) => ({ n: id }))).toEqualTypeOf<
        OperatorStream<{ n: number }>
      >();
      stream.mapAsync(async ({ id }) => id, {
        retry: {
          attempts: 2,
          onResult: (rows) => {
            expectTypeOf(rows).toEqualTypeOf<readonly number[]>();
            return rows.length === 0;
          },
        },
      });
      expectTypeOf(stream.mapAsync(async ({ id }) => [id, 'x'])).toEqualTypeOf<
        OperatorStream<string | number>
      >();
      expectTypeOf(stream.mapAsync(async ({ id }) => ({ id, name: 'x' }), {}, Named)).toEqualTypeOf<
        OperatorStream<{ readonly id: number; readonly name: string }>
      >();
    });
    expect(build()).toBeDefined();
  });

  it.each([
    [{ capacity: 0 }, 'capacity to be an integer of 1 or more, got 0'],
    [{ timeout: 0 }, "timeout to be a duration of 1 ms or more, such as '5s', got 0"],
    [{ timeout: '1 fortnight' }, "got '1 fortnight'"],
    [{ timeout: 0.5 }, 'got 0.5'],
    [{ retry: { attempts: 1.5 } }, 'retry.attempts'],
    [{ retry: { attempts: 2, delay: '-1s' } }, 'retry.delay to be a duration of 0 ms or more'],
    [{ retry: { attempts: 2, delay: { initial: 5, max: 4 } } }, 'retry.delay.max'],
    [{ retry: { attempts: 2, delay: { initial: 5, max: 5, factor: 0.5 } } }, 'factor'],
    [{ onTimeout: 5 }, 'a function'],
    [{ ordered: 1 }, 'ordered to be true or false'],
    [null, 'options'],
  ] as const)('refuses %j', (options, message) => {
    expect(() => build(options)).toThrow(
      expect.objectContaining({
        code: 'ERR_GRAPH_ARGUMENT',
        message: expect.stringContaining(message) as string,
        place: expect.objectContaining({ file: import.meta.filename }) as object,
      }),
    );
  });

  it.each([1, 2, 3])('runs in a job, whatever the order of steps (seed %i)', async (seed) => {
    let slow = 0;
    const lookup = job('j', (env) => {
      env
        .fromSource(
          fromCollection(ids, Id),
          boundedOutOfOrderness((row) => row.id, 0),
        )
        .mapAsync(
          async ({ id }) => {
            for (let i = 0; i < (id * 7) % 5; i++) await new Promise(setImmediate);
            if (id === 13 && slow++ === 0) throw new Error('once');
            return id % 10 === 0 ? [] : { id, name: `n${id}` };
          },
          { capacity: 4, timeout: '1h', ordered: seed !== 3, retry: { attempts: 2, delay: 10 } },
          Named,
        )
        .map((row) => row, Named)
        .sinkTo(collect());
    });
    const { collected } = await runJob(lookup, { seed, stepRowsMax: 3 });
    const expected = ids
      .filter(({ id }) => id % 10 !== 0)
      .map(({ id }) => ({ id, name: `n${id}` }));
    const rows = collected['default'] as { id: number }[];
    expect(seed === 3 ? rows.toSorted((a, b) => a.id - b.id) : rows).toEqual(expected);
  });

  it('fails the job with the operator and the row when a request fails', async () => {
    const failing = job('j', (env) => {
      env
        .fromSource(fromCollection(ids, Id))
        .mapAsync(async ({ id }) => {
          if (id === 5) throw new Error('no such id');
          return id;
        })
        .name('lookup')
        .sinkTo(collect());
    });
    await expect(runJob(failing)).rejects.toMatchObject({
      code: 'ERR_OPERATORS_ASYNC',
      place: { operator: 'lookup', row: '{"id":5}' },
    });
  });
});
