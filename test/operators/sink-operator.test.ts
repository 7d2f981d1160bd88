import { describe, expect, it } from 'vitest';

import { i32, job, record } from 'millrace';
import type { Job } from 'millrace';
import type { Sink, SinkContext, SinkWriter } from 'millrace/connectors';
import { TestRun, testSource } from 'millrace/testing';
import { NO_TIMESTAMP } from '../../src/record/index.ts';

interface N {
  n: number;
}
const N = record('N', { n: i32 });

/** A job that writes what a test feeds. */
function writing(createWriter: (context: SinkContext) => SinkWriter<N>): Job {
  const sink: Sink<N> = { kind: 'list', params: {}, functions: {}, async: true, createWriter };
  return job('writing', (env) => {
    // A ring lies before the sink, so that it sees views as it does between threads.
    env.fromSource(testSource('rows', N)).disableChaining().sinkTo(sink).name('writer');
  });
}

describe('a sink operator', () => {
  it('hands rows with timestamps and kinds, and the calls of its life, to the writer', async () => {
    const calls: unknown[] = [];
    const run = await TestRun.start(
      writing(({ operatorName, subtaskIndex, parallelism, type }) => {
        calls.push(['create', operatorName, subtaskIndex, parallelism, type?.name]);
        return {
          open: () => void calls.push('open'),
          write: (row, timestamp, kind) => void calls.push([row.n, timestamp, kind]),
          flush: () => void calls.push('flush'),
          close: (aborted) => void calls.push(['close', aborted]),
        };
      }),
    );
    run.source<N>('rows').push({ n: 1 }, 10).pushChange('delete', { n: 1 }, 11).push({ n: 2 });
    run.settle();
    await run.cancel();
    expect(calls).toEqual([
      ['create', 'writer', 0, 1, 'N'],
      'open',
      // Nothing has come yet.
      'flush',
      [1, 10, 0],
      [1, 11, 3],
      [2, NO_TIMESTAMP, 0],
      'flush',
      ['close', true],
    ]);
  });

  it('is closed as not aborted when the job ends by itself', async () => {
    const calls: unknown[] = [];
    const run = await TestRun.start(
      writing(() => ({
        write: ({ n }) => void calls.push(n),
        close: async (aborted) => void calls.push(['close', aborted]),
      })),
    );
    run.source<N>('rows').push({ n: 1 });
    await run.finish();
    expect(calls).toEqual([1, ['close', false]]);
  });

  it('takes no row while its writer is not ready', async () => {
    const written: number[] = [];
    const free = Promise.withResolvers<void>();
    let full = true;
    const run = await TestRun.start(
      writing(() => ({
        write: ({ n }) => void written.push(n),
        ready: () => !full,
        whenReady: () => free.promise,
        close: () => undefined,
      })),
    );
    run.source<N>('rows').push({ n: 1 }).push({ n: 2 });
    run.settle();
    expect(written).toEqual([]);
    full = false;
    free.resolve();
    await run.finish();
    expect(written).toEqual([1, 2]);
  });

  it('passes batches on to the thread that submitted the job', async () => {
    const run = await TestRun.start(
      writing((context) => ({
        write: () => undefined,
        close: () => context.toDriver('collect:numbers', [1, 2]),
      })),
    );
    await run.finish();
    expect(run.collected('numbers')).toEqual([1, 2]);
  });
});
