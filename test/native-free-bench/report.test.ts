/** The report: Markdown and charts of what a run has measured. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { geometricMean, reportFiles } from '../../native-free-bench/charts/report-page.ts';
import { barChart, lineChart, short } from '../../native-free-bench/charts/svg.ts';
import { mergeDocuments, writeReport } from '../../native-free-bench/charts/write-report.ts';
import type { BenchResult } from '../../native-free-bench/harness.ts';
import { fingerprintOf, machineInfo } from '../../native-free-bench/machine-info.ts';
import type { BenchDocument } from '../../native-free-bench/report.ts';

const machine = machineInfo();

function documentOf(results: readonly BenchResult[]): BenchDocument {
  const { node, cpus } = machine;
  return { node, cpus, machine, smoke: false, results, skipped: [], failed: [] };
}

function result(name: string, value: number, extra: object = {}): BenchResult {
  return { name, unit: 'events/s', value, ceiling: null, ratio: null, ...extra };
}

const quantiles = { count: 9, p50: 10, p90: 20, p99: 50, p999: 90, p9999: 120, max: 2000 };
const all = documentOf([
  result('nexmark-q0', 12e6, {
    workers: 2,
    withGenerator: 1e6,
    cpuNsPerEvent: 160,
    stateBytes: 0,
    ratio: 8,
    peers: {
      flink: { value: 1.5e6, ours: 11e6, pairs: 7, ratio: { median: 8, min: 7, max: 9 } },
      rxjs: { value: 6e6, ours: 12e6, pairs: 7, ratio: { median: 2, min: 1.5, max: 3 } },
    },
  }),
  result('nexmark-q0, workers: 1', 7e6),
  result('nexmark-q1', 11e6, { workers: 2 }),
  result('record-latency-50', 50, { unit: 'us', quantiles, hiccups: quantiles }),
  result('scaling-uniform-2', 19e6, { unit: 'rows/s', ceiling: 10e6, ratio: 1.9 }),
  result('memory-100000-keys', 80, { unit: 'MiB', keys: 100_000, bytesPerKey: 120 }),
  result('row-codec', 5e6, { unit: 'rows/s' }),
]);

describe('the report', () => {
  test('has a row for each query, with the peers beside it', () => {
    const page = reportFiles(all, 'npm run bench')['README.md']!;
    expect(page).toContain('| q0 | 12 M | 7 M | 1 M | 160 | 0 | 11 M | 1.5 M | 8 (7 … 9) |');
    expect(page).toContain('| q1 | 11 M |  |  |  |  |  |  |  |');
    expect(page).toContain('| q0 | rxjs | 6 M | 2 (1.5 … 3) | 7 |');
    expect(page).toContain('Geometric mean of the ratios to Flink: 8, over 1 queries.');
    expect(page).toContain(fingerprintOf(machine));
  });

  test('shows every chart that it writes, and tells each result once', () => {
    const files = reportFiles(all, 'npm run bench');
    const page = files['README.md']!;
    const charts = Object.keys(files).filter((name) => name.endsWith('.svg'));
    expect(charts).toEqual(['nexmark.svg', 'record-latency.svg', 'scaling.svg', 'memory.svg']);
    for (const chart of charts) expect(page).toContain(`](${chart})`);
    expect(page.match(/\| row-codec \|/g)).toHaveLength(1);
    expect(page.split('## The rest')[1]).not.toContain('nexmark');
  });

  test('leaves out what was not measured, and says why', () => {
    const failed = [{ name: 'nexmark-q9', reason: 'wrong answer\n  at line 1' }];
    const files = reportFiles({ ...documentOf([]), failed }, 'npm run bench');
    expect(Object.keys(files)).toEqual(['README.md']);
    expect(files['README.md']).toContain('- nexmark-q9: wrong answer\n');
    expect(files['README.md']).not.toContain('##');
  });

  test('is written with the document it was made of', () => {
    const folder = mkdtempSync(join(tmpdir(), 'report-'));
    writeReport(folder, all, 'npm run bench');
    expect(readdirSync(folder)).toContain('nexmark.svg');
    const written: unknown = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
    expect(written).toEqual(all);
    rmSync(folder, { recursive: true });
  });
});

describe('documents', () => {
  test('are put together by name, the later ones win', () => {
    const merged = mergeDocuments([
      documentOf([result('a', 1), result('b', 2)]),
      documentOf([result('b', 3)]),
    ]);
    expect(merged.results.map(({ name, value }) => [name, value])).toEqual([
      ['a', 1],
      ['b', 3],
    ]);
  });

  test('of different machines are not', () => {
    const other = { ...documentOf([]), machine: { ...machine, model: 'another' } };
    expect(() => mergeDocuments([documentOf([]), other])).toThrow('documents of one machine');
    expect(() => mergeDocuments([])).toThrow('at least one document');
  });
});

describe('charts', () => {
  test('are well formed, escape texts and follow the colour scheme', () => {
    const rows = [{ label: 'a < b & "c"', values: [1, null] }];
    const chart = barChart({ title: 'T<', unit: 'x', series: ['one', 'two'], rows });
    expect(chart).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(chart).toContain('prefers-color-scheme:dark');
    expect(chart.match(/<svg|<\/svg>/g)).toHaveLength(2);
    expect(chart).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('draw equal ratios as equal distances when values are far apart', () => {
    const rows = [1, 10, 100].map((value) => ({ label: String(value), values: [value * 1e3] }));
    const chart = barChart({ title: '', unit: '', series: ['s'], rows });
    const widths = [...chart.matchAll(/<rect x="130" y="\d+" width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect(widths).toHaveLength(3);
    expect(widths[2]! - widths[1]!).toBeCloseTo(widths[1]! - widths[0]!, 0);
  });

  test('have lines that leave out what is missing', () => {
    const series = [{ name: 's', values: [1, null, 3] }];
    const chart = lineChart({ title: '', unit: '', labels: ['a', 'b', 'c'], series });
    expect(chart.match(/<circle/g)).toHaveLength(2);
    expect(chart).not.toMatch(/NaN|undefined|Infinity/);
  });
});

test('numbers are short', () => {
  expect([0, 0.123_456, 999.96, 12_345_678, 2.5e9].map(short)).toEqual([
    '0',
    '0.123',
    '1 k',
    '12.3 M',
    '2.5 G',
  ]);
  expect(geometricMean([2, 8])).toBeCloseTo(4);
});
