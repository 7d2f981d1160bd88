/** A run's report: one document for machines, a drawing and a table for people. */

import type { BenchResult } from './harness.ts';
import type { MachineInfo } from './machine-info.ts';

/** What became of one benchmark. */
export type BenchOutcome =
  | {
      readonly kind: 'measured';
      readonly name: string;
      readonly topology: string;
      readonly parameters: Readonly<Record<string, number>>;
      readonly results: readonly BenchResult[];
    }
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly name: string; readonly reason: string };

/** The document `--json` prints. */
export interface BenchDocument {
  readonly node: string;
  readonly cpus: number;
  readonly machine: MachineInfo;
  readonly smoke: boolean;
  readonly results: readonly BenchResult[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

/** Gathers outcomes; each result carries the benchmark it comes from and the parameters it ran with. */
export function document(
  machine: MachineInfo,
  smoke: boolean,
  outcomes: readonly BenchOutcome[],
): BenchDocument {
  return {
    node: machine.node,
    cpus: machine.cpus,
    machine,
    smoke,
    results: outcomes.flatMap((outcome) =>
      outcome.kind === 'measured'
        ? outcome.results.map((result) => ({
            ...result,
            benchmark: outcome.name,
            parameters: outcome.parameters,
          }))
        : [],
    ),
    skipped: outcomes
      .filter((outcome) => outcome.kind === 'skipped')
      .map(({ name, reason }) => ({ name, reason })),
    failed: outcomes
      .filter((outcome) => outcome.kind === 'failed')
      .map(({ name, reason }) => ({ name, reason })),
  };
}

/** One outcome for people: the drawing, the parameters, and a table of results. */
export function describeOutcome(outcome: BenchOutcome): string {
  if (outcome.kind === 'skipped') return `${outcome.name}: not measured, ${outcome.reason}\n`;
  if (outcome.kind === 'failed') return `${outcome.name}: FAILED\n${indent(outcome.reason)}\n`;
  const parameters = Object.entries(outcome.parameters).map(([name, value]) => `${name}=${value}`);
  const head = [outcome.name, ...parameters].join('  ');
  const latencies = quantileTable(outcome.results);
  const tables = [table(outcome.results), ...(latencies === '' ? [] : [latencies])];
  return `${head}\n\n${indent(dedent(outcome.topology))}\n\n${indent(tables.join('\n\n'))}\n`;
}

const QUANTILES = ['count', 'p50', 'p90', 'p99', 'p999', 'p9999', 'max'] as const;

/** The quantiles of results that have a histogram, each above that of the machine's hiccups; empty without any. */
function quantileTable(results: readonly BenchResult[]): string {
  const rows = results.flatMap((result) =>
    (['quantiles', 'hiccups'] as const).flatMap((field) => {
      const found = result[field] as Readonly<Record<string, number>> | undefined;
      if (found === undefined) return [];
      const name = field === 'quantiles' ? result.name : '  hiccups of the machine';
      return [[name, ...QUANTILES.map((quantile) => digits(found[quantile] ?? 0))]];
    }),
  );
  return rows.length === 0 ? '' : aligned([['us', ...QUANTILES], ...rows], [0]);
}

/** Columns: name, value, unit, ceiling, ratio; numbers to four digits, aligned. */
export function table(results: readonly BenchResult[]): string {
  const rows = [
    ['name', 'value', 'unit', 'ceiling', 'ratio'],
    ...results.map(({ name, value, unit, ceiling, ratio }) => [
      name,
      digits(value),
      unit,
      ceiling === null ? '-' : digits(ceiling),
      ratio === null ? '-' : ratio.toFixed(2),
    ]),
  ];
  return aligned(rows, [0, 2]);
}

/** Rows of cells as lines; these columns begin at the left, the others end at the right. */
function aligned(rows: readonly (readonly string[])[], left: readonly number[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          left.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function digits(value: number): string {
  const rounded = Number(value.toPrecision(4));
  return Math.abs(rounded) >= 1000 ? Math.round(rounded).toLocaleString('en-US') : String(rounded);
}

/** Without blank lines around it and without the spaces that all its lines start with. */
function dedent(text: string): string {
  const lines = text.replace(/^(?:[ \t]*\n)+|\s+$/g, '').split('\n');
  const margins = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const margin = Math.min(...margins);
  return lines.map((line) => line.slice(margin)).join('\n');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}
