/** The laws of make-plan.ts over random jobs and settings. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { buildGraph, job } from '../../src/graph/index.ts';
import type { LogicalGraph } from '../../src/graph/index.ts';
import { makePlan, defaultPlanSettings, renderPlan } from '../../src/plan/index.ts';
import type { PhysicalPlan } from '../../src/plan/index.ts';
import { declareRandom, randomJob } from '../graph/random-job.ts';

interface Planned {
  readonly graph: LogicalGraph;
  readonly plan: PhysicalPlan;
}

function planned(): fc.Arbitrary<Planned> {
  const settings = fc.record({
    parallelism: fc.integer({ min: 1, max: 6 }),
    maxParallelism: fc.constantFrom(undefined, 7, 64),
    chaining: fc.constantFrom(true, true, false),
  });
  return fc.tuple(randomJob(), settings).map(([steps, { maxParallelism, ...rest }]) => {
    const graph = buildGraph(job('random', (env) => declareRandom(env, steps)));
    const configured = maxParallelism === undefined ? rest : { ...rest, maxParallelism };
    return { graph, plan: makePlan(graph, defaultPlanSettings({}, configured)) };
  });
}

/** Checks a law on each of a few dozen plans; finding the place of each operator is slow in a test runner. */
function holds(law: (planned: Planned) => void): void {
  fc.assert(fc.property(planned(), law), { numRuns: 40 });
}

describe('a plan', () => {
  test('has each node in exactly one chain, and ids that are positions', () => {
    holds(({ graph, plan }) => {
      const nodes = plan.chains.flatMap((chain) => chain.operators.map(({ node }) => node));
      expect(nodes.toSorted((a, b) => a - b)).toEqual(graph.nodes.map(({ id }) => id));
      for (const list of [plan.chains, plan.subtasks, plan.edges, plan.channels]) {
        expect(list.map(({ id }) => id as number)).toEqual(list.map((_, index) => index));
      }
      for (const chain of plan.chains) {
        expect(chain.subtasks).toHaveLength(chain.parallelism);
        expect(chain.subtasks.map((id) => plan.subtasks[id]!.chain)).toEqual(
          Array(chain.parallelism).fill(chain.id),
        );
      }
    });
  });

  test('has each logical edge within a chain or as one physical edge', () => {
    holds(({ graph, plan }) => {
      const physical = new Set(plan.edges.map((edge) => edge.logicalEdge));
      expect(physical.size).toBe(plan.edges.length);
      const chainOf = new Map(
        plan.chains.flatMap((chain) => chain.operators.map(({ node }) => [node, chain.id])),
      );
      graph.edges.forEach((edge, index) => {
        const within = chainOf.get(edge.from) === chainOf.get(edge.to);
        expect(plan.decisions[index]!.chained).toBe(!physical.has(index));
        if (plan.decisions[index]!.chained) expect(within).toBe(true);
      });
    });
  });

  test('joins existing subtasks by each channel, and no two of them twice by an edge', () => {
    holds(({ plan }) => {
      for (const edge of plan.edges) {
        const pairs = new Set<string>();
        for (const id of edge.channels) {
          const channel = plan.channels[id]!;
          expect(channel.edge).toBe(edge.id);
          expect(plan.subtasks[channel.producer]!.chain).toBe(edge.from);
          expect(plan.subtasks[channel.consumer]!.chain).toBe(edge.to);
          pairs.add(`${channel.producer} ${channel.consumer}`);
        }
        expect(pairs.size).toBe(edge.channels.length);
        expect(new Set(edge.channels.map((id) => plan.channels[id]!.consumer)).size).toBe(
          plan.chains[edge.to]!.parallelism,
        );
      }
    });
  });

  test('chains only what the law of chaining allows', () => {
    holds(({ graph, plan }) => {
      for (const chain of plan.chains) {
        for (const { node } of chain.operators.slice(1)) {
          const inputs = graph.edges.filter((edge) => edge.to === node);
          expect(inputs).toHaveLength(1);
          expect(inputs[0]!.partitioner).toBe('forward');
          expect(graph.nodes[node]!.chaining).toBe('always');
          expect(graph.nodes[inputs[0]!.from]!.chaining).not.toBe('never');
        }
        const groups = chain.operators.map(({ node }) => graph.nodes[node]!.slotSharingGroup);
        expect(new Set(groups).size).toBe(1);
      }
    });
  });

  test('spreads all key groups over the subtasks of a keyed chain, each once', () => {
    holds(({ plan }) => {
      for (const chain of plan.chains) {
        const ranges = chain.subtasks.map((id) => plan.subtasks[id]!.keyGroups);
        const keyed = chain.inputs.some((id) => plan.edges[id]!.partitioner === 'keyGroup');
        let next = 0;
        for (const [first, end] of ranges) {
          expect(first).toBe(keyed ? next : 0);
          expect(end).toBeGreaterThanOrEqual(first);
          next = end;
        }
        expect(next).toBe(keyed ? plan.maxParallelism : 0);
      }
    });
  });

  test('is plain data', () => {
    holds(({ plan }) => {
      expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
      expect(structuredClone(plan)).toStrictEqual(plan);
    });
  });

  test('is the same for an equal graph, and so are its pictures, in 80 columns of ASCII', () => {
    holds(({ graph, plan }) => {
      const again = makePlan(graph, {
        ...defaultPlanSettings(),
        parallelism: 2,
        maxParallelism: plan.maxParallelism,
      });
      const twin = makePlan(graph, {
        ...defaultPlanSettings(),
        parallelism: 2,
        maxParallelism: plan.maxParallelism,
      });
      expect(twin).toStrictEqual(again);
      for (const format of ['text', 'json', 'mermaid', 'dot'] as const) {
        expect(renderPlan(graph, twin, format)).toBe(renderPlan(graph, again, format));
      }
      const text = renderPlan(graph, plan, 'text');
      expect(text).toMatch(/^[\x20-\x7e\n]*$/);
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    });
  });
});
