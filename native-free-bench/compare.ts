/**
 * Compares two documents of `run.ts --json` by their ratios: `node -C source native-free-bench/compare.ts BEFORE AFTER`.
 * A ratio is taken within one run, so machine and weather cancel out; bare values are shown, never judged.
 * Exit code 0: nothing worse; 1: worse; 2: wrong arguments.
 */

import { readFileSync } from 'node:fs';

import type { BenchResult } from './harness.ts';
import type { BenchDocument } from './report.ts';

/** Smallest acceptable after / before of a ratio, by result name; `*` for the rest. */
export const THRESHOLDS: Readonly<Record<string, number>> = {
  '*': 0.85,
};

/** One result in both documents. */
export interface Comparison {
  readonly name: string;
  readonly before: number | null;
  readonly after: number | null;
  /** after / before of the ratios; null when either has none. */
  readonly change: number | null;
  readonly verdict: 'same' | 'better' | 'worse' | 'no ratio' | 'only before' | 'only after';
}

/** Pure: what changed, in the order of `before`, then what only `after` has. */
export function compare(
  before: readonly BenchResult[],
  after: readonly BenchResult[],
  thresholds: Readonly<Record<string, number>> = THRESHOLDS,
): Comparison[] {
  const later = new Map(after.map((result) => [result.name, result]));
  const earlier = new Set(before.map((result) => result.name));
  const both = before.map((result): Comparison => {
    const other = later.get(result.name);
    const base = { name: result.name, before: result.ratio, after: other?.ratio ?? null };
    if (other === undefined) return { ...base, change: null, verdict: 'only before' };
    if (result.ratio === null || other.ratio === null) {
      return { ...base, change: null, verdict: 'no ratio' };
    }
    const change = other.ratio / result.ratio;
    const limit = thresholds[result.name] ?? thresholds['*'] ?? 1;
    const verdict = change < limit ? 'worse' : change > 1 / limit ? 'better' : 'same';
    return { ...base, change, verdict };
  });
  const added = after
    .filter(({ name }) => !earlier.has(name))
    .map(({ name, ratio }): Comparison => {
      return { name, before: null, after: ratio, change: null, verdict: 'only after' };
    });
  return [...both, ...added];
}

if (import.meta.main) {
  const [before, after] = process.argv.slice(2);
  if (before === undefined || after === undefined) {
    process.stderr.write(
      'usage: node -C source native-free-bench/compare.ts BEFORE.json AFTER.json\n',
    );
    process.exitCode = 2;
  } else {
    const rows = compare(load(before), load(after));
    const width = Math.max(...rows.map(({ name }) => name.length), 4);
    for (const { name, before: was, after: is, change, verdict } of rows) {
      const cells = [was, is, change].map((x) => (x === null ? '-' : x.toFixed(3)).padStart(8));
      process.stdout.write(`${name.padEnd(width)} ${cells.join(' ')}  ${verdict}\n`);
    }
    process.exitCode = rows.some(({ verdict }) => verdict === 'worse') ? 1 : 0;
  }
}

function load(path: string): readonly BenchResult[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as BenchDocument).results;
}
