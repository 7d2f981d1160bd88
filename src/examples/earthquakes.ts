/**
 * Earthquakes by day, as they became known: reports come hours or days after the earth shook, so some are late.
 *
 *     reports in the order they came -> windows of a day -> tally -> print
 *                                          late rows ----->
 *
 * A report is on time when its day's window has not fired yet, that is, as long as no report of `bound` past midnight came. It
 * is late but allowed for another `lateness`: the window fires again with the new count. After that it goes to a side
 * output. It shows event time against time of arrival, allowed lateness, late rows, a union, and a source around another.
 *
 *     npm run -s millrace -- run src/examples/earthquakes.ts
 *     npm run -s millrace -- run src/examples/earthquakes.ts --param bound=6h --param lateness=3d
 */

import { readFileSync } from 'node:fs';

import {
  boundedOutOfOrderness,
  count,
  endOfStreamTrigger,
  f64,
  globalWindow,
  i32,
  job,
  max,
  outputTag,
  record,
  timestamp,
  tumbling,
} from 'millrace';
import type { ProcessWindowFunction, RowOf } from 'millrace';
import { fromCollection } from 'millrace/connectors';
import type { Source } from 'millrace/connectors';

const Quake = record('Quake', { time: timestamp, magnitude: f64 });

/** What is known of a day: a firing of its window, or one report that came too late for it. */
const DayReport = record('DayReport', {
  day: timestamp,
  counted: i32,
  tooLate: i32,
  strongest: f64,
});
type DayReport = RowOf<typeof DayReport>;

/** The parts of the file (GeoJSON of the USGS) that are read; times are milliseconds since the epoch. */
interface Catalog {
  readonly features: readonly {
    readonly properties: { readonly time: number; readonly updated: number; readonly mag: number };
  }[];
}

const DAY_MS = 86_400_000;

export default job('earthquakes', { parallelism: 1 }, (env) => {
  // Text such as '6h', or milliseconds.
  const { bound = '1h', lateness = '1d' } = env.parameters as Readonly<Record<string, string>>;
  const late = outputTag('late', Quake);
  const daily = env
    .fromSource(
      oneByOne(fromCollection(reports(), Quake)),
      boundedOutOfOrderness((quake) => quake.time, bound),
    )
    .windowAll(tumbling('1d'))
    .allowedLateness(lateness)
    .sideOutputLateData(late)
    .aggregate({ quakes: count(), strongest: max('magnitude') });
  const firings = daily.map(
    ({ windowStart, quakes, strongest }) => ({
      day: windowStart,
      counted: quakes,
      tooLate: 0,
      strongest,
    }),
    DayReport,
  );
  const lateReports = daily.getSideOutput(late).map(
    ({ time, magnitude }) => ({
      day: time - (time % DAY_MS),
      counted: 0,
      tooLate: 1,
      strongest: magnitude,
    }),
    DayReport,
  );
  firings
    .union(lateReports)
    .windowAll(globalWindow())
    .trigger(endOfStreamTrigger())
    .process(table)
    .name('tally')
    .print();
});

/** The reports in the order in which they reached the catalogue. */
function reports(): RowOf<typeof Quake>[] {
  const file = new URL('../data/earthquakes.json', import.meta.resolve('vega-datasets'));
  const catalog = JSON.parse(readFileSync(file, 'utf8')) as Catalog;
  return catalog.features
    .map(({ properties }) => properties)
    .toSorted((a, b) => a.updated - b.updated)
    .map(({ time, mag }) => ({ time, magnitude: mag }));
}

/**
 * The same source, a row at a time, as reports come in over the days. A watermark follows what is read in one go, so that no
 * row of a thousand that are read together would be late for the others.
 */
function oneByOne<T>(source: Source<T>): Source<T> {
  return {
    ...source,
    open: async (split, context, position) => {
      const reader = await source.open(split, context, position);
      return { poll: (output) => reader.poll(output, 1), position: () => reader.position() };
    },
  };
}

/** One line for each day, when all reports are in. */
const table: ProcessWindowFunction<DayReport, string> = {
  process(rows, _context, out) {
    const days = Map.groupBy(rows, ({ day }) => day);
    const sums = [0, 0, 0];
    out.collect(line('day', ['on time', 'allowed', 'too late', 'strongest']));
    for (const [day, of] of [...days].toSorted(([a], [b]) => a - b)) {
      // The first firing has all that came in time, each further one the reports that were allowed later.
      const counts = of.map(({ counted }) => counted).filter((counted) => counted > 0);
      const onTime = counts[0] ?? 0;
      const allowed = Math.max(onTime, ...counts) - onTime;
      const tooLate = of.reduce((sum, report) => sum + report.tooLate, 0);
      [onTime, allowed, tooLate].forEach((n, i) => (sums[i]! += n));
      const strongest = Math.max(...of.map((report) => report.strongest));
      const date = new Date(day).toISOString().slice(0, 10);
      out.collect(line(date, [onTime, allowed, tooLate, strongest.toFixed(1)]));
    }
    out.collect(line('all', sums));
  },
};

function line(name: string, cells: readonly (string | number)[]): string {
  return name.padEnd(12) + cells.map((cell) => String(cell).padStart(11)).join('');
}
