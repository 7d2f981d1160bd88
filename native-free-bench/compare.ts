/**
 * Compares two documents of `run.ts --json`: `node -C source native-free-bench/compare.ts [BEFORE] AFTER`. Without BEFORE it is the one
 * kept for this kind of machine, `baseline/FINGERPRINT.json`.
 *
 * Ratios are taken within one run, so machine and weather cancel out. Rates without a ratio are compared where both documents are of
 * the same kind of machine, more leniently; between machines they are shown, never judged.
 * Exit code 0: nothing worse; 1: worse; 2: wrong arguments, or nothing kept.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { BenchResult } from './harness.ts';
import { fingerprintOf } from './machine-info.ts';
import type { BenchDocument } from './report.ts';

/** Smallest acceptable after / before of a ratio, by result name; `*` for the rest. */
export const THRESHOLDS: Readonly<Record<string, number>> = {
  '*': 0.85,
};

/** The same of a bare rate, on the same kind of machine. */
export const RATE_THRESHOLD = 0.7;

/** One result in both documents. */
export interface Comparison {
  readonly name: string;
  /** What is compared; nothing where `verdict` says why. */
  readonly basis?: 'ratio' | 'rate';
  readonly before: number | null;
  readonly after: number | null;
  /** after / before; null when either has none. */
  readonly change: number | null;
  readonly verdict: 'same' | 'better' | 'worse' | 'no ratio' | 'only before' | 'only after';
}

/** Pure: what changed, in the order of `before`, then what only `after` has. */
export function compare(
  before: readonly BenchResult[],
  after: readonly BenchResult[],
  thresholds: Readonly<Record<string, number>> = THRESHOLDS,
  sameMachine: boolean = false,
): Comparison[] {
  const later = new Map(after.map((result) => [result.name, result]));
  const earlier = new Set(before.map((result) => result.name));
  const both = before.map((result): Comparison => {
    const other = later.get(result.name);
    const base = { name: result.name, before: result.ratio, after: other?.ratio ?? null };
    if (other === undefined) return { ...base, change: null, verdict: 'only before' };
    if (result.ratio !== null && other.ratio !== null) {
      const limit = thresholds[result.name] ?? thresholds['*'] ?? 1;
      return { ...base, basis: 'ratio', ...judged(result.ratio, other.ratio, limit) };
    }
    const isRate = result.unit.endsWith('/s') && result.unit === other.unit;
    if (!sameMachine || !isRate) return { ...base, change: null, verdict: 'no ratio' };
    const rates = { before: result.value, after: other.value };
    return {
      ...base,
      ...rates,
      basis: 'rate',
      ...judged(result.value, other.value, RATE_THRESHOLD),
    };
  });
  const added = after
    .filter(({ name }) => !earlier.has(name))
    .map(({ name, ratio }): Comparison => {
      return { name, before: null, after: ratio, change: null, verdict: 'only after' };
    });
  return [...both, ...added];
}

/** @param limit smallest acceptable after / before */
function judged(
  before: number,
  after: number,
  limit: number,
): Pick<Comparison, 'change' | 'verdict'> {
  const change = after / before;
  return { change, verdict: change < limit ? 'worse' : change > 1 / limit ? 'better' : 'same' };
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));

function main(paths: readonly string[]): number {
  const after = paths.length > 0 && paths.length < 3 ? load(paths.at(-1)!) : undefined;
  if (after === undefined) {
    process.stderr.write(
      'usage: node -C source native-free-bench/compare.ts [BEFORE.json] AFTER.json\n',
    );
    return 2;
  }
  const machine = fingerprintOf(after.machine);
  const kept = join(import.meta.dirname, 'baseline', `${machine}.json`);
  const earlier = paths.length === 2 ? paths[0]! : kept;
  if (earlier === kept && !existsSync(kept)) {
    process.stderr.write(`there is no ${kept}: keep a document of this machine there\n`);
    return 2;
  }
  const before = load(earlier);
  const sameMachine = fingerprintOf(before.machine) === machine;
  const rows = compare(before.results, after.results, THRESHOLDS, sameMachine);
  const width = Math.max(...rows.map(({ name }) => name.length), 4);
  for (const { name, before: was, after: is, change, verdict, basis } of rows) {
    const cells = [was, is, change].map((x) => (x === null ? '-' : shown(x)).padStart(10));
    const judgement = basis === 'rate' ? `${verdict} (rate)` : verdict;
    process.stdout.write(`${name.padEnd(width)} ${cells.join(' ')}  ${judgement}\n`);
  }
  return rows.some(({ verdict }) => verdict === 'worse') ? 1 : 0;
}

function shown(value: number): string {
  return value < 1000 ? value.toFixed(3) : Math.round(value).toLocaleString('en-US');
}

function load(path: string): BenchDocument {
  return JSON.parse(readFileSync(path, 'utf8')) as BenchDocument;
}
