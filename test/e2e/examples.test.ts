/** The example jobs, run by the command as a newcomer runs them, against plain loops over the same files. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';

import { parquetRead } from 'hyparquet';
import { describe, expect, test } from 'vitest';

import type { JobMetrics } from '../../src/index.ts';
import { ROOT } from '../support/source-files.ts';

const FLIGHTS = fileURLToPath(
  new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')),
);

/** What the example says of one airport. */
interface Airport {
  flights: number;
  late: number;
  delaySum: number;
  worst: number;
}

/** The parts of the document of `run --json` that are looked at. */
interface RunDocument {
  readonly state: string;
  readonly workers: readonly { readonly worker: number; readonly cpuMs: number }[];
  readonly metrics: JobMetrics;
}

async function millrace(...argv: readonly string[]): Promise<{ out: string; err: string }> {
  const command = ['-C', 'source', 'src/cli/cli-main.ts', ...argv];
  const run = await promisify(execFile)(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    maxBuffer: 1 << 24,
  });
  return { out: run.stdout, err: run.stderr };
}

/** Delays by airport in plain loops; hyparquet decodes the file, which the engine's own reader does not use it for. */
async function delaysByAirport(): Promise<Map<string, Airport>> {
  const bytes = readFileSync(FLIGHTS);
  const chunks = { delay: new Map<number, bigint[]>(), origin: new Map<number, string[]>() };
  await parquetRead({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    columns: ['delay', 'origin'],
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    onChunk: ({ columnName, columnData, rowStart }) => {
      chunks[columnName as 'delay' | 'origin'].set(rowStart, columnData as never[]);
    },
  });
  const airports = new Map<string, Airport>();
  for (const [rowStart, delays] of chunks.delay) {
    const origins = chunks.origin.get(rowStart)!;
    for (let row = 0; row < delays.length; row++) {
      const delay = Number(delays[row]!);
      let airport = airports.get(origins[row]!);
      if (airport === undefined) {
        airport = { flights: 0, late: 0, delaySum: 0, worst: -Infinity };
        airports.set(origins[row]!, airport);
      }
      airport.flights++;
      if (delay > 15) airport.late++;
      airport.delaySum += delay;
      airport.worst = Math.max(airport.worst, delay);
    }
  }
  return airports;
}

/** The line of the table: name, flights, mean delay, share of the late, worst. */
function cells(name: string, { flights, late, delaySum, worst }: Airport): string[] {
  const mean = (delaySum / flights).toFixed(1);
  return [name, String(flights), mean, ((100 * late) / flights).toFixed(1), String(worst)];
}

function sum(airports: readonly Airport[]): Airport {
  return {
    flights: airports.reduce((flights, airport) => flights + airport.flights, 0),
    late: airports.reduce((late, airport) => late + airport.late, 0),
    delaySum: airports.reduce((delay, airport) => delay + airport.delaySum, 0),
    worst: Math.max(...airports.map(({ worst }) => worst)),
  };
}

describe('airport-delays', () => {
  test('gives what a plain loop over its 3,000,000 flights gives, on two worker threads', async () => {
    const [{ out, err }, model] = await Promise.all([
      millrace(
        'run',
        'src/examples/airport-delays.ts',
        '--config',
        'src/examples/millrace.yaml',
        '--param',
        'airports=200',
        '--json',
        '--quiet',
      ),
      delaysByAirport(),
    ]);
    const ranked = [...model].toSorted(([, a], [, b]) => b.flights - a.flights);
    const all = ranked.map(([, airport]) => airport);
    const [head, ...lines] = err.trimEnd().split('\n');
    expect(head).toBe('airport        flights  mean delay    > 15 min       worst');
    const rows = lines.map((text) => text.replaceAll(/,| min| %/g, '').split(/ {2,}/));
    // Airports with as many flights may stand in any order, and one of them on either side of the cut.
    const [least] = ranked[199]!.slice(1) as [Airport];
    const sure = ranked.filter(([, airport]) => airport.flights > least.flights);
    expect(
      rows
        .slice(0, sure.length)
        .map(([name]) => name!)
        .toSorted(),
    ).toEqual(sure.map(([name]) => name).toSorted());
    for (const row of rows.slice(0, 200)) expect(row).toEqual(cells(row[0]!, model.get(row[0]!)!));
    const flights = rows.slice(0, 200).map((row) => Number(row[1]));
    expect(flights).toEqual(flights.toSorted((a, b) => b - a));
    const shown = new Set(rows.slice(0, 200).map(([name]) => name));
    const others = ranked.filter(([name]) => !shown.has(name)).map(([, airport]) => airport);
    expect(rows.slice(200)).toEqual([
      cells(`${others.length} others`, sum(others)),
      cells(`all ${all.length}`, sum(all)),
    ]);
    expect(sum(all).flights).toBe(3_000_000);

    const { state, workers, metrics } = JSON.parse(out) as RunDocument;
    expect(state).toBe('finished');
    expect(workers).toHaveLength(2);
    const folds = metrics.subtasks.filter(({ chainName }) => chainName === 'per-airport');
    expect(new Set(folds.map(({ worker }) => worker)).size).toBe(2);
    for (const { recordsIn } of folds) expect(recordsIn).toBeGreaterThan(100_000);
    expect(metrics.totals.sourceRows).toBe(3_000_000);
  }, 60_000);
});

describe('upper-filter-concat', () => {
  test('prints the text as it grows, in order', async () => {
    const { out } = await millrace('run', 'src/examples/upper-filter-concat.ts');
    expect(out).toBe('B\nB-C\nB-C-D\nB-C-D-E\n');
  });
});
