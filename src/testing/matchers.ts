/** Matchers for `expect.extend`, of Vitest, Jest and their like: what a stream gave. */

import { inspect, isDeepStrictEqual } from 'node:util';

import { foldTable, PLAIN } from './fold-table.ts';
import { OperatorTest } from './operator-test.ts';
import { Recording } from './recording.ts';
import type { EmittedRow } from './recording.ts';

/** What a matcher says. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
  readonly actual?: unknown;
  readonly expected?: unknown;
}

/** The part of a test runner's matcher state that is used here. */
export interface MatcherContext {
  /** Deep equality that knows asymmetric matchers such as `expect.any(Number)`. */
  readonly equals?: (a: unknown, b: unknown) => boolean;
}

/** What the matchers take: an operator under test, or the recording of a stream. */
export type Emitting = OperatorTest<never, never, never> | Recording<never>;

/** The calls that the matchers add; `R` is what an assertion returns. */
export interface StreamMatchers<R = void> {
  /** The stream gave exactly these rows, in this order. */
  toEmit(rows: readonly unknown[]): R;
  /** The stream gave exactly these rows, in any order. */
  toEmitInAnyOrder(rows: readonly unknown[]): R;
  /** The stream gave exactly these rows with these timestamps and changes, in this order. */
  toEmitExactly(emitted: readonly EmittedRow[]): R;
  /** The last watermark of the stream. */
  toHaveWatermark(watermark: number): R;
  /** The operator sent exactly these rows to its side output, in any order; the tag is `late` unless given. */
  toHaveEmittedLate(rows: readonly unknown[], tag?: string): R;
  /** The table that the changelog describes has exactly these rows, in any order, and no change was without its row. */
  toEqualTable(rows: readonly unknown[]): R;
}

/**
 * For `expect.extend(matchers)`; `millrace/testing/vitest` does that for Vitest, with types.
 *
 * @example
 * expect.extend(matchers);
 * expect(test).toEmit([{ item: 'a', price: 5 }]);
 */
export const matchers: {
  readonly [K in keyof StreamMatchers]: (
    this: MatcherContext,
    received: Emitting,
    ...expected: Parameters<StreamMatchers[K]>
  ) => MatcherResult;
} = {
  toEmit(received, rows) {
    return ordered(this, 'rows', recordingOf(received).rows, rows);
  },
  toEmitInAnyOrder(received, rows) {
    return unordered(this, 'rows in any order', recordingOf(received).rows, rows);
  },
  toEmitExactly(received, emitted) {
    return ordered(this, 'rows with timestamps', recordingOf(received).emitted, emitted);
  },
  toHaveWatermark(received, watermark) {
    return ordered(this, 'the watermark', recordingOf(received).watermark, watermark);
  },
  toHaveEmittedLate(received, rows, tag = 'late') {
    if (!(received instanceof OperatorTest)) {
      throw new TypeError(
        `toHaveEmittedLate expects a test of an operator, got ${typeof received}`,
      );
    }
    return unordered(this, `rows in side output ${tag}`, received.sideOutput(tag).rows, rows);
  },
  toEqualTable(received, rows) {
    const { rows: table, missing } = foldTable(recordingOf(received).emitted);
    if (missing.length > 0) {
      const text = inspect(missing, PLAIN);
      return {
        pass: false,
        message: () => `Expected every deleted or updated row to be in the table, got ${text}`,
      };
    }
    return unordered(this, 'rows of the table', table, rows);
  },
};

function recordingOf(received: Emitting): Recording {
  if (received instanceof OperatorTest) return received.output;
  if (received instanceof Recording) return received;
  throw new TypeError(
    `Expected a test of an operator or the recording of a stream, got ${inspect(received)}`,
  );
}

function ordered(
  context: MatcherContext,
  what: string,
  actual: unknown,
  expected: unknown,
): MatcherResult {
  return result(what, equals(context, actual, expected), actual, expected);
}

function unordered(
  context: MatcherContext,
  what: string,
  actual: readonly unknown[],
  expected: readonly unknown[],
): MatcherResult {
  return result(what, sameRows(context, actual, expected), actual, expected);
}

/** Whether the rows can be paired; as asymmetric matchers may fit several rows, pairs are exchanged where that helps. */
function sameRows(
  context: MatcherContext,
  actual: readonly unknown[],
  expected: readonly unknown[],
): boolean {
  if (actual.length !== expected.length) return false;
  /** Index of the expected row of each actual one. */
  const pair = new Map<number, number>();
  const place = (i: number, tried: Set<number>): boolean =>
    actual.some((row, j) => {
      if (tried.has(j) || !equals(context, row, expected[i])) return false;
      tried.add(j);
      const other = pair.get(j);
      if (other !== undefined && !place(other, tried)) return false;
      pair.set(j, i);
      return true;
    });
  return expected.every((_, i) => place(i, new Set()));
}

function equals({ equals: given }: MatcherContext, a: unknown, b: unknown): boolean {
  return given === undefined ? isDeepStrictEqual(a, b) : given(a, b);
}

function result(what: string, pass: boolean, actual: unknown, expected: unknown): MatcherResult {
  return {
    pass,
    message: () =>
      pass
        ? `Expected ${what} to be other than ${inspect(expected, PLAIN)}`
        : `Expected ${what}: ${inspect(expected, PLAIN)}, got ${inspect(actual, PLAIN)}`,
    actual,
    expected,
  };
}
