/**
 * What a benchmark is, and the few tools they share.
 *
 * Laws:
 *  1. A benchmark checks its answer (`expectAnswer`); a fast wrong answer is a failure.
 *  2. Contenders are timed interleaved, A B B A, in one process, and compared by the ratio of each pair: on a shared
 *     machine the same code moves by a factor of two between minutes, the ratio of neighbours hardly does.
 *  3. Sizes are `parameter`s with a smoke value, so that every benchmark runs with the tests and cannot rot.
 */

import { isDeepStrictEqual } from 'node:util';

/** One number with its unit, and what it is measured against. */
export interface BenchResult {
  readonly name: string;
  /** `rows/s`, `ns/row`, `MB/s`, … */
  readonly unit: string;
  readonly value: number;
  /** The best this machine can do by hand-written code or a plain peer, same unit, same run; null when there is none. */
  readonly ceiling: number | null;
  /** `value` against `ceiling` in the sense the benchmark states (median of the pair ratios); null without a ceiling. */
  readonly ratio: number | null;
  readonly [extra: string]: unknown;
}

/** How to run. */
export interface BenchOptions {
  /** Small sizes: proves that the benchmark works, measures nothing. */
  readonly smoke: boolean;
  /** Engines to be measured beside this one, by name; a benchmark takes those it knows. */
  readonly peers?: readonly string[];
  /** Values of parameters by name, instead of the benchmark's own. */
  readonly parameters?: Readonly<Record<string, number>>;
}

/**
 * What a file exports as `benchmark`, named like the file; or several of them as `benchmarks`, each in a process of its own, all
 * chosen by the name of the file.
 */
export interface Benchmark {
  readonly name: string;
  /** ASCII drawing of threads, rings and operators. */
  readonly topology: string;
  /** Threads that must run at the same time for the numbers to mean anything. */
  readonly threads: number;
  run(options: BenchOptions): Promise<BenchResult[]>;
}

/** Median, least and greatest of some samples. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What `pairs` found. */
export interface PairResult {
  readonly a: Spread;
  readonly b: Spread;
  /** Of a / b, pair by pair. */
  readonly ratio: Spread;
  readonly pairs: number;
}

/** Thrown by {@link expectAnswer}. */
export class WrongAnswer extends Error {
  override readonly name: string = 'WrongAnswer';
}

const parametersUsed = new Map<string, number>();

/**
 * A size with a small value for smoke runs. The values used are printed with the results.
 *
 * @example
 * const rows = parameter('rows', 10_000, 10_000_000);
 * rows({ smoke: true }); // 10000
 */
export function parameter(
  name: string,
  smoke: number,
  full: number,
): (options: BenchOptions) => number {
  return (options) => {
    const value = options.parameters?.[name] ?? (options.smoke ? smoke : full);
    parametersUsed.set(name, value);
    return value;
  };
}

/** The parameters asked for so far in this process, by name. */
export function usedParameters(): Record<string, number> {
  return Object.fromEntries(parametersUsed);
}

/**
 * Checks an answer; numbers by `Object.is`, the rest structurally.
 *
 * @throws WrongAnswer with both values
 */
export function expectAnswer<T>(expected: T, got: T, what: string = 'answer'): void {
  if (isDeepStrictEqual(expected, got)) return;
  throw new WrongAnswer(`wrong ${what}: expected ${show(expected)}, got ${show(got)}`);
}

/** Median (mean of the middle two for an even count), least and greatest; at least one sample. */
export function spread(samples: readonly number[]): Spread {
  if (samples.length === 0) throw new RangeError('spread expects at least one sample, got none');
  const sorted = samples.toSorted((x, y) => x - y);
  const middle = sorted.length >> 1;
  const upper = sorted[middle]!;
  const median = sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** Units of work per second of `work`, which does `count` of them. */
export async function rateOf(count: number, work: () => unknown): Promise<number> {
  const startMs = performance.now();
  await work();
  return (count / (performance.now() - startMs)) * 1000;
}

/**
 * Measures two contenders `n` times each, interleaved A B B A. Each run returns its own figure (a rate, or a time);
 * the ratio is a / b of the same pair.
 *
 * @param n pairs, at least 1; 7 or more when the numbers are to be quoted
 */
export async function pairs(
  runA: () => number | Promise<number>,
  runB: () => number | Promise<number>,
  n: number,
): Promise<PairResult> {
  const a: number[] = [];
  const b: number[] = [];
  for (let i = 0; i < n; i++) {
    if (i % 2 === 0) {
      a.push(await runA());
      b.push(await runB());
    } else {
      b.push(await runB());
      a.push(await runA());
    }
  }
  const ratio = spread(a.map((value, i) => value / b[i]!));
  return { a: spread(a), b: spread(b), ratio, pairs: n };
}

/**
 * Runs `run` until three figures in a row lie within `tolerance` of each other, or `rounds` are used up: warm-up by
 * work, not by time.
 *
 * @returns rounds run
 */
export async function warmUp(
  run: () => number | Promise<number>,
  rounds: number = 10,
  tolerance: number = 0.05,
): Promise<number> {
  const last: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    last.push(await run());
    if (last.length > 3) last.shift();
    if (last.length === 3) {
      const { min, max } = spread(last);
      if (max - min <= tolerance * max) return round;
    }
  }
  return rounds;
}

function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? `${part}n` : part,
  );
}
