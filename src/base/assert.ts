/** Assertions that cost nothing when they hold: the text is constant, detail is composed only on failure. */

import { EngineError } from './errors.ts';

/**
 * Checks an invariant of the engine itself; a failure is a bug in Millrace, never bad input.
 * Pass constant text: a template literal costs 25 times the check it decorates.
 *
 * @throws ERR_BASE_INVARIANT
 * @example
 * assert(1 + 1 === 2, 'arithmetic holds');
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message);
}

/** The cold half of {@link assert}. @throws ERR_BASE_INVARIANT always */
export function fail(message: string): never {
  throw new EngineError('ERR_BASE_INVARIANT', { invariant: message });
}

/**
 * Ends a `switch` over a union: a member added later is a compile error here.
 *
 * @throws ERR_BASE_INVARIANT when reached at run time
 */
export function unreachable(value: never): never {
  return fail(`unreachable case ${JSON.stringify(value)}`);
}
