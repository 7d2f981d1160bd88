/** The public face of the package; every name is listed. Sources and sinks are in `millrace/connectors`. */

export { EngineError, formatError } from './base/index.ts';
export type { ErrorCode, ErrorPlace, LogEntry, LogLevel, LogSink } from './base/index.ts';
export { Engine, planJob } from './control/index.ts';
export type {
  EngineOptions,
  JobObserver,
  JobPlan,
  JobResult,
  JobRun,
  JobState,
  PrintedLine,
  SubmitOptions,
  WorkerStatus,
} from './control/index.ts';
export {
  boundedOutOfOrderness,
  customWatermarks,
  job,
  keepRow,
  monotonousTimestamps,
  outputTag,
} from './graph/index.ts';
export type {
  BuildFunction,
  CoGrouped,
  ConnectedStreams,
  IntervalJoin,
  IntervalJoined,
  Job,
  JobEnvironment,
  JobOptions,
  JobParameters,
  Joined,
  JoinFunction,
  JoinKind,
  KeyedJoinOptions,
  KeyedStream,
  MapAsyncOptions,
  OperatorStream,
  OutputTag,
  RetryOptions,
  Row,
  SinkHandle,
  Stream,
  WatermarkAlignment,
  WatermarkStrategy,
  WindowJoined,
} from './graph/index.ts';
export type {
  Backpressure,
  ChannelMetrics,
  JobMetrics,
  JobTotals,
  OperatorMetrics,
  SubtaskMetrics,
  WatermarkHold,
} from './metrics/index.ts';
export type {
  AsyncAnswer,
  AsyncFunction,
  CoGroupFunction,
  CoProcessFunction,
  FlatMapFunction,
  FunctionContext,
  Plain,
  ProcessContext,
  ProcessFunction,
  ProcessJoinContext,
  ProcessJoinFunction,
  RowCollector,
  ValueState,
} from './operators/index.ts';
export { defineConfig, loadConfig, probeMachine } from './placement/index.ts';
export type {
  Config,
  ConfigInput,
  ConfigSectionsInput,
  JobConfigInput,
  Machine,
  OperatorConfigInput,
  Placement,
  Shortage,
} from './placement/index.ts';
export type { PhysicalPlan, PlanWarning } from './plan/index.ts';
export {
  bool,
  bytes,
  deprecated,
  dictionary,
  f32,
  f64,
  i16,
  i32,
  i64,
  i8,
  list,
  nullable,
  record,
  timestamp,
  u16,
  u32,
  u64,
  u8,
  utf8,
} from './record/index.ts';
export type { FieldType, RecordType, RowOf } from './record/index.ts';
