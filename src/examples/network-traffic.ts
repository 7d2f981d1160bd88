/**
 * Bytes per second of each network interface of this machine, live: the last five seconds, anew every second.
 *
 *     counters of loopback, read twice a second ->  key by interface -> sliding windows -> print
 *     counters of all others -------------------->
 *
 * The counters are those of `/proc/net/dev` (Linux); where there is none, made-up ones stand in for the interfaces that the
 * machine has, and the source is called so. An interface without traffic gives no rows: on a quiet machine, load a page. A
 * source that gave none for two seconds is idle, so that a quiet loopback does not hold back the windows of the others. It
 * shows unbounded sources of one's own, sliding windows, idleness, a union, and a graceful stop.
 *
 *     npm run -s millrace -- run src/examples/network-traffic.ts
 *     npm run -s millrace -- run src/examples/network-traffic.ts --param seconds=5
 *
 * Ctrl-C ends the source; the windows that are still open fire, and the job finishes.
 */

import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { f64, job, monotonousTimestamps, record, sliding, sum, timestamp, utf8 } from 'millrace';
import type { RowOf } from 'millrace';
import { fromAsyncIterable } from 'millrace/connectors';

/** What an interface received and sent since it was last looked at. */
const Traffic = record('Traffic', { name: utf8, time: timestamp, received: f64, sent: f64 });
type Traffic = RowOf<typeof Traffic>;

/** Bytes since the machine was started, by interface. */
type Counters = ReadonlyMap<string, readonly [received: number, sent: number]>;

const COUNTERS = '/proc/net/dev';
const PERIOD_MS = 500;
const WINDOW_SECONDS = 5;

export default job('network-traffic', { parallelism: 1 }, (env) => {
  // For ever, unless a parameter says how long.
  const seconds = Number(env.parameters['seconds'] ?? Infinity);
  const counters = existsSync(COUNTERS) ? countersOfLinux : madeUpCounters;
  const times = monotonousTimestamps<Traffic>(({ time }) => time).withIdleness('2s');
  const [loopback, others] = [true, false].map((local) =>
    env
      .fromSource(
        fromAsyncIterable(() => traffic(counters, local, seconds), Traffic),
        times,
      )
      .name(counters === madeUpCounters ? 'made-up' : local ? 'loopback' : 'others'),
  );
  loopback!
    .union(others!)
    .keyBy('name')
    .window(sliding(`${WINDOW_SECONDS}s`, '1s'))
    .aggregate({ received: sum('received'), sent: sum('sent') })
    .map(({ name, windowEnd, received, sent }) => {
      const time = new Date(windowEnd).toISOString().slice(11, 19);
      return `${time} ${name.padEnd(8)} in ${rate(received)}   out ${rate(sent)}`;
    })
    .print();
});

/** A row for each interface, of the loopback ones or the others, whose counters moved, twice a second. */
async function* traffic(
  counters: () => Counters,
  local: boolean,
  seconds: number,
): AsyncGenerator<Traffic> {
  const endMs = Date.now() + seconds * 1000;
  let before = counters();
  while (Date.now() < endMs) {
    await sleep(PERIOD_MS);
    const time = Date.now();
    const now = counters();
    for (const [name, [received, sent]] of now) {
      if (name.startsWith('lo') !== local) continue;
      const [receivedBefore, sentBefore] = before.get(name) ?? [received, sent];
      if (received === receivedBefore && sent === sentBefore) continue;
      yield { name, time, received: received - receivedBefore, sent: sent - sentBefore };
    }
    before = now;
  }
}

/** Lines such as `  eth0: 6386 58 0 0 0 0 0 0 6386 …`: bytes received are the first number, bytes sent the ninth. */
function countersOfLinux(): Counters {
  const lines = readFileSync(COUNTERS, 'utf8').split('\n').slice(2);
  return new Map(
    lines.flatMap((line) => {
      const [, name, numbers] = /^\s*(\S+):\s*(.*)$/.exec(line) ?? [];
      if (name === undefined || numbers === undefined) return [];
      const values = numbers.split(/\s+/).map(Number);
      return [[name, [values[0] ?? 0, values[8] ?? 0]] as const];
    }),
  );
}

/** A megabyte a second in and a tenth of that out, for each interface. */
function madeUpCounters(): Counters {
  const ms = Math.round(performance.now());
  return new Map(Object.keys(networkInterfaces()).map((name) => [name, [1000 * ms, 100 * ms]]));
}

function rate(bytes: number): string {
  return `${(bytes / WINDOW_SECONDS / 1000).toFixed(1).padStart(9)} kB/s`;
}
