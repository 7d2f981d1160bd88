/**
 * The kinds of values that a configuration takes, as schemas whose errors say what was expected. Loaded lazily, with the
 * schema that is made of them.
 */

import * as z from 'zod';

import { formatBytes, parseBytes, parseCpu, parseDuration } from '../base/index.ts';

export const BYTES_PATTERN: RegExp = /^\d+(\.\d+)?\s*([kKMGT]?B|[KMGT]iB)?$/;
const CPU_PATTERN = /^\d+(\.\d+)?m?$/;
export const DURATION_PATTERN: RegExp = /^\d+(\.\d+)?\s*(us|ms|s|m|min|h|d)?$/;

/** A number or text of this pattern, parsed to an integer that `accept` likes. */
export function quantity(
  expected: string,
  pattern: RegExp,
  parse: (value: number | string) => number,
  accept: (value: number) => boolean,
): z.ZodType<number> {
  return z
    .union([z.number(expected).min(0, expected), z.string(expected).regex(pattern, expected)], {
      error: expected,
    })
    .transform((value, context) => {
      const number = Math.round(parse(value));
      if (accept(number)) return number;
      context.addIssue(expected);
      return z.NEVER;
    });
}

export const bytes = (least: number, most: number): z.ZodType<number> =>
  quantity(
    `a size from ${formatBytes(least)} to ${formatBytes(most)} such as 64MiB`,
    BYTES_PATTERN,
    parseBytes,
    (value) => value >= least && value <= most,
  );

export const cpu = (least: number): z.ZodType<number> =>
  quantity(
    `a CPU share ${least === 0 ? 'from 0' : 'above 0'} such as 2, 0.5 or 250m`,
    CPU_PATTERN,
    parseCpu,
    (value) => value >= least && value <= 1_000_000,
  );

export const integer = (least: number, most: number): z.ZodType<number> => {
  const expected = `a whole number from ${least} to ${most}`;
  return z.number(expected).int(expected).min(least, expected).max(most, expected);
};

export const oneOf = <const T extends readonly [string, ...string[]]>(
  names: T,
): z.ZodType<T[number]> => z.enum(names, { error: `one of ${names.join(', ')}` });

export const word = <const T extends string>(text: T): z.ZodType<T> =>
  z.literal(text, { error: `"${text}"` });

export const flag = (): z.ZodType<boolean> => z.boolean('true or false');

export const section = <T extends z.ZodRawShape>(
  shape: T,
  description: string,
): z.ZodOptional<z.ZodObject<T, z.core.$strict>> =>
  z
    .strictObject(shape, { error: 'a section with keys of its own' })
    .describe(description)
    .optional();

export const byName = <T extends z.ZodType>(
  value: T,
  names: string,
  description: string,
): z.ZodOptional<z.ZodRecord<z.ZodString, T>> =>
  z
    .record(z.string(), value, { error: `${names}, each with its settings` })
    .describe(description)
    .optional();

export const duration = (least: string, most: string): z.ZodType<number> =>
  quantity(
    `a duration from ${least} to ${most} such as 10s`,
    DURATION_PATTERN,
    parseDuration,
    (value) => value >= parseDuration(least) && value <= parseDuration(most),
  );

export const real = (least: number, most: number): z.ZodType<number> => {
  const expected = `a number from ${least} to ${most}`;
  return z.number(expected).min(least, expected).max(most, expected);
};
