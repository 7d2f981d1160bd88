/** `collect`: the rows come back to the thread that submitted the job. */

import { driverChannelName } from './driver-channels.ts';
import { DriverWriter } from './driver-writer.ts';
import { keepRow } from './row-object.ts';
import type { Sink } from './sink.ts';

/**
 * A sink that sends plain copies of the rows to the submitting thread, in messages of at most 1024 rows; when more than four of
 * them wait there, the job waits too. For tests and small results: rows of a large one belong in a file.
 *
 * @param name tells collections of one job apart
 * @example
 * delays.sinkTo(collect());
 */
export function collect<T = unknown>(name: string = 'default'): Sink<T> {
  return {
    kind: 'collect',
    params: { name },
    functions: {},
    async: true,
    createWriter: (context) =>
      new DriverWriter(context, driverChannelName({ kind: 'collect', name }), keepRow),
  };
}
