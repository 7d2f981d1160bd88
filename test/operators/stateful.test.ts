/**
 * Law of stateful transformations: their instances give their state to snapshots and take it back, or emit it ahead of the
 * barrier; instances of others do neither.
 */

import { describe, expect, it } from 'vitest';

import { job } from 'millrace';
import type { Stream } from 'millrace';
import { TestRun, testSink, testSource } from 'millrace/testing';
import type { Operator } from '../../src/operators/index.ts';
import { readSources } from '../support/source-files.ts';
import { Bid, STATEFUL } from './stateful-streams.ts';
import type { Build } from './stateful-streams.ts';

/** Instances of what a case puts between sources and sink, with what the plan says of them. */
async function instancesOf(
  build: Build,
): Promise<readonly { name: string; stateful: boolean; operator: Operator }[]> {
  const tested = job('stateful', (env) => {
    const of = (name: string): Stream<Bid> => env.fromSource(testSource(name, Bid));
    build(of('bids'), of('others')).sinkTo(testSink('out'));
  });
  const run = await TestRun.start(tested, { guardRows: false });
  await run.cancel();
  return run.subtasks.flatMap(({ chain }) =>
    chain.plan.operators.flatMap(({ name, stateful }, k) => {
      const { operator } = chain.spec.operators[k] ?? {};
      return operator === undefined ? [] : [{ name, stateful, operator }];
    }),
  );
}

describe.each(Object.values(STATEFUL).flatMap((cases) => Object.entries(cases)))(
  '%s',
  (_, build) => {
    it('has instances with state exactly where the plan says so', async () => {
      const instances = await instancesOf(build);
      expect(instances.some(({ stateful }) => stateful)).toBe(true);
      for (const { name, stateful, operator } of instances) {
        // Partial results go out ahead of the barrier, so that there is nothing to hold.
        const empties = 'prepareSnapshot' in operator && !('snapshot' in operator);
        const gives = 'snapshot' in operator && 'restore' in operator;
        expect([name, gives || empties]).toEqual([name, stateful]);
      }
    });
  },
);

it('every transformation that says it keeps state is looked at', () => {
  const names = readSources('src/operators')
    .filter(({ text }) => text.includes('stateful: true'))
    .map(({ path }) => path.slice('src/'.length));
  expect(names.toSorted()).toEqual(Object.keys(STATEFUL).toSorted());
});
