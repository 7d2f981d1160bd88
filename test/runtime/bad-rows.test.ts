/** Rows that are left out: what is said of them, and what is never left out. */

import { describe, expect, test } from 'vitest';
import type { EngineError } from '../../src/base/index.ts';
import { collect, discard, fromCollection } from '../../src/connectors/index.ts';
import type { BadRowPolicy } from '../../src/connectors/index.ts';
import { buildGraph } from '../../src/graph/index.ts';
import { count, job, monotonousTimestamps, tumbling } from '../../src/index.ts';
import type { Job, JobEnvironment, OperatorStream } from '../../src/index.ts';
import { badRowPolicies, resolveConfig } from '../../src/placement/index.ts';
import type { OperatorConfigInput } from '../../src/placement/index.ts';
import { i32, record, timestamp } from '../../src/record/index.ts';
import { runJob } from '../../src/testing/index.ts';

const Row = record('Row', { n: i32, time: timestamp });
const rows = Array.from({ length: 10 }, (_, n) => ({ n, time: 1000 * n }));
type In = (typeof rows)[number];

const source = (env: JobEnvironment): OperatorStream<In> =>
  env.fromSource(fromCollection(rows, Row));
const failAt = (bad: number, what: string): ((row: In) => In) => {
  return ({ n, time }) => {
    if (n === bad) throw new RangeError(what);
    return { n, time };
  };
};

describe.each([true, false])('with generated drivers %s', (codegen) => {
  test('a dead letter names operator, error, line, row and timestamp', async () => {
    const told = job('told', { parallelism: 1 }, (env) => {
      const checked = source(env)
        .assignTimestamps(monotonousTimestamps((row) => row.time))
        .map(failAt(3, 'three'), Row)
        .name('checked');
      checked.sinkTo(collect());
      checked.deadLetters().sinkTo(collect('letters'));
    });
    const { collected } = await runJob(told, { codegen });
    expect(collected['default']).toHaveLength(9);
    expect(collected['letters']).toEqual([
      {
        operator: 'checked',
        subtask: 0,
        code: 'ERR_RUNTIME_USER_FUNCTION',
        message: 'A user function of operator checked threw RangeError: three',
        source: expect.stringMatching(/bad-rows\.test\.ts:\d+:\d+$/) as string,
        row: '{"n":3,"time":3000}',
        timestamp: 3000,
      },
    ]);
  });

  test('what an operator behind it throws is not its row to leave out', async () => {
    const behind = job('behind', { parallelism: 1 }, (env) => {
      source(env)
        .map(failAt(3, 'three'), Row)
        .onBadRow('skip')
        .map(failAt(5, 'five'), Row)
        .name('behind')
        .sinkTo(discard());
    });
    await expect(runJob(behind, { codegen })).rejects.toMatchObject({
      code: 'ERR_RUNTIME_USER_FUNCTION',
      message: 'A user function of operator behind threw RangeError: five',
    });
  });

  test('an error that says nothing of the row fails the job', async () => {
    const wrong = job('wrong', { parallelism: 1 }, (env) => {
      source(env)
        .process<In>({ processElement: (row, context) => context.output('nowhere', row) }, Row)
        .onBadRow('skip')
        .sinkTo(discard());
    });
    await expect(runJob(wrong, { codegen })).rejects.toMatchObject({
      code: 'ERR_RUNTIME_SIDE_OUTPUT',
    });
  });

  test('what a function did before it threw stays', async () => {
    const half = job('half', { parallelism: 1 }, (env) => {
      source(env)
        .flatMap<In>(({ n, time }, out) => {
          out.collect({ n, time });
          if (n % 2 === 1) throw new Error('odd');
          out.collect({ n, time });
        }, Row)
        .onBadRow('skip')
        .map(({ n }) => n)
        .sinkTo(collect());
    });
    const { collected, metrics } = await runJob(half, { codegen });
    expect(collected['default']).toEqual(rows.flatMap(({ n }) => (n % 2 === 1 ? [n] : [n, n])));
    expect(metrics.totals.badRows).toBe(5);
    expect(metrics.operators.find(({ name }) => name === 'flatMap')!.counters).toMatchObject({
      badRows: 5,
    });
  });
});

describe('the policy', () => {
  const windows = (policy: BadRowPolicy): Job =>
    job('windows', (env) => {
      source(env)
        .keyBy('n')
        .window(tumbling('1s'))
        .aggregate({ rows: count() })
        .onBadRow(policy)
        .sinkTo(discard());
    });

  test('is refused for an operator that cannot leave rows out', () => {
    expect(() => buildGraph(windows('skip'), {})).toThrow(
      expect.objectContaining({ code: 'ERR_GRAPH_BAD_ROW' }) as EngineError,
    );
    expect(buildGraph(windows('fail'), {}).nodes).not.toHaveLength(0);
    expect(() => buildGraph(windows('never' as BadRowPolicy), {})).toThrow(
      expect.objectContaining({ code: 'ERR_GRAPH_ARGUMENT' }) as EngineError,
    );
  });

  const mapped = job('mapped', (env) => {
    source(env).map(failAt(-1, ''), Row).name('own').onBadRow('sideOutput').sinkTo(discard());
    source(env).map(failAt(-1, ''), Row).name('silent').sinkTo(discard()).name('sink');
  });
  const policiesWith = async (
    operators: Record<string, OperatorConfigInput>,
    onBadRow?: BadRowPolicy,
  ): Promise<object> => {
    const defaults = onBadRow === undefined ? {} : { onBadRow };
    const config = await resolveConfig({ jobs: { mapped: { operators, defaults } } });
    const { own, silent, sink } = badRowPolicies(buildGraph(mapped, {}), config);
    return { own, silent, sink };
  };

  test('of the configuration is stronger than the code, which is stronger than the default', async () => {
    expect(await policiesWith({})).toEqual({ own: 'sideOutput', silent: 'fail', sink: 'fail' });
    expect(await policiesWith({}, 'skip')).toEqual({
      own: 'sideOutput',
      silent: 'skip',
      sink: 'fail',
    });
    expect(await policiesWith({ own: { onBadRow: 'fail' } }, 'skip')).toMatchObject({
      own: 'fail',
      silent: 'skip',
    });
    await expect(policiesWith({ sink: { onBadRow: 'skip' } })).rejects.toMatchObject({
      code: 'ERR_GRAPH_BAD_ROW',
    });
  });
});
