/**
 * Throughput of Nexmark's queries, one benchmark each: `nexmark-q0` … `nexmark-q23`.
 *
 * The queries themselves are loaded where they run, since the runner asks this file for names only.
 */

import type { Benchmark } from '../harness.ts';

const QUERIES = 24;

export const benchmarks: readonly Benchmark[] = Array.from({ length: QUERIES }, (_, number) => {
  const query = `q${number}`;
  return {
    name: `nexmark-${query}`,
    topology: `each worker: events from memory -> ${query} -> count; keyed parts === key group ===> all workers`,
    threads: 1,
    run: async (options) => {
      const { measureQuery } = await import('./measure-query.ts');
      return measureQuery(query, options);
    },
  };
});
