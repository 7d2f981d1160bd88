/** Checks of what a job passes to the calls of the API, and the error for what does not fit. */

import { EngineError } from '../base/index.ts';
import { callSite, placeOf } from './source-location.ts';

/** @throws ERR_GRAPH_ARGUMENT when a user function is none */
export function checkFunction(fn: unknown, call: string): void {
  if (typeof fn !== 'function') throw argumentError(call, 'a function', fn);
}

/** The error for an argument of the wrong kind. */
export function argumentError(call: string, expected: string, got: unknown): EngineError {
  return new EngineError(
    'ERR_GRAPH_ARGUMENT',
    { call, expected, got: describeValue(got) },
    { place: placeOf(callSite()) },
  );
}

/** A value in a few words, for messages. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== 'object') return typeof value;
  const keys = Object.keys(value).slice(0, 5).join(', ');
  return keys === '' ? 'an object without fields' : `an object with ${keys}`;
}
