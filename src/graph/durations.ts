/** Durations as jobs write them: milliseconds, or text such as `5s`. */

import { parseDuration } from '../base/index.ts';
import { argumentError } from './arguments.ts';

/** Milliseconds, or text with a unit: `250ms`, `5s`, `1m`, `2h`, `1d`. */
export type Duration = number | string;

/**
 * Whole milliseconds.
 *
 * @param call and option, for the message: `mapAsync: timeout`
 * @param least smallest duration allowed, milliseconds
 * @throws ERR_GRAPH_ARGUMENT it is no duration, a fraction of a millisecond, or too short
 */
export function durationMs(call: string, option: string, value: unknown, least: number): number {
  let ms = NaN;
  if (typeof value === 'number' || typeof value === 'string') {
    try {
      ms = parseDuration(value);
    } catch {
      // Said below, with the name of the option.
    }
  }
  if (Number.isSafeInteger(ms) && ms >= least) return ms;
  throw argumentError(
    call,
    `${option} to be a duration of ${least} ms or more, such as '5s'`,
    value,
  );
}
