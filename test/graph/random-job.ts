/** Random jobs: a list of steps, each of which extends the streams made so far, for property tests. */

import fc from 'fast-check';

import type { JobEnvironment, Stream } from '../../src/graph/index.ts';
import { fakeSink, fakeSource } from './fake-connectors.ts';
import { Flight } from './flights.ts';

/** One step: what to add, to which of the streams so far, and how. */
export interface RandomStep {
  readonly add:
    | 'source'
    | 'map'
    | 'filter'
    | 'sum'
    | 'reduce'
    | 'union'
    | 'connect'
    | 'side'
    | 'sink';
  /** Modulo the number of streams: the stream, and the other one of two-input steps. */
  readonly on: number;
  readonly other: number;
  readonly partition: 'none' | 'rebalance' | 'rescale' | 'broadcast' | 'global' | 'shuffle';
  /** 0: none is set. */
  readonly parallelism: number;
  readonly group: string;
  readonly chaining: 'always' | 'head' | 'never';
}

/** A job of one source, any steps, and a sink. */
export function randomJob(): fc.Arbitrary<readonly RandomStep[]> {
  return fc.array(
    fc.record({
      add: fc.constantFrom(
        ...(['source', 'map', 'filter', 'filter', 'sum', 'reduce'] as const),
        ...(['union', 'connect', 'side', 'sink'] as const),
      ),
      on: fc.nat(20),
      other: fc.nat(20),
      partition: fc.constantFrom(
        ...(['none', 'none', 'none', 'rebalance', 'rescale'] as const),
        ...(['broadcast', 'global', 'shuffle'] as const),
      ),
      parallelism: fc.constantFrom(0, 0, 0, 1, 2, 3, 5),
      group: fc.constantFrom('', '', '', 'blue'),
      chaining: fc.constantFrom('always', 'always', 'always', 'head', 'never'),
    }),
    { maxLength: 12 },
  );
}

/** Declares the job of these steps. */
export function declareRandom(env: JobEnvironment, steps: readonly RandomStep[]): void {
  const streams: Stream<Flight>[] = [env.fromSource(fakeSource(Flight))];
  streams[0]!.sinkTo(fakeSink());
  for (const step of steps) {
    const stream = partitioned(streams[step.on % streams.length]!, step);
    const other = streams[step.other % streams.length]!;
    if (step.add === 'sink') {
      stream.sinkTo(fakeSink());
      continue;
    }
    if (step.add === 'union') {
      streams.push(stream.union(other));
      continue;
    }
    const added =
      step.add === 'source'
        ? env.fromSource(fakeSource(Flight, { kind: 'random' }))
        : step.add === 'map'
          ? stream.map((flight) => ({ ...flight }), Flight)
          : step.add === 'filter' || step.add === 'side'
            ? stream.filter((flight) => flight.delay > 0)
            : step.add === 'sum'
              ? stream.keyBy('origin').sum('delay')
              : step.add === 'reduce'
                ? stream.reduce((a) => a)
                : stream.connect(other).map<Flight>(
                    (a) => a,
                    (b) => b,
                    Flight,
                  );
    if (step.parallelism > 0 && step.add !== 'reduce') added.setParallelism(step.parallelism);
    if (step.group !== '') added.slotSharingGroup(step.group);
    if (step.chaining === 'head') added.startNewChain();
    if (step.chaining === 'never') added.disableChaining();
    streams.push(step.add === 'side' ? added.getSideOutput('side', Flight) : added);
  }
}

function partitioned(stream: Stream<Flight>, { partition }: RandomStep): Stream<Flight> {
  return partition === 'none' ? stream : stream[partition]();
}
