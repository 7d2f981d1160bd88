/** How long state lives: what a user writes, checked and made plain. */

import { EngineError, parseDuration } from '../base/index.ts';

/** When state that nobody uses any more is let go of, as written in a job. */
export interface StateTtl {
  /** Time after which a value expires: milliseconds, or text such as `'1h'`; at least 1 ms. */
  readonly after: number | string;
  /** Which clock counts: the operator's watermark, or the machine's (default). */
  readonly time?: 'event' | 'processing';
  /** What starts the time anew: writing (default), or reading as well. */
  readonly update?: 'createAndWrite' | 'readAndWrite';
  /** Whether an expired value is still seen while it is not cleaned up: never by default. */
  readonly visibility?: 'neverExpired' | 'untilCleaned';
}

/** The same, checked, with nothing left out. */
export interface PlainTtl {
  readonly afterMs: number;
  readonly time: 'event' | 'processing';
  readonly update: 'createAndWrite' | 'readAndWrite';
  readonly visibility: 'neverExpired' | 'untilCleaned';
}

const CHOICES = {
  time: ['processing', 'event'],
  update: ['createAndWrite', 'readAndWrite'],
  visibility: ['neverExpired', 'untilCleaned'],
} as const;

/** @throws ERR_OPERATORS_STATE_OPTION */
export function plainTtl(state: string, ttl: StateTtl): PlainTtl {
  if (typeof ttl !== 'object' || ttl === null) {
    failStateOption(state, 'ttl', 'an object such as { after: "1h" }', ttl);
  }
  return {
    afterMs: afterMs(state, ttl.after),
    time: choice(state, ttl, 'time'),
    update: choice(state, ttl, 'update'),
    visibility: choice(state, ttl, 'visibility'),
  };
}

function afterMs(state: string, after: unknown): number {
  let ms = NaN;
  if (typeof after === 'number' || typeof after === 'string') {
    try {
      ms = parseDuration(after);
    } catch {
      // Said below, with the name of the state.
    }
  }
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  return failStateOption(state, 'ttl.after', 'a duration of 1 ms or more, such as "1h"', after);
}

function choice<O extends keyof typeof CHOICES>(
  state: string,
  ttl: StateTtl,
  option: O,
): (typeof CHOICES)[O][number] {
  const known: readonly (typeof CHOICES)[O][number][] = CHOICES[option];
  const got = ttl[option];
  if (got === undefined) return known[0]!;
  const found = known.find((one) => one === got);
  return found ?? failStateOption(state, `ttl.${option}`, known.join(' or '), got);
}

/** @throws ERR_OPERATORS_STATE_OPTION always */
export function failStateOption(
  state: string,
  option: string,
  expected: string,
  got: unknown,
): never {
  throw new EngineError('ERR_OPERATORS_STATE_OPTION', {
    state,
    option,
    expected,
    got: typeof got === 'string' ? `'${got}'` : String(got),
  });
}
