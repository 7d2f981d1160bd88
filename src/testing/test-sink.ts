/** `testSink`: the end of a stream that a test looks at. */

import { EngineError } from '../base/index.ts';
import { keepRow } from '../connectors/index.ts';
import type { Sink } from '../connectors/index.ts';
import type { Operator, OperatorContext, Transformation } from '../operators/index.ts';
import type { Recording } from './recording.ts';

/** Kind of the nodes that test sinks make. */
export const TEST_SINK = 'test-sink';

/**
 * Ends a stream where `run.output(name)` sees its rows, with timestamps, changes and watermarks. Only for jobs that a
 * {@link TestRun} runs.
 *
 * @throws ERR_TESTING_OUTSIDE at run time, when an engine runs the job
 * @example
 * bids.keyBy('auction').max('price').sinkTo(testSink('highest'));
 */
export function testSink<T = unknown>(name: string): Sink<T> {
  return {
    kind: TEST_SINK,
    params: { name },
    functions: {},
    async: false,
    createWriter: () => {
      throw new EngineError('ERR_TESTING_OUTSIDE', { what: `testSink('${name}')` });
    },
  };
}

/** The same node, recording. */
export function recordingTransformation(
  transformation: Transformation,
  recording: Recording,
): Transformation {
  return {
    ...transformation,
    create: (context) => recordingOperator(context, recording),
  };
}

function recordingOperator(context: OperatorContext, recording: Recording): Operator {
  const { current, subtaskIndex } = context;
  recording.join(subtaskIndex);
  return {
    process: (row, timestamp) =>
      recording.onRow(subtaskIndex, keepRow(row), timestamp, current.rowKind),
    onWatermark: (watermark) => recording.onWatermark(subtaskIndex, watermark),
  };
}
