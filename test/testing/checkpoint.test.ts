import { describe, expect, it } from 'vitest';

import { i32, job, record, utf8 } from 'millrace';
import type { Job } from 'millrace';
import { fromCollection } from 'millrace/connectors';
import { testSink, testSource, TestRun } from 'millrace/testing';
import type { JobSnapshot } from 'millrace/testing';

interface Click {
  user: string;
  n: number;
}
const Click = record('Click', { user: utf8, n: i32 });

/** Not keyed, so that it holds nothing. */
const passing: Job = job('passing', (env) => {
  env
    .fromSource(testSource('clicks', Click))
    .rebalance()
    .map((click) => ({ user: click.user, n: click.n + 1 }), Click)
    .sinkTo(testSink('out'));
});

/** Where the splits of the sources were. */
function positions<P>({ subtasks }: JobSnapshot): P[] {
  return subtasks.flatMap(({ snapshot }) =>
    Object.values(snapshot.splits ?? {}).map((split) => (split as { readonly at: P }).at),
  );
}

const numbers = Array.from({ length: 200 }, (_, n) => ({ user: 'a', n }));
const bounded: Job = job('bounded', (env) => {
  env.fromSource(fromCollection(numbers, Click)).rebalance().sinkTo(testSink('out'));
});

describe('a checkpoint', () => {
  it('keeps what test sources were told and had not emitted when the barrier left them', async () => {
    const run = await TestRun.start(passing, { parallelism: 3, seed: 5, stepRowsMax: 2 });
    const source = run.source<Click>('clicks');
    for (let n = 0; n < 90; n++) source.push({ user: 'a', n }, n);
    run.step(40);
    const snapshot = await run.checkpoint(run.barrier());
    // Rows behind the barrier came out as well: only those before it are done.
    const left = positions<readonly unknown[]>(snapshot).flat().length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(90);
    await run.finish();
    expect(run.output('out').rows).toHaveLength(90);

    const again = await TestRun.restore(passing, snapshot, { parallelism: 2 });
    await again.finish();
    expect(again.output('out').rows).toHaveLength(left);
  });

  it('keeps the positions of other sources, with any parallelism', async () => {
    for (const parallelism of [1, 2, 4]) {
      const run = await TestRun.start(bounded, {
        parallelism: 2,
        seed: parallelism,
        stepRowsMax: 7,
      });
      run.step(20);
      const begun = run.barrier();
      const held = await run.checkpoint(begun);
      const [from] = positions<number>(held);
      expect(from).toBeGreaterThan(0);
      const again = await TestRun.restore(bounded, held, { parallelism });
      await again.finish();
      const rows = again
        .output<Click>('out')
        .rows.map(({ n }) => n)
        .toSorted((a, b) => a - b);
      expect(rows).toEqual(numbers.slice(from).map(({ n }) => n));
      await run.cancel();
    }
  });

  it('is refused by a job with other operators or another number of key groups', async () => {
    const run = await TestRun.start(passing);
    const snapshot = await run.checkpoint();
    const other = { ...snapshot, maxParallelism: 64 };
    await expect(TestRun.restore(passing, other, { parallelism: 100 })).rejects.toThrow();
    const strange = structuredClone(snapshot) as unknown as {
      subtasks: { snapshot: { operators: object } }[];
    };
    strange.subtasks[0]!.snapshot.operators = { lost: { keyed: undefined, operator: [] } };
    await expect(TestRun.restore(passing, strange as never)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_TESTING_RESTORE' }),
    );
    await run.cancel();
  });
});
