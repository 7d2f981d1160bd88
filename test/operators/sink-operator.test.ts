import { describe, expect, it } from 'vitest';
import { sinkTransformation } from '../../src/operators/index.ts';
import type { SinkLike, WriterContext, WriterLike } from '../../src/operators/index.ts';
import { i32, record } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';

const N = record('N', { n: i32 });

function sink(createWriter: (context: WriterContext) => WriterLike): SinkLike {
  return { kind: 'list', params: { path: 'x' }, functions: {}, async: true, createWriter };
}

describe('a sink operator', () => {
  it('hands rows, timestamps and calls of its life to the writer', async () => {
    const calls: unknown[] = [];
    const transformation = sinkTransformation(
      sink(({ operatorName, subtaskIndex, parallelism, type }) => {
        calls.push(['create', operatorName, subtaskIndex, parallelism, type?.name]);
        return {
          open: () => void calls.push('open'),
          write: (row: { n: number }, timestamp) => void calls.push([row.n, timestamp]),
          flush: () => void calls.push('flush'),
          close: (aborted) => void calls.push(['close', aborted]),
        };
      }),
    );
    expect(transformation).toMatchObject({ kind: 'list', params: { path: 'x' }, async: true });
    const harness = new OperatorHarness(transformation, { inputs: [{ type: N }] });
    await harness.operator.open?.();
    harness.push({ n: 1 }, 10);
    harness.operator.flush?.();
    await harness.operator.close?.(true);
    expect(calls).toEqual([
      ['create', 'under-test', 0, 1, 'N'],
      'open',
      [1, 10],
      'flush',
      ['close', true],
    ]);
  });

  it('is ready when its writer is, and always when the writer does not say', async () => {
    let full = true;
    const slow = new OperatorHarness(
      sinkTransformation(
        sink(() => ({
          write: () => {},
          ready: () => !full,
          whenReady: () => {
            full = false;
            return Promise.resolve();
          },
          close: () => {},
        })),
      ),
    );
    expect(slow.operator.ready?.()).toBe(false);
    await slow.operator.whenReady?.();
    expect(slow.operator.ready?.()).toBe(true);
    const plain = new OperatorHarness(
      sinkTransformation(sink(() => ({ write: () => {}, close: () => {} }))),
    );
    expect(plain.operator.ready?.()).toBe(true);
    await expect(plain.operator.whenReady?.()).resolves.toBeUndefined();
  });

  it('passes batches on to the thread that submitted the job', async () => {
    const sent: unknown[] = [];
    const harness = new OperatorHarness(
      sinkTransformation(
        sink((context) => ({
          write: () => {},
          close: () => context.toDriver('rows', [1, 2]),
        })),
      ),
      {
        toDriver: (channel, batch) => {
          sent.push([channel, ...batch]);
          return Promise.resolve();
        },
      },
    );
    await harness.end();
    expect(sent).toEqual([['rows', 1, 2]]);
  });
});
