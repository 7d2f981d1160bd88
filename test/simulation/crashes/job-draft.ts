/** Random graphs over bounded sources as plain data, so that they can be shrunk: what is drawn, and the job that it stands for. */

import {
  boundedOutOfOrderness,
  count,
  i32,
  i64,
  job,
  mapState,
  record,
  session,
  sliding,
  sum,
  timestamp,
  tumbling,
} from 'millrace';
import type {
  Job,
  JobEnvironment,
  KeyedStream,
  ProcessFunction,
  RecordType,
  Stream,
  WindowAssigner,
} from 'millrace';
import { generator } from 'millrace/connectors';
import { fileSink } from '../../../src/connectors/file-sink.ts';
import { rollingPolicy } from '../../../src/connectors/rolling.ts';
import type { SinkDisk } from '../../../src/connectors/sink-disk.ts';
import type { Draw } from '../draw.ts';

/** What flows; `time` counts at the source only, later rows have timestamps. */
export interface SimEvent {
  readonly key: number;
  readonly n: number;
  readonly time: number;
}
const SimEvent: RecordType<SimEvent> = record('SimEvent', { key: i32, n: i64, time: timestamp });

/** One operator; `from` and `other` are places in the list of all, before its own. */
export type Operator =
  | { readonly kind: 'source'; readonly rows: number; readonly splits: number }
  | { readonly kind: 'map' | 'filter'; readonly from: number }
  | { readonly kind: 'async'; readonly from: number; readonly ordered: boolean }
  | { readonly kind: 'union'; readonly from: number; readonly other: number }
  | {
      readonly kind: 'windows';
      readonly from: number;
      readonly size: number;
      readonly slide: number;
    }
  | { readonly kind: 'panes' | 'session' | 'timers'; readonly from: number; readonly size: number }
  | {
      readonly kind: 'join';
      readonly from: number;
      readonly other: number;
      readonly within: number;
    }
  | { readonly kind: 'sink'; readonly from: number; readonly rolling: Rolling };
export type Rolling = 'none' | 'checkpoint' | 'size';

/** Folder of the files that sinks write. */
export const OUTPUT = '/out';
/** Rows come at most so far out of order. */
export const DISORDER_MS = 9;
/** Time from one row of a source to the next. */
const STEP_MS = 3;
const KEYS = 4;
const MODULUS = 100_003;

/** Row `n` of the source at this place. */
export function eventOf(source: number, n: number): SimEvent {
  const salt = 5 * source + 3;
  return {
    key: (n * salt + (n >> 3)) % KEYS,
    n: n * 7 + source,
    time: 1000 + n * STEP_MS - ((n * 31 + salt) % (DISORDER_MS + 1)),
  };
}

/** What row-wise operators do. */
export const rowwise = {
  map: ({ key, n }: SimEvent): SimEvent => ({ key: (key * 3 + n) % KEYS, n: n + 1, time: 0 }),
  filter: ({ n }: SimEvent): boolean => n % 4 !== 0,
  async: ({ key, n }: SimEvent): SimEvent => ({ key, n: (n * 3) % MODULUS, time: 0 }),
  joined: (a: SimEvent, b: SimEvent): SimEvent => ({
    key: a.key,
    n: (a.n * 7 + b.n) % MODULUS,
    time: 0,
  }),
  /** Of a group of rows, by their number and sum. */
  folded: (key: number, rows: number, total: number): SimEvent => ({
    key,
    n: (total * 31 + rows) % MODULUS,
    time: 0,
  }),
} as const;

/** The line that a sink writes. */
export function lineOf({ key, n }: SimEvent): string {
  return `${key} ${n}`;
}

/** Draws sources, operators behind them, and a sink behind each that nobody reads. */
export function drawOperators(draw: Draw): Operator[] {
  const all: Operator[] = [];
  const sources = draw.of(1, 1, 2);
  for (let i = 0; i < sources; i++) {
    all.push({ kind: 'source', rows: draw.int(40, 140), splits: draw.int(1, 8) });
  }
  const count = draw.int(1, 4);
  /** Joins multiply rows: behind one there is no other. */
  const wide = new Set<number>();
  for (let i = 0; i < count; i++) {
    const from = draw.int(0, all.length - 1);
    const other = draw.int(0, all.length - 1);
    const size = draw.int(5, 60);
    const isWide = wide.has(from) || wide.has(other);
    const kind = draw.of(
      'map',
      'filter',
      'async',
      'union',
      'windows',
      'windows',
      'panes',
      'session',
      'timers',
      'timers',
      'join',
    );
    if (kind === 'map' || kind === 'filter') all.push({ kind, from });
    else if (kind === 'async') all.push({ kind, from, ordered: draw.chance(50) });
    else if (kind === 'union') all.push({ kind, from, other });
    else if (kind === 'windows')
      all.push({ kind, from, size, slide: draw.of(size, draw.int(3, size)) });
    else if (kind !== 'join') all.push({ kind, from, size });
    else if (isWide) all.push({ kind: 'map', from });
    else all.push({ kind, from, other, within: draw.int(0, 12) });
    const last = all.at(-1)!;
    if (last.kind === 'join' || (isWide && last.kind !== 'windows')) wide.add(all.length - 1);
  }
  const read = new Set(all.flatMap((one) => inputsOf(one)));
  for (let i = 0, end = all.length; i < end; i++) {
    if (read.has(i) && !draw.chance(15)) continue;
    all.push({
      kind: 'sink',
      from: i,
      rolling: draw.of('none', 'checkpoint', 'checkpoint', 'size'),
    });
  }
  return all;
}

