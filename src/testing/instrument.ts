/** Puts a run's own feeds and recordings in the place of the test sources and sinks of a graph. */

import type { LogicalGraph, LogicalNode } from '../graph/index.ts';
import { guardTransformation } from './row-guard.ts';
import { Recording } from './recording.ts';
import { recordingTransformation, TEST_SINK } from './test-sink.ts';
import { TestChannels } from './test-channel.ts';
import type { TestChannel } from './test-channel.ts';
import { fedSource, TEST_SOURCE } from './test-source.ts';

/** A graph that a test run can drive. */
export interface InstrumentedGraph {
  readonly graph: LogicalGraph;
  /** Test sources by name; the run fills in one channel per subtask. */
  readonly sources: ReadonlyMap<string, TestSourceNode>;
  /** Test sinks by name. */
  readonly recordings: ReadonlyMap<string, Recording>;
}

/** A test source in the graph. */
export interface TestSourceNode {
  readonly node: LogicalNode;
  readonly channels: TestChannel[];
  /** All of them. */
  readonly all: TestChannels;
}

/**
 * @param guardRows whether operators see rows that fail when they are kept
 * @param earlier recordings that go on
 */
export function instrument(
  graph: LogicalGraph,
  guardRows: boolean,
  earlier: ReadonlyMap<string, Recording> = new Map(),
): InstrumentedGraph {
  const sources = new Map<string, TestSourceNode>();
  const recordings = new Map<string, Recording>();
  const nodes = graph.nodes.map((node): LogicalNode => {
    const { source, transformation } = node;
    if (source?.source.kind === TEST_SOURCE) {
      const channels: TestChannel[] = [];
      sources.set(source.source.params['name'] as string, {
        node,
        channels,
        all: new TestChannels(channels),
      });
      return {
        ...node,
        parallelism: node.parallelism ?? source.source.maxParallelism,
        source: { ...source, source: fedSource(source.source, () => channels) },
      };
    }
    if (transformation === undefined) return node;
    if (transformation.kind === TEST_SINK) {
      const name = transformation.params['name'] as string;
      const recording = recordings.get(name) ?? earlier.get(name) ?? new Recording();
      recordings.set(name, recording);
      return { ...node, transformation: recordingTransformation(transformation, recording) };
    }
    return guardRows ? { ...node, transformation: guardTransformation(transformation) } : node;
  });
  return { graph: { ...graph, nodes }, sources, recordings };
}
