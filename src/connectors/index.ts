/** Sources and sinks: where data enters and leaves. */

export { fromAsyncIterable } from './async-iterable.ts';
export type { AsyncIterableOptions } from './async-iterable.ts';
export { ChangelogTable } from './changelog-table.ts';
export { callback } from './callback.ts';
export type { CallbackOptions, RowCallback } from './callback.ts';
export { collect } from './collect.ts';
export type { CollectOptions } from './collect.ts';
export { fromCollection } from './collection.ts';
export { csv } from './csv.ts';
export type { CsvDialect, CsvSinkOptions, CsvSourceOptions } from './csv.ts';
export { discard } from './discard.ts';
export { driverChannelName, parseDriverChannel } from './driver-channels.ts';
export type { Change, DriverChannel } from './driver-channels.ts';
export { generator } from './generator.ts';
export type { GeneratorOptions, Mutable } from './generator.ts';
export { jsonLines } from './json-lines.ts';
export type { JsonLinesOptions } from './json-lines.ts';
export { lines } from './lines.ts';
export type { LinesOptions } from './lines.ts';
export { parquet } from './parquet.ts';
export type { ParquetOptions } from './parquet.ts';
export { print } from './print.ts';
export type { PrintOptions } from './print.ts';
export { keepRow } from './row-object.ts';
export type { RollingOptions } from './rolling.ts';
export type { WriterState } from '../operators/index.ts';
export type { Sink, SinkContext, SinkWriter } from './sink.ts';
export { table } from './table.ts';
export type { TableOptions } from './table.ts';
export type {
  BadRow,
  BadRowPolicy,
  PollStatus,
  Source,
  SourceContext,
  SourceOutput,
  SourceReader,
  Split,
} from './source.ts';
