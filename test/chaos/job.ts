/**
 * The job that is killed: windows, timers and a join over two sources, into four file sinks of different kinds.
 *
 * Every result is that of a set of rows and no matter of order, so that what must be in the files is known beforehand (model.ts):
 * rows come at most `DISORDER_MS` out of order, and none is late.
 */

import {
  boundedOutOfOrderness,
  count,
  i64,
  job,
  mapState,
  record,
  sum,
  timestamp,
  tumbling,
} from 'millrace';
import type { JobEnvironment, ProcessFunction, RowOf, Stream } from 'millrace';
import { csv, generator, jsonLines } from 'millrace/connectors';

export const Event = record('Event', { n: i64, key: i64, time: timestamp });
export type Event = RowOf<typeof Event>;

export const KEYS = 23;
export const WINDOW_MS = 400;
export const TIMER_MS = 250;
export const JOIN_MS = 30;
export const DISORDER_MS = 50;
/** Rows of a split, so few that there are unread ones to deal out anew at all times. */
const SPLIT_ROWS = 128;

/** The row with this number; the two sources differ by `salt`. */
export function eventOf(n: number, salt: number): Event {
  return {
    n,
    key: (n * (7 + salt) + (n >> 5)) % KEYS,
    time: 1_000_000 + n - ((n * 7919 + salt) % DISORDER_MS),
  };
}

/** Parameters of the job. */
export interface ChaosParameters {
  readonly [name: string]: number | string;
  /** Folder that the four sinks write to. */
  readonly output: string;
  /** Rows of each source. */
  readonly rows: number;
  readonly rowsPerSecond: number;
}

function events(env: JobEnvironment, salt: number): Stream<Event> {
  const { rows, rowsPerSecond } = env.parameters as ChaosParameters;
  const source = generator({
    type: Event,
    count: rows,
    rowsPerSecond,
    splits: Math.ceil(rows / SPLIT_ROWS),
    row: (n, out) => Object.assign(out, eventOf(n, salt)),
  });
  const times = boundedOutOfOrderness((event: Event) => event.time, `${DISORDER_MS}ms`);
  return env.fromSource(source, times).uid(`events-${salt}`);
}

/** What one key gave by the end of a piece of time, by numbers of pieces. */
const sums = mapState<number, number>('sums');

const summing: ProcessFunction<Event, { key: number; end: number; sum: number }, number> = {
  states: [sums],
  processElement({ time, n }, context) {
    const end = (Math.floor(time / TIMER_MS) + 1) * TIMER_MS;
    const state = context.getMapState(sums);
    state.put(end, (state.get(end) ?? 0) + n);
    context.timerService().registerEventTimeTimer(end);
  },
  onTimer(end, context, out) {
    const state = context.getMapState(sums);
    out.collect({ key: context.key, end, sum: state.get(end)! });
    state.remove(end);
  },
};

export default job('chaos', { maxParallelism: 16 }, (env) => {
  const { output } = env.parameters as ChaosParameters;
  const left = events(env, 0);
  const right = events(env, 1);
  left
    .filter(({ n }) => n % 3 === 0)
    .map(({ n }) => ({ n }))
    .sinkTo(jsonLines(`${output}/rows.jsonl`, { rolling: { maxPartSize: 2048 } }))
    .uid('rows');
  left
    .keyBy('key')
    .window(tumbling(WINDOW_MS))
    .aggregate({ rows: count(), total: sum('n') })
    .uid('windows')
    .sinkTo(csv(`${output}/windows.csv`, { rolling: { onCheckpoint: true } }))
    .uid('windows-sink');
  right
    .keyBy('key')
    .process(summing)
    .uid('timers')
    .sinkTo(jsonLines(`${output}/timers.jsonl`))
    .uid('timers-sink');
  left
    .keyBy('key')
    .intervalJoin(right.keyBy('key'))
    .between(`-${JOIN_MS}ms`, `${JOIN_MS}ms`)
    .process((a, b) => ({ left: a.n, right: b.n }))
    .uid('join')
    .sinkTo(jsonLines(`${output}/joined.jsonl`, { rolling: { onCheckpoint: true } }))
    .uid('join-sink');
});
