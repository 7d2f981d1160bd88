/** The small example jobs, run by the command, against plain loops over the same files. */

import { existsSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { COMMAND, millrace } from '../support/millrace-command.ts';
import { ROOT } from '../support/source-files.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const COUNTERS = '/proc/net/dev';

function dataset(name: string): string {
  const url = new URL(`../data/${name}`, import.meta.resolve('vega-datasets'));
  return readFileSync(fileURLToPath(url), 'utf8');
}

/** Lines that a run of an example printed. */
async function printed(name: string, ...argv: readonly string[]): Promise<string[]> {
  const { out, err } = await millrace('run', `src/examples/${name}.ts`, '--quiet', ...argv);
  expect(err).toBe('');
  return out.trimEnd().split('\n');
}

const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

describe.concurrent('upper-filter-concat', () => {
  test('prints the text as it grows, in order', async () => {
    expect(await printed('upper-filter-concat')).toEqual(['B', 'B-C', 'B-C-D', 'B-C-D-E']);
  });
});

describe.concurrent('earthquakes', () => {
  interface Day {
    readonly counts: [onTime: number, allowed: number, tooLate: number];
    strongest: number;
  }

  /** Judges each report by the reports before it. */
  function model(boundMs: number, latenessMs: number): string[][] {
    const { features } = JSON.parse(dataset('earthquakes.json')) as {
      features: { properties: { time: number; updated: number; mag: number } }[];
    };
    const reports = features.map((feature) => feature.properties);
    reports.sort((a, b) => a.updated - b.updated);
    const days = new Map<number, Day>();
    let watermark = -Infinity;
    for (const { time, mag } of reports) {
      const start = Math.floor(time / DAY_MS) * DAY_MS;
      const last = start + DAY_MS - 1;
      const day: Day = days.get(start) ?? { counts: [0, 0, 0], strongest: -Infinity };
      days.set(start, day);
      day.counts[last > watermark ? 0 : last + latenessMs > watermark ? 1 : 2]++;
      day.strongest = Math.max(day.strongest, mag);
      watermark = Math.max(watermark, time - boundMs - 1);
    }
    const sorted = [...days].toSorted(([a], [b]) => a - b);
    const all = sorted.reduce(
      (sums, [, { counts }]) => sums.map((n, i) => n + counts[i]!),
      [0, 0, 0],
    );
    return [
      ...sorted.map(([day, { counts, strongest }]) => [
        date(day),
        ...counts.map(String),
        strongest.toFixed(1),
      ]),
      ['all', ...all.map(String)],
    ];
  }

  test.each([
    ['as it is', [], HOUR_MS, DAY_MS],
    [
      'with bounds given',
      ['--param', 'bound=6h', '--param', 'lateness=3d'],
      6 * HOUR_MS,
      3 * DAY_MS,
    ],
    ['without lateness', ['--param', 'bound=0ms', '--param', 'lateness=0ms'], 0, 0],
  ])('are on time, allowed or too late as a plain loop says, %s', async (_, argv, bound, late) => {
    const [head, ...lines] = await printed('earthquakes', ...argv);
    expect(head!.split(/ {2,}/)).toEqual(['day', 'on time', 'allowed', 'too late', 'strongest']);
    expect(lines.map((line) => line.split(/ +/))).toEqual(model(bound, late));
  });
});

describe.concurrent('sensor-sessions', () => {
  /** Runs of wet and of dry days. */
  function model(wetAbove: number, shown: number): string[] {
    const days = dataset('seattle-weather.csv').trim().split('\n').slice(1);
    const spells: { kind: string; from: string; days: number; rain: number; warmest: number }[] =
      [];
    for (const day of days) {
      const [from = '', rain, warmest] = day.split(',');
      const kind = Number(rain) > wetAbove ? 'wet' : 'dry';
      let spell = spells.at(-1);
      if (spell?.kind !== kind) {
        spell = { kind, from, days: 0, rain: 0, warmest: -Infinity };
        spells.push(spell);
      }
      spell.days++;
      spell.rain += Number(rain);
      spell.warmest = Math.max(spell.warmest, Number(warmest));
    }
    return ['dry', 'wet'].flatMap((kind) =>
      spells
        .filter((spell) => spell.kind === kind)
        .toSorted((a, b) => b.days - a.days)
        .slice(0, shown)
        .map(({ from, days: n, rain, warmest }, i) => {
          const most = `${rain.toFixed(1)} mm, up to ${warmest.toFixed(1)} °C`;
          return `${kind} ${i + 1}: ${n} days from ${from}, ${most}`;
        }),
    );
  }

  test.each([
    ['as it is', [], 0, 5],
    ['with parameters', ['--param', 'rain=5', '--param', 'spells=3'], 5, 3],
  ])('are the longest runs of days of a kind, %s', async (_, argv, rain, spells) => {
    const lines = await printed('sensor-sessions', ...argv);
    expect(lines.map((line) => line.replaceAll(/ +/g, ' ')).toSorted()).toEqual(
      model(rain, spells).toSorted(),
    );
  });
});

describe.concurrent('stock-join', () => {
  function model(wanted: string): string[] {
    const quotes = new Map<string, number>();
    const lines: string[] = [];
    for (const row of dataset('stocks.csv').trim().split('\n').slice(1)) {
      const [symbol, day, price] = row.split(',');
      const at = new Date(`${day} UTC`);
      if (symbol !== wanted) continue;
      const month = at.getUTCMonth();
      const quarter = `${at.getUTCFullYear()}-${String(month - (month % 3) + 1).padStart(2, '0')}`;
      if (month % 3 === 0) quotes.set(quarter, Number(price));
      const quote = quotes.get(quarter);
      const line = `${at.toISOString().slice(0, 7)} ${Number(price).toFixed(2)}`;
      if (quote === undefined) lines.push(`${line} no quote yet`);
      else {
        const change = ((100 * (Number(price) - quote)) / quote).toFixed(1);
        lines.push(`${line} quote of ${quarter} ${quote.toFixed(2)} ${change} %`);
      }
    }
    return lines;
  }

  test.each([
    ['GOOG', 68],
    ['MSFT', 123],
  ])('joins each month of %s with the quote of its quarter', async (symbol, months) => {
    const lines = await printed('stock-join', '--param', `symbol=${symbol}`);
    expect(lines.map((line) => line.replaceAll(/ +/g, ' '))).toEqual(model(symbol));
    expect(lines).toHaveLength(months);
  });
});

describe('network-traffic', () => {
  /** Bytes that loopback received since the machine was started. */
  function received(): number {
    const line = /^ *lo: *(\d+)/m.exec(readFileSync(COUNTERS, 'utf8'));
    return Number(line?.[1]);
  }

  /** Sends bytes over loopback until it is told to stop; gives how many. */
  function talk(): { readonly sent: () => number; readonly stop: () => Promise<void> } {
    let sent = 0;
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    const client = once(server, 'listening').then(() =>
      connect((server.address() as AddressInfo).port, '127.0.0.1'),
    );
    const timer = setInterval(() => {
      void client.then((socket) => socket.write(Buffer.alloc(10_000)));
      sent += 10_000;
    }, 50);
    return {
      sent: () => sent,
      stop: async () => {
        clearInterval(timer);
        (await client).destroy();
        server.close();
      },
    };
  }

  const LINE = /^(\d\d:\d\d:\d\d) (\S+) +in +([\d.]+) kB\/s {3}out +([\d.]+) kB\/s$/;

  test('gives rates that add up to the bytes that went over loopback', async () => {
    const linux = existsSync(COUNTERS);
    const before = linux ? received() : 0;
    const traffic = talk();
    const lines = await printed('network-traffic', '--param', 'seconds=2');
    await traffic.stop();
    const rows = lines.map((line) => LINE.exec(line)!.slice(1));
    expect(rows.length).toBeGreaterThan(4);
    const loopback = rows.filter(([, name]) => name!.startsWith('lo'));
    const times = loopback.map(([time]) => time!);
    expect(new Set(times).size).toBe(times.length);
    // Every byte is in five windows, whose rates are of five seconds.
    const bytes = loopback.reduce((sum, [, , rate]) => sum + Number(rate), 0) * 1000;
    expect(bytes).toBeGreaterThan(0);
    const rounding = loopback.length * 50;
    if (linux) expect(bytes).toBeLessThanOrEqual(received() - before + rounding);
  });

  test('ends by SIGINT: what was read is printed, and the job finishes', async () => {
    const traffic = talk();
    const argv = [COMMAND, 'run', 'src/examples/network-traffic.ts'];
    const child = spawn(process.execPath, argv, {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    });
    let out = '';
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (out === '') child.kill('SIGINT');
      out += text;
    });
    const [code] = (await once(child, 'close')) as [number];
    await traffic.stop();
    expect(code).toBe(130);
    expect(err).toMatch(/^network-traffic stopped in /m);
    const lines = out.trimEnd().split('\n');
    // The window that had fired, and those that were open.
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line).toMatch(LINE);
  });
});
