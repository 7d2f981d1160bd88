/** `millrace/testing/vitest`: adds the matchers to Vitest's `expect`, with their types. Import it for its effect. */

import { expect } from 'vitest';

import { matchers } from './matchers.ts';
import type { StreamMatchers } from './matchers.ts';

expect.extend(matchers as Parameters<typeof expect.extend>[0]);

declare module 'vitest' {
  // The parameters must be those of the interface that this adds to.
  interface Matchers<
    R extends void | Promise<void> = void | Promise<void>,
    T = unknown,
  > extends StreamMatchers<R> {}
}
