/** `testSource`: a stream that a test feeds, element by element. */

import { EngineError } from '../base/index.ts';
import type { Source, SourceReader, Split } from '../connectors/index.ts';
import type { RecordType } from '../record/index.ts';
import type { TestChannel } from './test-channel.ts';

/** Kind of the nodes that test sources make. */
export const TEST_SOURCE = 'test-source';

/** Options of {@link testSource}. */
export interface TestSourceOptions {
  /** Number of its subtasks, each fed on its own; default: the parallelism of the job. */
  readonly subtasks?: number;
}

/**
 * Begins a stream that `run.source(name)` feeds with rows, watermarks and idleness. Rows have the timestamps that they are
 * pushed with, unless a watermark strategy gives them others. Only for jobs that a {@link TestRun} runs.
 *
 * @throws ERR_TESTING_OUTSIDE at run time, when an engine runs the job
 * @example
 * env.fromSource(testSource('clicks', Click)).keyBy('user').process(new Sessions()).sinkTo(testSink('sessions'));
 */
export function testSource<T = unknown>(
  name: string,
  type?: RecordType<T>,
  options: TestSourceOptions = {},
): Source<T> {
  const outside = (): never => {
    throw new EngineError('ERR_TESTING_OUTSIDE', { what: `testSource('${name}')` });
  };
  return {
    kind: TEST_SOURCE,
    params: { name },
    functions: {},
    type,
    bounded: true,
    async: false,
    maxParallelism: options.subtasks,
    timestamps: true,
    splits: async () => outside(),
    open: async () => outside(),
  };
}

/** The same source, fed by channels. */
export function fedSource<T>(source: Source<T>, channels: () => readonly TestChannel[]): Source<T> {
  return {
    ...source,
    splits: async () => channels().map((_, index): Split => ({ id: String(index), index })),
    open: async (split) => {
      const channel = channels()[split['index'] as number]!;
      return channel as SourceReader<T>;
    },
  };
}
