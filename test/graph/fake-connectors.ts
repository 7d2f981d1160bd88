/** A source without rows and a sink that drops them: enough to declare a graph with. */

import type { Sink, Source } from '../../src/connectors/index.ts';
import type { RecordType } from '../../src/record/index.ts';

/** What a test may say about a source. */
export interface FakeSourceOptions {
  readonly kind?: string;
  readonly async?: boolean;
  readonly maxParallelism?: number;
  readonly path?: string;
}

/** A bounded source of no rows. */
export function fakeSource<T = unknown>(
  type?: RecordType<T>,
  options: FakeSourceOptions = {},
): Source<T> {
  return {
    kind: options.kind ?? 'fake',
    params: options.path === undefined ? {} : { path: options.path },
    functions: {},
    type,
    bounded: true,
    async: options.async ?? false,
    maxParallelism: options.maxParallelism,
    splits: () => Promise.resolve([]),
    open: () =>
      Promise.resolve({
        poll: () => 'end' as const,
        position: () => null,
      }),
  };
}

/** A sink that takes anything. */
export function fakeSink(options: { readonly async?: boolean } = {}): Sink {
  return {
    kind: 'drop',
    params: {},
    functions: {},
    async: options.async ?? false,
    createWriter: () => ({ write: () => undefined, close: () => undefined }),
  };
}
