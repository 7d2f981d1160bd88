/**
 * Delays of 3,000,000 flights per airport of departure.
 *
 *     parquet -> to one row per flight -> key by airport -> reduce -> print
 *
 * In batch mode `reduce` gives one row per airport, when the input has ended.
 */

import { f64, i32, job, record, timestamp, utf8 } from 'millrace';
import { parquet } from 'millrace/connectors';

const Flight = record('Flight', {
  date: timestamp,
  delay: i32,
  distance: i32,
  origin: utf8,
  destination: utf8,
});

const Airport = record('Airport', {
  origin: utf8,
  flights: i32,
  late: i32,
  delaySum: f64,
  worst: i32,
});

const flights = new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets'));

export default job('airport-delays', { executionMode: 'batch' }, (env) => {
  env
    .fromSource(parquet(flights, Flight))
    .map(
      (flight) => ({
        origin: flight.origin,
        flights: 1,
        late: flight.delay > 15 ? 1 : 0,
        delaySum: flight.delay,
        worst: flight.delay,
      }),
      Airport,
    )
    .keyBy('origin')
    .reduce((a, b) => ({
      origin: a.origin,
      flights: a.flights + b.flights,
      late: a.late + b.late,
      delaySum: a.delaySum + b.delaySum,
      worst: Math.max(a.worst, b.worst),
    }))
    .name('per-airport')
    .map((airport) => {
      const mean = (airport.delaySum / airport.flights).toFixed(1);
      const late = ((100 * airport.late) / airport.flights).toFixed(1);
      const flightCount = String(airport.flights).padStart(7);
      return `${airport.origin} ${flightCount} flights, mean delay ${mean.padStart(6)} min, ${late.padStart(5)} % late, worst ${airport.worst} min`;
    })
    .print();
});
