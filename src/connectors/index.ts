/** Sources and sinks: where data enters and leaves. */

export type { Sink, SinkContext, SinkWriter } from './sink.ts';
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
