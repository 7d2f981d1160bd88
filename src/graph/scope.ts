/** What every stream of one job shares, and how one call adds one operator. */

import type { Sink } from '../connectors/index.ts';
import { sinkTransformation } from '../operators/index.ts';
import type { Transformation } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { argumentError } from './arguments.ts';
import { IMPLICIT_FORWARD } from './draft.ts';
import type { DraftInput, DraftNode, GraphDraft, Position } from './draft.ts';
import type {
  ConnectedStreams,
  KeyedStream,
  OperatorStream,
  SinkHandle,
  Stream,
} from './streams.ts';

export { argumentError, checkFunction, describeValue } from './arguments.ts';

/** Makes the streams that calls return: the classes do not import one another. */
export interface StreamFactory {
  stream<T>(scope: Scope, positions: readonly Position[]): Stream<T>;
  operatorStream<T>(scope: Scope, node: DraftNode): OperatorStream<T>;
  keyedStream<T, K>(scope: Scope, positions: readonly Position[]): KeyedStream<T, K>;
  connectedStreams<A, B, K>(
    scope: Scope,
    first: readonly Position[],
    second: readonly Position[],
  ): ConnectedStreams<A, B, K>;
  sinkHandle(scope: Scope, node: DraftNode): SinkHandle;
}

/** The graph under construction and the maker of its streams. */
export interface Scope {
  readonly draft: GraphDraft;
  readonly make: StreamFactory;
}

/** The positions of a stream given as an argument. @throws ERR_GRAPH_ARGUMENT when it is no stream */
export function positionsOf(stream: unknown, call: string): readonly Position[] {
  const positions =
    typeof stream === 'object' && stream !== null
      ? (stream as { readonly positions?: readonly Position[] }).positions
      : undefined;
  if (Array.isArray(positions)) return positions;
  throw argumentError(call, 'a stream', stream);
}

/** What an operator needs besides its transformation. */
export interface OperatorOptions {
  /** Record type of the main output. */
  readonly type: RecordType | undefined;
  readonly maxSubtasks?: number;
  readonly timestamps?: boolean;
  /** Side outputs that the operator writes to, whether or not somebody reads them. */
  readonly sideOutputs?: ReadonlyMap<string, RecordType | undefined>;
}

/** Adds an operator and gives the stream of its rows. */
export function addOperator<T>(
  scope: Scope,
  transformation: Transformation,
  inputs: readonly DraftInput[],
  options: OperatorOptions,
): OperatorStream<T> {
  const node = scope.draft.add({
    kind: transformation.kind,
    inputs,
    transformation,
    async: transformation.async ?? false,
    maxSubtasks: options.maxSubtasks,
    outputType: options.type,
    timestamps: options.timestamps ?? false,
    sideOutputs: options.sideOutputs,
  });
  return scope.make.operatorStream<T>(scope, node);
}

/** Ends a stream in a sink. @throws ERR_GRAPH_ARGUMENT when it is no sink */
export function addSink<T>(
  scope: Scope,
  sink: Sink<T>,
  positions: readonly Position[],
): SinkHandle {
  if (typeof (sink as Partial<Sink> | null)?.createWriter !== 'function') {
    throw argumentError('sinkTo', 'a sink such as csv(path) or collect()', sink);
  }
  const node = scope.draft.add({
    kind: sink.kind,
    inputs: [{ positions, input: 0 }],
    transformation: sinkTransformation(sink),
    sink: true,
    async: sink.async,
  });
  return scope.make.sinkHandle(scope, node);
}

/** The main output of a node. */
export function mainOutput(node: DraftNode): Position {
  const { timestamps } = node;
  const type = node.spec.outputType;
  return { ...IMPLICIT_FORWARD, from: node, sideOutput: undefined, type, timestamps };
}

/**
 * @param methods what an object must have; a class or maker is called only where it runs
 * @throws ERR_GRAPH_ARGUMENT when it is no process function
 */
export function checkProcessFunction(fn: unknown, methods: readonly string[]): void {
  if (typeof fn === 'function') return;
  const object = typeof fn === 'object' && fn !== null ? (fn as Record<string, unknown>) : {};
  if (methods.every((method) => typeof object[method] === 'function')) return;
  const expected = `an object with ${methods.join(' and ')}, or a class or function that makes one`;
  throw argumentError('process', expected, fn);
}
