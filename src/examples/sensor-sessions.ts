/**
 * Wet and dry spells of Seattle, 2012 to 2015: days in a row with rain, or without, as sessions.
 *
 *     csv -> map: wet or dry -> key by that -> sessions, gap of a day -> the longest five of each -> print
 *
 * Each day opens a window that ends a day later; windows that overlap or touch become one. So a spell goes on until a day
 * of its kind is missing. It shows session windows, declared aggregates over them, and a ranking that is a changelog: in
 * batch mode only its last state is printed.
 *
 *     npm run -s millrace -- run src/examples/sensor-sessions.ts
 *     npm run -s millrace -- run src/examples/sensor-sessions.ts --param rain=5 --param spells=3
 */

import {
  count,
  f64,
  job,
  max,
  monotonousTimestamps,
  record,
  session,
  sum,
  timestamp,
  utf8,
} from 'millrace';
import { csv } from 'millrace/connectors';

/** A day; the file has more columns. */
const Day = record('Day', { date: timestamp, precipitation: f64, temp_max: f64 });

const SpellDay = record('SpellDay', { spell: utf8, rain: f64, warmest: f64 });

const weather = new URL('../data/seattle-weather.csv', import.meta.resolve('vega-datasets'));

export default job('sensor-sessions', { parallelism: 1, executionMode: 'batch' }, (env) => {
  // A day is wet with more than so many millimetres.
  const rain = Number(env.parameters['rain'] ?? 0);
  const spells = Number(env.parameters['spells'] ?? 5);
  env
    .fromSource(
      csv(weather, Day),
      monotonousTimestamps((day) => day.date),
    )
    .map(
      (day) => ({
        spell: day.precipitation > rain ? 'wet' : 'dry',
        rain: day.precipitation,
        warmest: day.temp_max,
      }),
      SpellDay,
    )
    .keyBy('spell')
    .window(session('1d'))
    .aggregate({ days: count(), rain: sum('rain'), warmest: max('warmest') })
    .keyBy('spell')
    .topN(spells, { by: 'days', descending: true, withRank: true })
    .map(({ rank, spell, days, rain, warmest, windowStart }) => {
      const from = new Date(windowStart).toISOString().slice(0, 10);
      const most = `${rain.toFixed(1).padStart(6)} mm, up to ${warmest.toFixed(1).padStart(4)} °C`;
      return `${spell} ${rank}: ${String(days).padStart(3)} days from ${from}, ${most}`;
    })
    .print();
});