/** Places that an operator reads from. */
export function inputsOf(operator: Operator): number[] {
  if (operator.kind === 'source') return [];
  return 'other' in operator ? [operator.from, operator.other] : [operator.from];
}

/** What user functions and sinks of a job reach besides their rows. */
export interface JobHooks {
  /** For every row that goes through user code; may throw. */
  onRow(): void;
  /** Settles some time later. */
  sleep(): Promise<void>;
  /** Disk of the thread that calls. */
  disk(): SinkDisk;
}

/** The job. */
export function jobOf(operators: readonly Operator[], hooks: JobHooks): Job {
  return job('crashing', { maxParallelism: 8 }, (env) => {
    const streams: Stream<SimEvent>[] = [];
    for (const [place, operator] of operators.entries()) {
      if (operator.kind === 'sink') {
        addSink(streams[operator.from]!, operator.rolling, place, hooks);
        streams.push(streams[operator.from]!);
      } else streams.push(streamOf(env, streams, operator, place, hooks));
    }
  });
}

function addSink(stream: Stream<SimEvent>, rolling: Rolling, place: number, hooks: JobHooks): void {
  const policy =
    rolling === 'none'
      ? undefined
      : rollingPolicy(
          'sim',
          rolling === 'checkpoint' ? { onCheckpoint: true } : { maxPartSize: 64 },
        );
  const sink = fileSink(
    {
      kind: 'sim',
      path: `${OUTPUT}/${nameOfSink(place)}.txt`,
      params: {},
      opColumn: undefined,
      rolling: policy,
      encoder: () => ({ head: '', encode: (row) => `${lineOf(row as SimEvent)}\n` }),
    },
    hooks.disk(),
  );
  stream.sinkTo(sink).uid(`sink-${place}`);
}

/** Start of the names of its files. */
export function nameOfSink(place: number): string {
  return `sink${place}`;
}

function streamOf(
  env: JobEnvironment,
  streams: readonly Stream<SimEvent>[],
  operator: Exclude<Operator, { readonly kind: 'sink' }>,
  place: number,
  hooks: JobHooks,
): Stream<SimEvent> {
  const uid = `${operator.kind}-${place}`;
  if (operator.kind === 'source') {
    const { rows, splits } = operator;
    const source = generator<SimEvent>({
      type: SimEvent,
      count: rows,
      splits,
      row: (n, out) => Object.assign(out, eventOf(place, n)),
    });
    const times = boundedOutOfOrderness((row: SimEvent) => row.time, `${DISORDER_MS}ms`);
    return env.fromSource(source, times).uid(uid);
  }
  const from = streams[operator.from]!;
  const byKey = (): KeyedStream<SimEvent, number> => from.keyBy('key');
  switch (operator.kind) {
    case 'map':
      return from
        .map((row) => {
          hooks.onRow();
          return rowwise.map(row);
        }, SimEvent)
        .uid(uid);
    case 'filter':
      return from
        .filter((row) => {
          hooks.onRow();
          return rowwise.filter(row);
        })
        .uid(uid);
    case 'async':
      return from
        .mapAsync(
          async ({ key, n, time }) => {
            const row = { key, n, time };
            await hooks.sleep();
            return rowwise.async(row);
          },
          { capacity: 4, ordered: operator.ordered },
          SimEvent,
        )
        .uid(uid);
    case 'union':
      return from.union(streams[operator.other]!);
    case 'windows':
    case 'session':
      return byKey()
        .window(assignerOf(operator))
        .aggregate({ rows: count(), total: sum('n') })
        .uid(uid)
        .map(
          ({ key, rows, total }) => rowwise.folded(Number(key), Number(rows), Number(total)),
          SimEvent,
        )
        .uid(`${uid}-rows`);
    case 'panes':
      return byKey()
        .window(tumbling(operator.size))
        .process(
          {
            process: (rows, { key }, out) => {
              let [n, total] = [0, 0];
              for (const row of rows) {
                hooks.onRow();
                n++;
                total += row.n;
              }
              out.collect(rowwise.folded(key, n, total));
            },
          },
          SimEvent,
        )
        .uid(uid);
    case 'timers':
      return byKey().process(timersOf(operator.size, hooks), SimEvent).uid(uid);
    case 'join': {
      const { other, within } = operator;
      return byKey()
        .intervalJoin(streams[other]!.keyBy('key'))
        .between(`-${within}ms`, `${within}ms`)
        .process((a, b) => {
          hooks.onRow();
          return rowwise.joined(a, b);
        }, SimEvent)
        .uid(uid);
    }
  }
}

const totals = mapState<number, readonly [rows: number, total: number]>('totals');

/** Rows of a key and a piece of time, given out by a timer at its last millisecond. */
function timersOf(size: number, hooks: JobHooks): ProcessFunction<SimEvent, SimEvent, number> {
  return {
    states: [totals],
    processElement({ n }, context) {
      hooks.onRow();
      const at = (Math.floor(context.timestamp! / size) + 1) * size - 1;
      const state = context.getMapState(totals);
      const [rows, total] = state.get(at) ?? [0, 0];
      state.put(at, [rows + 1, total + n]);
      context.timerService().registerEventTimeTimer(at);
    },
    onTimer(at, context, out) {
      const state = context.getMapState(totals);
      const [rows, total] = state.get(at)!;
      out.collect(rowwise.folded(context.key, rows, total));
      state.remove(at);
    },
  };
}

function assignerOf(
  operator: Extract<Operator, { readonly kind: 'windows' | 'session' | 'panes' | 'timers' }>,
): WindowAssigner {
  if (operator.kind !== 'windows') return session(operator.size);
  const { size, slide } = operator;
  return slide === size ? tumbling(size) : sliding(size, slide);
}
