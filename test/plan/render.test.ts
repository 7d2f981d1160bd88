/** The plan as people see it, against files in test/golden; `vitest run test/plan -u` writes them anew. */

import { describe, expect, test } from 'vitest';

import { boundedOutOfOrderness, buildGraph, job, renderLogical } from '../../src/graph/index.ts';
import type { LogicalGraph } from '../../src/graph/index.ts';
import { makePlan, defaultPlanSettings, renderPlan } from '../../src/plan/index.ts';
import type { PlanFormat, PlanSettings } from '../../src/plan/index.ts';
import { fakeSink, fakeSource } from '../graph/fake-connectors.ts';
import { Flight } from '../graph/flights.ts';

/** Fingerprints hold the source text of functions, which a test runner rewrites. */
function withoutFingerprints(text: string): string {
  return text.replace(/\b[0-9a-f]{16}\b/g, '<fingerprint>');
}

const words = buildGraph(
  job('words', (env) => {
    env
      .fromSource(fakeSource<string>(undefined, { kind: 'lines' }))
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .reduce((all, line) => `${all} ${line}`)
      .print();
  }),
);

const airports = buildGraph(
  job('airports', { maxParallelism: 16 }, (env) => {
    const flights = env.fromSource(
      fakeSource(Flight, { kind: 'parquet', async: true }),
      boundedOutOfOrderness((flight) => flight.date, '5s'),
    );
    const late = flights.filter((flight) => flight.delay > 0).name('late');
    late.keyBy('origin', 'destination').sum('delay').name('delay by route').sinkTo(fakeSink());
    flights.getSideOutput('bad-rows').rebalance().sinkTo(fakeSink()).name('bad rows');
    late
      .connect(
        env
          .fromSource(fakeSource(Flight, { maxParallelism: 1 }))
          .name('rules')
          .broadcast(),
      )
      .map(
        (flight) => flight.delay,
        (rule) => rule.delay,
      )
      .name('a name that is so long that the line it stands in has to be broken somewhere')
      .slotSharingGroup('blue')
      .partitionCustom((delay, parallelism) => Math.abs(delay) % parallelism)
      .print();
  }),
);

const cases: readonly (readonly [string, LogicalGraph, Partial<PlanSettings>])[] = [
  ['words', words, {}],
  ['airports', airports, { parallelism: 3, maxParallelism: 16 }],
];
const extension = { text: 'txt', json: 'json', mermaid: 'mmd', dot: 'dot' } as const;

describe.each(cases)('the plan of %s', (name, graph, settings) => {
  const plan = makePlan(graph, defaultPlanSettings(graph.options, settings));

  test.each(Object.keys(extension) as PlanFormat[])('is as agreed in %s', async (format) => {
    const text = withoutFingerprints(renderPlan(graph, plan, format));
    const uids = format === 'json' ? text.replace(/"uid": "[^"]*"/g, '"uid": "<uid>"') : text;
    await expect(uids).toMatchFileSnapshot(`../golden/plan-${name}.${extension[format]}`);
  });

  test('begins with the logical graph', () => {
    expect(renderPlan(graph, plan, 'text').startsWith(renderLogical(graph))).toBe(true);
  });

  test('is ASCII in 80 columns', () => {
    const text = renderPlan(graph, plan);
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
