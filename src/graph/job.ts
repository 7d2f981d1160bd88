/** The job as a module exports it, and how its build function becomes a logical graph. */

import { EngineError, thrownText } from '../base/index.ts';
import type { Source } from '../connectors/index.ts';
import type { Plain } from '../operators/index.ts';
import { StreamPair } from './connected-streams.ts';
import { GraphDraft } from './draft.ts';
import { freezeGraph } from './freeze.ts';
import type { JobOptions, LogicalGraph } from './logical-graph.ts';
import { RowsByKey } from './keyed-stream.ts';
import { OperatorOutput, PARALLELISM_MAX, SinkSettings } from './operator-stream.ts';
import { argumentError } from './scope.ts';
import type { Scope, StreamFactory } from './scope.ts';
import { callSite, firstForeignFrame, placeOf } from './source-location.ts';
import type { SourceLocation } from './source-location.ts';
import { PlainStream } from './stream.ts';
import type { OperatorStream } from './streams.ts';
import { checkTimestampsKnown, checkWatermarkStrategy } from './watermark-strategy.ts';
import type { WatermarkStrategy } from './watermark-strategy.ts';

/** Marks a job, also one that was made by another copy of this package. */
const JOB: unique symbol = Symbol.for('millrace.job');

/** Plain data given when a job is submitted; the same on every thread. */
export type JobParameters = Readonly<Record<string, Plain>>;

/** What the build function is given. */
export interface JobEnvironment {
  /** Plain data given at submit; empty when none was. */
  readonly parameters: JobParameters;
  /**
   * Begins a stream.
   *
   * @param watermarks gives rows timestamps and the stream watermarks; needed by event-time windows
   * @example
   * env.fromSource(csv('bids.csv', Bid), boundedOutOfOrderness((bid) => bid.at, '5s'));
   */
  fromSource<T>(source: Source<T>, watermarks?: WatermarkStrategy<NoInfer<T>>): OperatorStream<T>;
}

/** Declares the streams of a job. Runs on every thread that works on the job: it must declare the same each time. */
export type BuildFunction = (env: JobEnvironment) => void;

/** A job: inert until its graph is built. */
export interface Job {
  readonly [JOB]: true;
  readonly name: string;
  readonly options: JobOptions;
  readonly build: BuildFunction;
  /** The call that made it. */
  readonly location: SourceLocation | undefined;
}

/**
 * Declares a job; the default export of a job module.
 *
 * @throws ERR_GRAPH_ARGUMENT the name is empty, or `build` is no function
 * @throws ERR_GRAPH_PARALLELISM an option is not an integer of 1 .. 32768, or parallelism exceeds maxParallelism
 * @example
 * export default job('big-bids', (env) => {
 *   env.fromSource(csv('bids.csv', Bid)).filter((bid) => bid.price > 1000).print();
 * });
 */
export function job(name: string, build: BuildFunction): Job;
export function job(name: string, options: JobOptions, build: BuildFunction): Job;
export function job(
  name: string,
  optionsOrBuild: JobOptions | BuildFunction,
  buildOrNothing?: BuildFunction,
): Job {
  const options = typeof optionsOrBuild === 'function' ? {} : optionsOrBuild;
  const build = typeof optionsOrBuild === 'function' ? optionsOrBuild : buildOrNothing;
  if (typeof name !== 'string' || name.trim() === '') {
    throw argumentError('job', 'a name that is not empty', name);
  }
  if (typeof build !== 'function') {
    throw argumentError('job', 'a build function', build);
  }
  if (typeof options !== 'object' || options === null) {
    throw argumentError('job', 'options as an object', options);
  }
  checkOptions(options);
  return Object.freeze({ [JOB]: true as const, name, options, build, location: callSite() });
}

/** Whether a value is a job, of this copy of the package or another. */
export function isJob(value: unknown): value is Job {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { readonly [JOB]?: unknown })[JOB] === true
  );
}

/**
 * Runs the build function of a job. Pure but for what that function does; gives an equal graph each time.
 *
 * @throws ERR_GRAPH_… see freeze.ts and the calls in streams.ts
 * @throws ERR_GRAPH_BUILD the build function threw something else, which is the cause
 * @example
 * buildGraph(bigBids).nodes.map((node) => node.name); // ['csv', 'filter', 'print']
 */
export function buildGraph(job: Job, parameters: JobParameters = {}): LogicalGraph {
  const draft = new GraphDraft(job.name);
  const scope: Scope = { draft, make: STREAMS };
  // Typed as returning nothing, but a careless `async` compiles all the same.
  let returned: unknown;
  try {
    returned = job.build(Object.freeze(environment(scope, parameters)));
  } catch (thrown) {
    throw buildError(job, thrown);
  }
  if (typeof (returned as { readonly then?: unknown } | undefined)?.then === 'function') {
    draft.close();
    // Its failure is beside the point: what is wrong is that there is a promise.
    void Promise.resolve(returned).catch(() => undefined);
    throw new EngineError(
      'ERR_GRAPH_ASYNC_BUILD',
      { job: job.name },
      { place: placeOf(job.location) },
    );
  }
  return freezeGraph(draft, job.options, parameters, job.location);
}

function buildError(job: Job, thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const { name, message } = thrownText(thrown);
  const reason = `${name}: ${message}`;
  return new EngineError(
    'ERR_GRAPH_BUILD',
    { job: job.name, reason },
    { cause: thrown, place: placeOf(firstForeignFrame(stack) ?? job.location) },
  );
}

const STREAMS: StreamFactory = {
  stream: (scope, positions) => new PlainStream(scope, positions),
  operatorStream: (scope, node) => new OperatorOutput(scope, node),
  keyedStream: (scope, positions) => new RowsByKey(scope, positions),
  connectedStreams: (scope, first, second) => new StreamPair(scope, first, second),
  sinkHandle: (scope, node) => new SinkSettings(scope, node),
};

function environment(scope: Scope, parameters: JobParameters): JobEnvironment {
  return {
    parameters,
    fromSource<T>(
      source: Source<T>,
      watermarks?: WatermarkStrategy<NoInfer<T>>,
    ): OperatorStream<T> {
      if (typeof (source as Partial<Source> | null)?.splits !== 'function') {
        throw argumentError('fromSource', 'a source such as csv(path, Type)', source);
      }
      const own = source.timestamps === true;
      if (watermarks !== undefined) {
        checkWatermarkStrategy(watermarks, 'fromSource');
        checkTimestampsKnown(watermarks, own, 'fromSource');
      }
      const node = scope.draft.add({
        kind: source.kind,
        inputs: [],
        source: { source, watermarks },
        async: source.async,
        maxSubtasks: source.maxParallelism,
        outputType: source.type,
        timestamps: own || watermarks !== undefined,
      });
      return scope.make.operatorStream<T>(scope, node);
    },
  };
}

function checkOptions(options: JobOptions): void {
  const { parallelism, maxParallelism, executionMode } = options;
  const most = maxParallelism ?? PARALLELISM_MAX;
  for (const [what, got, limit] of [
    ['maxParallelism', maxParallelism, PARALLELISM_MAX],
    ['parallelism', parallelism, most],
  ] as const) {
    if (got === undefined || (Number.isInteger(got) && got >= 1 && got <= limit)) continue;
    throw new EngineError(
      'ERR_GRAPH_PARALLELISM',
      { what, most: limit, got },
      { place: placeOf(callSite()) },
    );
  }
  if (executionMode !== undefined && executionMode !== 'streaming' && executionMode !== 'batch') {
    throw argumentError('job', "executionMode 'streaming' or 'batch'", executionMode);
  }
}
