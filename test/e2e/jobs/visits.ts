/** A job in several versions, with one of each kind of state: what its savepoints hold is known. */

import {
  bool,
  boundedOutOfOrderness,
  count,
  deprecated,
  f64,
  i32,
  i64,
  job,
  listState,
  mapState,
  nullable,
  record,
  sum,
  timestamp,
  tumbling,
  utf8,
  valueState,
} from 'millrace';
import { collect, discard, generator } from 'millrace/connectors';

interface Visit {
  user: string;
  page: number;
  time: number;
}
const Visit = record('Visit', { user: utf8, page: i32, time: timestamp });

/** The state's type, as releases of the job have it. */
const TOTALS = {
  first: record('Total', { visits: i64, spent: f64 }),
  appended: record('Total', { visits: i64, spent: f64, vip: nullable(bool) }),
  deprecated: record('Total', { visits: i64, spent: deprecated(f64) }),
  changed: record('Total', { visits: utf8, spent: f64 }),
  moved: record('Total', { spent: f64, visits: i64 }),
} as const;

const USERS = 10;

export default job('visits', { parallelism: 2, maxParallelism: 16 }, (env) => {
  const { release = 'first', uid = 'totals', rate = 20_000, endless = true } = env.parameters;
  const type = TOTALS[release as keyof typeof TOTALS];
  const total = valueState('total', { type: type as typeof TOTALS.appended });
  const pages = mapState<number, number>('pages');
  const notes = listState<string>('notes');
  const visits = env
    .fromSource(
      generator<Visit>({
        type: Visit,
        count: endless === true ? 1e9 : 100,
        rowsPerSecond: Number(rate),
        row: (i, out) => {
          out.user = `user ${i % USERS}`;
          out.page = i % 3;
          out.time = i;
          return out;
        },
      }),
      boundedOutOfOrderness((visit: Visit) => visit.time, '1s'),
    )
    .uid('visits');
  visits
    .keyBy('user')
    .process<{ user: string; visits: number; total: string }>({
      states: [total, pages, notes],
      onTimer(time, context) {
        context.getListState(notes).add(`end at ${time}`);
      },
      processElement({ page, user, time }, context, out) {
        const held = context.getState(total);
        const before = held.value();
        const visited = Number(before?.visits ?? 0) + 1;
        held.update({ visits: visited, spent: (before?.spent ?? 0) + 0.5, vip: null });
        const byPage = context.getMapState(pages);
        byPage.put(page, (byPage.get(page) ?? 0) + 1);
        if (before === undefined) {
          context.getListState(notes).add(`first at ${time}`);
          context.timerService().registerEventTimeTimer(1e12);
        }
        if (endless !== true)
          out.collect({ user, visits: visited, total: JSON.stringify(held.value()) });
      },
    })
    .uid(typeof uid === 'string' ? uid : 'totals')
    .name('totals')
    .sinkTo(endless === true ? discard() : collect());
  visits
    .keyBy('page')
    .window(tumbling('1h'))
    .aggregate({ visits: count(), times: sum('page') })
    .uid('hours')
    .sinkTo(discard());
});
