import { expect, test } from 'vitest';

import { count, i32, job, record, tumbling } from 'millrace';
import { testSink, testSource, TestRun } from 'millrace/testing';

const Row = record('Row', { n: i32 });

const through = job('through', (env) => {
  const rows = env.fromSource(testSource('in', Row, { subtasks: 2 })).rebalance();
  const mapped = rows.map(({ n }) => ({ n }), Row);
  mapped.sinkTo(testSink('out'));
  mapped
    .keyBy(() => 0)
    .window(tumbling(10))
    .aggregate({ rows: count() })
    .sinkTo(testSink('counts'));
});

test('a run that goes on from a barrier sent in the middle records every row once, and says no watermark ahead of its rows', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const options = { seed, parallelism: 2, stepRowsMax: 2 };
    let run = await TestRun.start(through, options);
    for (let n = 0; n < 30; n++) run.source('in').push({ n }, n);
    run.source('in').watermark(29);
    run.step(seed);
    const snapshot = await run.checkpoint(run.barrier());
    await run.cancel();
    run = await TestRun.restore(through, snapshot, { ...options, parallelism: 3 }, run);
    await run.finish();
    const numbers = run.output<{ n: number }>('out').rows.map(({ n }) => n);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    // A row behind its watermark would be late.
    const counts = run.output<{ rows: number }>('counts').rows.map(({ rows }) => rows);
    expect(counts).toEqual([10, 10, 10]);
  }
});
