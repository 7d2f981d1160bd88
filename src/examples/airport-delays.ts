/**
 * Delays of 3,000,000 flights: mean, median and 99th percentile by airport and hour, then each airport's worst hour, the
 * busiest airports first.
 *
 *     parquet -> key by airport -> windows of an hour -> key by airport -> all hours of an airport -> ranking -> print
 *
 * It shows record types, event time, windows with declared aggregates, a window that ends with the input, an operator of
 * one's own that emits at the end, and a parameter. How many threads it uses is said in millrace.yaml.
 *
 *     npm start
 *     npm start -- --param airports=20 --set pool.threads=1
 */

import {
  count,
  endOfStreamTrigger,
  f64,
  globalWindow,
  i32,
  job,
  keepRow,
  mean,
  monotonousTimestamps,
  quantiles,
  record,
  timestamp,
  tumbling,
  utf8,
} from 'millrace';
import type { ProcessFunction, RowCollector, RowOf } from 'millrace';
import { parquet } from 'millrace/connectors';

const Flight = record('Flight', {
  date: timestamp,
  delay: i32, // minutes, of the departure; negative when early
  distance: i32,
  origin: utf8,
  destination: utf8,
});

/** An airport over some hours, and the hour that cost its passengers most: the largest sum of delays. */
const Airport = record('Airport', {
  origin: utf8,
  flights: i32,
  delaySum: f64, // minutes
  worstSum: f64,
  worstHour: timestamp,
  worstFlights: i32,
  median: f64, // of the worst hour
  p99: f64,
});
type Airport = RowOf<typeof Airport>;

const flights = new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets'));

export default job('airport-delays', (env) => {
  // All of them, unless a parameter says how many.
  const airports = Number(env.parameters['airports'] ?? Infinity);
  env
    // The file is sorted by date. Read by one subtask, no flight comes behind a later one, and an hour is over when the next
    // begins; two would read parts that lie weeks apart, and the windows between them would wait in state.
    .fromSource(
      parquet(flights, Flight),
      monotonousTimestamps((flight) => flight.date),
    )
    .setParallelism(1)
    .keyBy('origin')
    .window(tumbling('1h'))
    .aggregate({
      flights: count(),
      delay: mean('delay'),
      spread: quantiles('delay', [0.5, 0.99]),
    })
    .name('per-hour')
    .map(({ origin, windowStart, flights, delay, spread }) => {
      // Delays are whole minutes, so their sum is, too.
      const delaySum = Math.round(flights * delay);
      return {
        origin,
        flights,
        delaySum,
        worstSum: delaySum,
        worstHour: windowStart,
        worstFlights: flights,
        median: spread[0]!,
        p99: spread[1]!,
      };
    }, Airport)
    .keyBy('origin')
    .window(globalWindow())
    .trigger(endOfStreamTrigger())
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
  // Of equally bad hours the first, in whatever order they come.
  const aIsWorse = a.worstSum === b.worstSum ? a.worstHour <= b.worstHour : a.worstSum > b.worstSum;
  return {
    ...keepRow(aIsWorse ? a : b),
    flights: a.flights + b.flights,
    delaySum: a.delaySum + b.delaySum,
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
    out.collect(
      columns('airport', 'flights', 'mean', 'worst hour', 'flights', 'mean', 'p50', 'p99'),
    );
    for (const airport of ranked.slice(0, this.#shown)) out.collect(line(airport.origin, airport));
    if (rest.length > 0) out.collect(line(`${rest.length} others`, rest.reduce(together)));
    if (ranked.length > 0) out.collect(line(`all ${ranked.length}`, ranked.reduce(together)));
  }
}

function line(name: string, airport: Airport): string {
  const { flights, delaySum, worstHour, worstSum, worstFlights, median, p99 } = airport;
  return columns(
    name,
    flights.toLocaleString('en'),
    `${(delaySum / flights).toFixed(1)} min`,
    new Date(worstHour).toISOString().slice(0, 16).replace('T', ' '),
    String(worstFlights),
    `${(worstSum / worstFlights).toFixed(0)} min`,
    `${median.toFixed(0)} min`,
    `${p99.toFixed(0)} min`,
  );
}

function columns(name: string, ...cells: readonly string[]): string {
  const widths = [10, 10, 19, 9, 9, 9, 9];
  return name.padEnd(10) + cells.map((text, i) => text.padStart(widths[i]!)).join('');
}
