/** `discard`: rows end here; for measuring what comes before a sink. */

import type { Sink } from './sink.ts';

/**
 * A sink that does nothing with its rows. The engine still counts them.
 *
 * @example
 * stream.sinkTo(discard());
 */
export function discard(): Sink<unknown> {
  return {
    kind: 'discard',
    params: {},
    functions: {},
    async: false,
    createWriter: () => ({ write: () => {}, close: () => {} }),
  };
}
