/** The large example job, run by the command as a newcomer runs it, against plain loops over the same file. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';

import { parquetRead } from 'hyparquet';
import { expect, test } from 'vitest';

import type { JobMetrics } from '../../src/index.ts';
import { millrace } from '../support/millrace-command.ts';

const FLIGHTS = fileURLToPath(
  new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')),
);
const HOUR_MS = 3_600_000;

/** Delays of one airport in one hour. */
interface Hour {
  readonly startMs: number;
  readonly delays: number[];
}

/** What the example says of one airport, or of several. */
interface Airport {
  readonly flights: number;
  readonly delaySum: number;
  readonly worst: Hour;
}

/** The parts of the document of `run --json` that are looked at. */
interface RunDocument {
  readonly state: string;
  readonly workers: readonly { readonly worker: number; readonly cpuMs: number }[];
  readonly metrics: JobMetrics;
}

/** Delays by airport in plain loops; hyparquet decodes the file, which the engine's own reader does not use it for. */
async function delaysByAirport(): Promise<Map<string, Airport>> {
  const bytes = readFileSync(FLIGHTS);
  const chunks = new Map(['date', 'delay', 'origin'].map((name) => [name, new Map()]));
  await parquetRead({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    columns: [...chunks.keys()],
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    onChunk: ({ columnName, columnData, rowStart }) => {
      chunks.get(columnName)!.set(rowStart, columnData);
    },
  });
  const airports = new Map<string, Map<number, Hour>>();
  for (const [rowStart, dates] of chunks.get('date')! as Map<number, readonly Date[]>) {
    const delays = chunks.get('delay')!.get(rowStart) as readonly bigint[];
    const origins = chunks.get('origin')!.get(rowStart) as readonly string[];
    for (let row = 0; row < dates.length; row++) {
      const hours = airports.get(origins[row]!) ?? new Map<number, Hour>();
      airports.set(origins[row]!, hours);
      const startMs = Math.floor(Number(dates[row]!) / HOUR_MS) * HOUR_MS;
      const hour = hours.get(startMs);
      if (hour !== undefined) hour.delays.push(Number(delays[row]!));
      else hours.set(startMs, { startMs, delays: [Number(delays[row]!)] });
    }
  }
  return new Map(
    [...airports].map(([origin, hours]) => [
      origin,
      sum(
        [...hours.values()].map((hour) => ({
          flights: hour.delays.length,
          delaySum: sumOf(hour.delays),
          worst: hour,
        })),
      ),
    ]),
  );
}

function sum(parts: readonly Airport[]): Airport {
  const worse = (a: Airport, b: Airport): Airport => {
    const difference = sumOf(a.worst.delays) - sumOf(b.worst.delays);
    return difference > 0 || (difference === 0 && a.worst.startMs <= b.worst.startMs) ? a : b;
  };
  return {
    flights: parts.reduce((flights, part) => flights + part.flights, 0),
    delaySum: parts.reduce((delay, part) => delay + part.delaySum, 0),
    worst: parts.reduce(worse).worst,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((all, n) => all + n, 0);
}

/** The line of the table without its quantiles: name, flights, mean delay; the worst hour, its flights, their mean. */
function cells(name: string, { flights, delaySum, worst }: Airport): string[] {
  const hour = new Date(worst.startMs).toISOString().slice(0, 16).replace('T', ' ');
  const { length } = worst.delays;
  const mean = (delaySum / flights).toFixed(1);
  return [
    name,
    String(flights),
    mean,
    hour,
    String(length),
    (sumOf(worst.delays) / length).toFixed(0),
  ];
}

/** Quantiles are within 1 % of the value of their rank, then rounded. */
function expectQuantiles(shown: readonly string[], { worst: { delays } }: Airport): void {
  const ranked = delays.toSorted((a, b) => a - b);
  for (const [i, q] of [0.5, 0.99].entries()) {
    const exact = ranked[Math.floor(q * (ranked.length - 1))]!;
    expect(Math.abs(Number(shown[i]) - exact)).toBeLessThanOrEqual(0.51 + Math.abs(exact) / 100);
  }
}

test('airport-delays gives what plain loops over its 3,000,000 flights give, on two worker threads', async () => {
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
  const [head, ...lines] = err.trimEnd().split('\n');
  expect(head).toBe(
    'airport      flights      mean         worst hour  flights     mean      p50      p99',
  );
  const rows = lines.map((text) => {
    // Columns of fixed width: neighbours may come near to touching.
    const [name, ...numbers] = /^(.{10})(.{10})(.{10})(.{19})(.{9})(.{9})(.{9})(.{9})$/
      .exec(text)!
      .slice(1);
    return [name!.trim(), ...numbers.map((cell) => cell.replaceAll(/,| min/g, '').trim())];
  });
  const expectRow = (row: readonly string[], name: string, airport: Airport): void => {
    expect(row.slice(0, 6)).toEqual(cells(name, airport));
    expectQuantiles(row.slice(6), airport);
  };
  // Airports with as many flights may stand in any order, and one of them on either side of the cut.
  const [least] = ranked[199]!.slice(1) as [Airport];
  const sure = ranked.filter(([, airport]) => airport.flights > least.flights);
  const names = rows.slice(0, sure.length).map(([name]) => name!);
  expect(names.toSorted()).toEqual(sure.map(([name]) => name).toSorted());
  for (const row of rows.slice(0, 200)) expectRow(row, row[0]!, model.get(row[0]!)!);
  const flights = rows.slice(0, 200).map((row) => Number(row[1]));
  expect(flights).toEqual(flights.toSorted((a, b) => b - a));
  const shown = new Set(rows.slice(0, 200).map(([name]) => name));
  const others = ranked.filter(([name]) => !shown.has(name)).map(([, airport]) => airport);
  expect(rows).toHaveLength(202);
  expectRow(rows[200]!, `${others.length} others`, sum(others));
  expectRow(rows[201]!, `all ${ranked.length}`, sum(ranked.map(([, airport]) => airport)));

  const { state, workers, metrics } = JSON.parse(out) as RunDocument;
  expect(state).toBe('finished');
  expect(workers).toHaveLength(2);
  const windows = metrics.subtasks.filter(({ chainName }) => chainName.startsWith('per-hour'));
  expect(new Set(windows.map(({ worker }) => worker)).size).toBe(2);
  for (const { recordsIn } of windows) expect(recordsIn).toBeGreaterThan(100_000);
  expect(metrics.totals.sourceRows).toBe(3_000_000);
}, 150_000);
