/** Checks of connector options, which a job module may get wrong without a compiler. */

import { EngineError } from '../base/index.ts';
import type { BadRowPolicy } from './source.ts';

/** @throws ERR_CONNECTORS_OPTION */
export function optionError(
  connector: string,
  option: string,
  expected: string,
  got: unknown,
): EngineError {
  const text = typeof got === 'string' ? JSON.stringify(got) : String(got);
  return new EngineError('ERR_CONNECTORS_OPTION', { connector, option, expected, got: text });
}

/** A positive integer, or the default. @throws ERR_CONNECTORS_OPTION */
export function positiveInteger(
  connector: string,
  option: string,
  value: number | undefined,
  fallback: number,
): number {
  if (value === undefined) return fallback;
  if (!(Number.isSafeInteger(value) && value > 0)) {
    throw optionError(connector, option, 'an integer > 0', value);
  }
  return value;
}

/** One ASCII character as its byte. @throws ERR_CONNECTORS_OPTION */
export function asciiByte(connector: string, option: string, value: string): number {
  const code = value.charCodeAt(0);
  if (value.length !== 1 || code > 127 || code === 10 || code === 13) {
    throw optionError(connector, option, 'one ASCII character other than a line ending', value);
  }
  return code;
}

/** @throws ERR_CONNECTORS_OPTION */
export function badRowPolicy(connector: string, value: BadRowPolicy | undefined): BadRowPolicy {
  const policy = value ?? 'fail';
  if (policy !== 'fail' && policy !== 'skip' && policy !== 'sideOutput') {
    throw optionError(connector, 'onBadRow', "'fail', 'skip' or 'sideOutput'", policy);
  }
  return policy;
}
