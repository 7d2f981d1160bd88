/**
 * Delays of 3,000,000 flights by airport of departure, the busiest airports first.
 *
 *     parquet -> map: a row per flight -> key by airport -> reduce: a row per airport -> ranking -> print
 *
 * It shows record types, a keyed fold in batch mode (one result per airport, when the input has ended), an operator of one's
 * own that emits at the end, and a parameter. How many threads it uses is said in millrace.yaml.
 *
 *     npm start
 *     npm start -- --param airports=20 --set pool.threads=1
 */

import { f64, i32, job, keepRow, record, timestamp, utf8 } from 'millrace';
import type { ProcessFunction, RowCollector, RowOf } from 'millrace';
import { parquet } from 'millrace/connectors';

const Flight = record('Flight', {
  date: timestamp,
  delay: i32, // minutes, of the departure; negative when early
  distance: i32,
  origin: utf8,
  destination: utf8,
});

const Airport = record('Airport', {
  origin: utf8,
  flights: i32,
  late: i32, // by more than 15 minutes
  delaySum: f64,
  worst: i32,
});
type Airport = RowOf<typeof Airport>;

const flights = new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets'));

export default job('airport-delays', { executionMode: 'batch' }, (env) => {
  // All of them, unless a parameter says how many.
  const airports = Number(env.parameters['airports'] ?? Infinity);
  env
    .fromSource(parquet(flights, Flight))
    .map(
      ({ origin, delay }) => ({
        origin,
        flights: 1,
        late: delay > 15 ? 1 : 0,
        delaySum: delay,
        worst: delay,
      }),
      Airport,
    )
    .keyBy('origin')
    .reduce(together)
    .name('per-airport')
    // A ranking needs all airports in one place: one subtask, and one that prints.
    .process(() => new Ranking(airports))
    .name('ranking')
    .setParallelism(1)
    .print()
    .setParallelism(1);
});

/** Two rows of the same airport as one. */
function together(a: Airport, b: Airport): Airport {
  return {
    origin: a.origin,
    flights: a.flights + b.flights,
    late: a.late + b.late,
    delaySum: a.delaySum + b.delaySum,
    worst: Math.max(a.worst, b.worst),
  };
}

/** Keeps the airports until the last one has come, then emits the lines of a table. */
class Ranking implements ProcessFunction<Airport, string> {
  readonly #shown: number;
  readonly #airports: Airport[] = [];

  constructor(shown: number) {
    this.#shown = shown;
  }

  processElement(airport: Airport): void {
    // What an operator is given is valid during the call only.
    this.#airports.push(keepRow(airport));
  }

  finish(out: RowCollector<string>): void {
    const ranked = this.#airports.toSorted((a, b) => b.flights - a.flights);
    const rest = ranked.slice(this.#shown);
    out.collect(columns('airport', 'flights', 'mean delay', '> 15 min', 'worst'));
    for (const airport of ranked.slice(0, this.#shown)) out.collect(line(airport.origin, airport));
    if (rest.length > 0) out.collect(line(`${rest.length} others`, rest.reduce(together)));
    if (ranked.length > 0) out.collect(line(`all ${ranked.length}`, ranked.reduce(together)));
  }
}

function line(name: string, { flights, late, delaySum, worst }: Airport): string {
  return columns(
    name,
    flights.toLocaleString('en'),
    `${(delaySum / flights).toFixed(1)} min`,
    `${((100 * late) / flights).toFixed(1)} %`,
    `${worst.toLocaleString('en')} min`,
  );
}

function columns(name: string, ...numbers: readonly string[]): string {
  return name.padEnd(10) + numbers.map((text) => text.padStart(12)).join('');
}
