/** When a file sink closes a part and begins the next: Flink's rolling policies. */

import { EngineError, MiB, parseBytes, parseDuration } from '../base/index.ts';
import type { Plain } from '../operators/index.ts';
import { optionError } from './options.ts';

/**
 * Parts of a file sink. Each limit is looked at when rows are written to the file (up to 64 Ki characters are gathered), when the
 * input pauses, and at checkpoints.
 */
export interface RollingOptions {
  /** A part ends at every checkpoint, default false. The limits below then hold only if given. */
  readonly onCheckpoint?: boolean;
  /** Bytes (or text such as `64MiB`) from which on a part ends, default 128 MiB; it may be one buffer longer. */
  readonly maxPartSize?: number | string;
  /** Milliseconds (or text such as `5m`) after which a part ends, counted from its first row or a restart, default 1 min. */
  readonly rolloverInterval?: number | string;
  /** Milliseconds (or text) without a row after which a part ends, default 1 min. */
  readonly inactivityInterval?: number | string;
}

/** The same, resolved. */
export interface RollingPolicy {
  readonly onCheckpoint: boolean;
  /** Bytes. */
  readonly maxPartSize: number;
  /** ms */
  readonly rolloverInterval: number;
  /** ms */
  readonly inactivityInterval: number;
}

const MINUTE_MS = 60_000;

/**
 * The policy; undefined without the option.
 *
 * @throws ERR_CONNECTORS_OPTION
 */
export function rollingPolicy(
  connector: string,
  options: RollingOptions | undefined,
): RollingPolicy | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null) {
    throw optionError(connector, 'rolling', 'an object such as { maxPartSize: "64MiB" }', options);
  }
  const { onCheckpoint = false } = options;
  if (typeof onCheckpoint !== 'boolean') {
    throw optionError(connector, 'rolling.onCheckpoint', 'true or false', onCheckpoint);
  }
  const limit = (
    name: 'maxPartSize' | 'rolloverInterval' | 'inactivityInterval',
    parse: (value: number | string) => number,
    fallback: number,
  ): number => {
    const value = options[name];
    if (value === undefined) return onCheckpoint ? Infinity : fallback;
    const number = value === Infinity ? Infinity : parsed(parse, value);
    if (number > 0) return number;
    const expected = `more than 0 ${parse === parseBytes ? 'bytes (64MiB)' : 'milliseconds (5m)'}`;
    throw optionError(connector, `rolling.${name}`, expected, value);
  };
  return {
    onCheckpoint,
    maxPartSize: limit('maxPartSize', parseBytes, 128 * MiB),
    rolloverInterval: limit('rolloverInterval', parseDuration, MINUTE_MS),
    inactivityInterval: limit('inactivityInterval', parseDuration, MINUTE_MS),
  };
}

/** For the plan: JSON, where no limit is null. */
export function rollingParams(policy: RollingPolicy | undefined): {
  readonly [key: string]: Plain;
} {
  if (policy === undefined) return {};
  const entries = Object.entries(policy).map(([name, value]) => [
    name,
    value === Infinity ? null : value,
  ]);
  return { rolling: Object.fromEntries(entries) as { readonly [key: string]: Plain } };
}

/** NaN for what is no quantity. */
function parsed(parse: (value: number | string) => number, value: number | string): number {
  try {
    return parse(value);
  } catch (error) {
    if (error instanceof EngineError) return NaN;
    throw error;
  }
}
