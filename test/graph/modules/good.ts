/** A job module as users write it: runs on any thread. */

import { buildGraph, job } from '../../../src/graph/index.ts';
import type { Job } from '../../../src/graph/index.ts';
import { fakeSource } from '../fake-connectors.ts';

const good: Job = job('good', (env) => {
  env
    .fromSource(fakeSource<number>())
    .map((n) => n + Number(env.parameters['add'] ?? 0))
    .filter((n: number) => n > 0)
    .print();
});

/** The graph, for a comparison between threads. */
export const fingerprint: string = buildGraph(good).fingerprint;
export default good;
