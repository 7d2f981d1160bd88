import { describe, expect, it } from 'vitest';

import { i32, job, record } from 'millrace';
import type { Job } from 'millrace';
import type { Sink, SinkContext, SinkWriter } from 'millrace/connectors';
import { TestRun, testSource } from 'millrace/testing';
import { discard } from '../../src/connectors/index.ts';
import { sinkTransformation } from '../../src/operators/index.ts';
import { NO_TIMESTAMP } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';

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

  it('snapshots, then prepares, at a barrier, and gives what all writers held to those that go on', async () => {
    const calls: (readonly unknown[])[] = [];
    const restored: (readonly unknown[])[] = [];
    const twoPhase = writing(({ subtaskIndex, parallelism }) => {
      const name = `${subtaskIndex} of ${parallelism}`;
      return {
        restore: (states) =>
          void restored.push([name, states.map(({ state, mine }) => [state, mine])]),
        open: () => void restored.push([name, 'open']),
        write: () => undefined,
        snapshot: () => {
          calls.push([name, 'snapshot']);
          return { from: name };
        },
        prepareCommit: (checkpoint) => {
          calls.push([name, 'prepareCommit', checkpoint]);
          return undefined;
        },
        close: () => undefined,
      };
    });
    const run = await TestRun.start(twoPhase, { parallelism: 2 });
    const snapshot = await run.checkpoint();
    await run.cancel();
    expect(calls.filter(([name]) => name === '1 of 2')).toEqual([
      ['1 of 2', 'snapshot'],
      ['1 of 2', 'prepareCommit', 1],
    ]);
    restored.length = 0;
    const wider = await TestRun.restore(twoPhase, snapshot, { parallelism: 3 }, run);
    await wider.cancel();
    const [zero, one] = [{ from: '0 of 2' }, { from: '1 of 2' }];
    expect(restored.filter(([, what]) => what !== 'open')).toEqual([
      [
        '0 of 3',
        [
          [zero, true],
          [one, false],
        ],
      ],
      [
        '1 of 3',
        [
          [zero, false],
          [one, true],
        ],
      ],
      [
        '2 of 3',
        [
          [zero, false],
          [one, false],
        ],
      ],
    ]);
    expect(restored.findIndex(([, what]) => what === 'open')).toBeGreaterThanOrEqual(1);
    restored.length = 0;
    const narrow = await TestRun.restore(twoPhase, snapshot, { parallelism: 1 }, run);
    await narrow.cancel();
    expect(restored).toEqual([
      [
        '0 of 1',
        [
          [zero, true],
          [one, true],
        ],
      ],
      ['0 of 1', 'open'],
    ]);
  });

  it('commits when the checkpoint is complete', async () => {
    const calls: unknown[] = [];
    const sink: Sink<N> = {
      ...discard(),
      createWriter: ({ uid, runId }) => ({
        write: () => undefined,
        prepareCommit: async (checkpoint) => {
          calls.push(['prepare', uid, runId, checkpoint]);
          throw new Error('declined');
        },
        commit: (checkpoint) => void calls.push(['commit', checkpoint]),
        close: () => undefined,
      }),
    };
    const { operator } = new OperatorHarness(sinkTransformation(sink));
    expect(operator.snapshot!()).toEqual({ keyed: undefined, operator: [] });
    await expect(operator.precommit!(3)).rejects.toThrow('declined');
    await operator.notifyCheckpointComplete!(4);
    expect(calls).toEqual([
      ['prepare', expect.any(String), undefined, 3],
      ['commit', 4],
    ]);
  });

  it('refuses the state of another sink that its writer cannot take back', async () => {
    const holding = writing(() => ({
      write: () => undefined,
      snapshot: () => 'pending',
      close: () => undefined,
    }));
    const run = await TestRun.start(holding);
    const snapshot = await run.checkpoint();
    await run.cancel();
    const plain = writing(() => ({ write: () => undefined, close: () => undefined }));
    await expect(TestRun.restore(plain, snapshot, {}, run)).rejects.toMatchObject({
      code: 'ERR_OPERATORS_SINK_STATE',
    });
  });
});
