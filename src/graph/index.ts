/** The API a job is written in, and the logical graph it yields. */

export type {
  GraphWarning,
  JobOptions,
  KeySelector,
  LogicalEdge,
  LogicalGraph,
  LogicalNode,
  PartitionerKind,
} from './logical-graph.ts';
export { boundedOutOfOrderness, monotonousTimestamps } from './watermark-strategy.ts';
export type { WatermarkStrategy } from './watermark-strategy.ts';
