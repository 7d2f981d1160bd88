/** One transformation a file, and the contract they share. */

export type { AggregateFunction } from './aggregate-function.ts';
export {
  aggregateResultType,
  approxDistinct,
  collectValues,
  count,
  distinct,
  first,
  last,
  max,
  mean,
  min,
  quantile,
  quantiles,
  retractable,
  stddev,
  sum,
  topN,
  variance,
} from './aggregate/index.ts';
export type {
  Aggregate,
  AggregateOptions,
  AggregateResults,
  AggregateSpec,
  ApproxDistinctOptions,
  QuantileOptions,
  SpreadOptions,
  TopNOptions,
  ValueOptions,
} from './aggregate/index.ts';
export { asyncTransformation } from './async-io.ts';
export { retryDelayMs } from './async-settings.ts';
export type {
  AsyncAnswer,
  AsyncFunction,
  AsyncFunctions,
  AsyncSettings,
  RetryDelay,
} from './async-settings.ts';
export { BoundedWatermarks, checkTimestamp } from './bounded-watermarks.ts';
export { broadcastProcessTransformation } from './broadcast-process.ts';
export type {
  BroadcastProcessFunction,
  KeyedBroadcastProcessFunction,
} from './broadcast-process.ts';
export type {
  BroadcastContext,
  BroadcastReader,
  BroadcastTimerContext,
  KeyedBroadcastContext,
  ReadOnlyContext,
} from './broadcast-context.ts';
export type { BroadcastState, ReadOnlyBroadcastState } from './broadcast-state.ts';
export { coFlatMapTransformation } from './co-flat-map.ts';
export { coMapTransformation } from './co-map.ts';
export { coProcessTransformation } from './co-process.ts';
export type { CoProcessFunction } from './co-process.ts';
export { checkInsert, emitAsIs, failChangelog } from './changelog.ts';
export { continuousAggregate } from './continuous-phases.ts';
export type { ContinuousPhases } from './continuous-phases.ts';
export type { ContinuousSettings } from './continuous-settings.ts';
export type { MiniBatchSettings } from './mini-batch.ts';
export { deduplicateTransformation } from './deduplicate.ts';
export type { DeduplicateSettings } from './deduplicate.ts';
export { filterTransformation } from './filter.ts';
export { flatMapTransformation } from './flat-map.ts';
export { intervalJoinTransformation } from './join/interval-join.ts';
export type { IntervalJoinResult, IntervalJoinSpec } from './join/interval-join.ts';
export type { JoinResult } from './join/join-result.ts';
export type { JoinSelect } from './join/join-select.ts';
export { lookupJoinTransformation } from './join/lookup-join.ts';
export type { LookupFunctions, LookupJoinSpec } from './join/lookup-join.ts';
export type { ProcessJoinContext, ProcessJoinFunction } from './join/process-join.ts';
export { regularJoinTransformation } from './join/regular-join.ts';
export type { RegularJoinSpec } from './join/regular-join-spec.ts';
export { comparableKind } from './join/join-where.ts';
export type {
  ComparisonOperator,
  JoinComparison,
  JoinCondition,
  JoinWhere,
} from './join/join-where.ts';
export { temporalJoinTransformation } from './join/temporal-join.ts';
export type { TemporalJoinSpec } from './join/temporal-join.ts';
export { windowJoinTransformation } from './join/window-join.ts';
export type { CoGroupFunction, WindowJoinResult, WindowJoinSpec } from './join/window-join-spec.ts';
export type { AggregatingState, ReducingState } from './folding-state.ts';
export { keepRow } from './kept-row.ts';
export type { ListState } from './list-state.ts';
export type { MapState } from './map-state.ts';
export { mapTransformation } from './map.ts';
export type {
  Collector,
  FusedForm,
  KeyContext,
  Operator,
  OperatorContext,
  Plain,
  RestoredState,
  Transformation,
} from './operator.ts';
export { processTransformation } from './process.ts';
export type { ProcessFunction } from './process.ts';
export type { ProcessLifeCycle } from './process-base.ts';
export type {
  FunctionContext,
  OnTimerContext,
  OpenContext,
  ProcessContext,
  StateContext,
} from './process-context.ts';
export type { TimerService } from './process-timers.ts';
export type { ProcessOptions } from './process-transformation.ts';
export { hasMethod } from './provided.ts';
export type { Provided } from './provided.ts';
export {
  aggregatingState,
  listState,
  mapState,
  reducingState,
  valueState,
} from './state-descriptors.ts';
export type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  MapStateOptions,
  ReducingStateDescriptor,
  StateDescriptor,
  StateOptions,
  ValueStateDescriptor,
} from './state-descriptors.ts';
export type { StateTtl } from './state-ttl.ts';
export type { StateOf } from './user-states.ts';
export { reduceTransformation } from './reduce.ts';
export { rollingAggregateTransformation } from './rolling-aggregate.ts';
export type { RollingKind } from './rolling-fold.ts';
export type { ChangeCollector, FlatMapFunction, RowCollector } from './row-collector.ts';
export { rowText } from './row-text.ts';
export type { RowTtl } from './row-ttl.ts';
export { rankedType } from './rank-field.ts';
export { topNTransformation } from './top-n.ts';
export type { TopNSettings } from './top-n.ts';
export { selectTransformation } from './select.ts';
export type { SelectSpec } from './select.ts';
export { sinkTransformation } from './sink-operator.ts';
export type { SinkLike, WriterContext, WriterLike, WriterState } from './sink-operator.ts';
export { PERIODIC_MS, splitWatermarks, timestampsTransformation } from './timestamps.ts';
export type { TimestampStrategy } from './timestamps.ts';
export { CustomWatermarks } from './watermark-generator.ts';
export type {
  SplitWatermarks,
  WatermarkGenerator,
  WatermarkOutput,
} from './watermark-generator.ts';
export type { ValueState } from './value-state.ts';
export type { MemoryAccount } from '../state/index.ts';
export {
  assignWindows,
  GLOBAL_WINDOW,
  GLOBAL_WINDOW_ASSIGNER,
  maxTimestamp,
  timeOf,
  WindowList,
  windowStart,
} from './window/assigner.ts';
export type {
  CumulativeAssigner,
  GlobalAssigner,
  SessionAssigner,
  SlidingAssigner,
  TimeDomain,
  TimeWindow,
  TumblingAssigner,
  WindowAssigner,
} from './window/assigner.ts';
export {
  continuousEventTimeTriggerOf,
  continuousProcessingTimeTriggerOf,
} from './window/continuous-triggers.ts';
export { aggregatedWindowTransformation } from './window/aggregated.ts';
export type { AggregatedWindow } from './window/aggregated.ts';
export { countTriggerOf } from './window/count-trigger.ts';
export { declaredWindowTransformation } from './window/declared.ts';
export { deltaTriggerOf } from './window/delta-trigger.ts';
export type { DeltaFunction } from './window/delta-trigger.ts';
export type { Evictor, EvictorContext, WindowRow } from './window/evictor.ts';
export { countEvictorOf, deltaEvictorOf, timeEvictorOf } from './window/evictors.ts';
export type { EvictorOptions } from './window/evictors.ts';
export type { WindowFold } from './window/fold.ts';
export {
  END_OF_STREAM_TRIGGER,
  EVENT_TIME_TRIGGER,
  NEVER_TRIGGER,
  PROCESSING_TIME_TRIGGER,
} from './window/time-triggers.ts';
export type { DeclaredInput, DeclaredWindow, PreAggregate } from './window/declared.ts';
export { canMerge } from './window/trigger.ts';
export type {
  Trigger,
  TriggerContext,
  TriggerMergeContext,
  TriggerResult,
} from './window/trigger.ts';
export type {
  ProcessWindowFunction,
  WindowContext,
  WindowStateStore,
} from './window/window-function.ts';
export { defaultTrigger } from './window/window-spec.ts';
export type { WindowSpec } from './window/window-spec.ts';
export {
  usesEventTimers,
  windowFieldFold,
  windowTransformation,
} from './window/window-transformation.ts';
export { processingTimeoutTriggerOf, purgingTriggerOf } from './window/wrapping-triggers.ts';
export type { TimeoutOptions } from './window/wrapping-triggers.ts';
