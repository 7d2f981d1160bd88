/** What is folded row by row, and functions with state and timers, against doing the same with plain lists. */

import {
  count,
  distinct,
  job,
  keepRow,
  listState,
  max,
  mean,
  min,
  sum,
  valueState,
} from 'millrace';
import type { KeyedStream, OperatorStream, ProcessFunction } from 'millrace';
import { testSink } from 'millrace/testing';
import type { TestRun } from 'millrace/testing';
import type { Draw } from '../draw.ts';
import { emittedText, sourceOf, textOf } from '../scenario.ts';
import type { Case, Model, Said, Scenario, SimRow } from '../scenario.ts';
import { keyed, tableOf } from './joins.ts';

type KeyForm = 'field' | 'function';
type Rolling = 'reduce' | 'sum' | 'min' | 'max' | 'minBy' | 'maxBy';

/** Rows in the order in which they were said. */
class RowsModel implements Model {
  readonly rows: Said[] = [];
  readonly #results: (rows: readonly Said[]) => Record<string, string[]>;

  constructor(results: (rows: readonly Said[]) => Record<string, string[]>) {
    this.#results = results;
  }

  touchy(): boolean {
    return false;
  }

  row(said: Said): void {
    this.rows.push(said);
  }

  watermark(): void {}

  clock(): void {}

  results(): Record<string, string[]> {
    return this.#results(this.rows);
  }
}

function byKey<T>(rows: readonly T[], key: (row: T) => number): T[][] {
  return [...Map.groupBy(rows, key).values()];
}

function rolled(kind: Rolling, rows: readonly SimRow[]): SimRow {
  const [first] = rows;
  const values = rows.map(({ n }) => n);
  switch (kind) {
    case 'sum':
      return { ...first!, n: values.reduce((a, b) => a + b) };
    case 'reduce':
      return { ...rows.at(-1)!, n: values.reduce((a, b) => a + b) };
    case 'min':
      return { ...first!, n: Math.min(...values) };
    case 'max':
      return { ...first!, n: Math.max(...values) };
    case 'minBy':
      return rows.find(({ n }) => n === Math.min(...values))!;
    case 'maxBy':
      return rows.find(({ n }) => n === Math.max(...values))!;
  }
}

function rollingStream(stream: KeyedStream<SimRow, number>, kind: Rolling): OperatorStream<SimRow> {
  if (kind === 'reduce') return stream.reduce((a, b) => ({ ...keepRow(b), n: a.n + b.n }));
  return stream[kind]('n');
}

/** What each key's results are, in their order. */
const sequences = (rows: readonly SimRow[]): string[] =>
  byKey(rows, ({ key }) => key).map((list) => list.map(textOf).join(' '));

export const rolling: Scenario = {
  name: 'rolling',
  draw(draw: Draw): Case {
    const kind = draw.of<Rolling>('reduce', 'sum', 'min', 'max', 'minBy', 'maxBy');
    const key = draw.of<KeyForm>('field', 'function');
    const [typed, lanes] = [draw.chance(75), draw.int(1, 3)];
    const batch = draw.chance(20);
    return {
      title: `${kind} by ${key}${typed ? '' : ' untyped'}${batch ? ' in batch mode' : ''}`,
      job: job('rolling', (env) => {
        const rows = keyed(sourceOf(env, 0, { lanes, typed }), key);
        rollingStream(rows, kind).sinkTo(testSink('out'));
      }),
      sides: 1,
      lanes: [lanes, 0],
      routing: 'key',
      pour: true,
      ...(batch ? { batch: true } : {}),
      model: () =>
        new RowsModel((said) => {
          const all = said.map(({ row }) => row);
          const results = byKey(all, (row) => row.key).map((list) => {
            const each = list.map((_, i) => rolled(kind, list.slice(0, i + 1)));
            return (batch ? each.slice(-1) : each).map(textOf).join(' ');
          });
          return { out: results };
        }),
      read: (run) => ({ out: sequences(run.output<SimRow>('out').rows) }),
    };
  },
};

const AGGREGATES = {
  rows: count(),
  total: sum('n'),
  least: min('n'),
  most: max('gap'),
  kinds: distinct('n'),
  middle: mean('gap'),
} as const;

function aggregated(rows: readonly SimRow[]): unknown {
  const [n, gaps] = [rows.map((row) => row.n), rows.map(({ gap }) => gap)];
  const total = (values: readonly number[]): number => values.reduce((a, b) => a + b);
  return {
    key: rows[0]!.key,
    rows: rows.length,
    total: total(n),
    least: Math.min(...n),
    most: Math.max(...gaps),
    kinds: new Set(n).size,
    middle: total(gaps) / rows.length,
  };
}

/** Of rows with one such number only the last counts, where the stream before is made one of changes. */
const partOf = ({ key, gap }: SimRow): number => 100 * key + gap;

/** Streams that describe a table: its rows in the end. */
function tableCase(
  draw: Draw,
  what: string,
  changes: boolean,
  make: (stream: KeyedStream<SimRow, number>) => OperatorStream<unknown>,
  expected: (rows: readonly Said[]) => readonly unknown[],
): Case {
  const key = draw.of<KeyForm>('field', 'function');
  const [typed, lanes] = [draw.chance(75), draw.int(1, 3)];
  return {
    title: `${what} by ${key}${typed ? '' : ' untyped'}${changes ? ' of changes' : ''}`,
    job: job('table', (env) => {
      const rows = sourceOf(env, 0, { lanes, typed });
      const before = changes ? rows.keyBy(partOf).deduplicate({ keep: 'last' }) : rows;
      make(keyed(before, key)).sinkTo(testSink('out'));
    }),
    sides: 1,
    lanes: [lanes, 0],
    routing: 'key',
    pour: true,
    model: () =>
      new RowsModel((said) => {
        const parts = byKey(said, ({ row }) => partOf(row));
        const rows = changes ? parts.map((list) => list.at(-1)!) : said;
        return {
          table: byKey(rows, ({ row }) => row.key)
            .flatMap((group) => expected(group))
            .map(textOf),
          missing: [],
        };
      }),
    read: (run) => tableOf(run, 'out'),
  };
}

export const continuousAggregate: Scenario = {
  name: 'aggregate',
  draw(draw: Draw): Case {
    const changes = draw.chance(60);
    const miniBatch = draw.chance(40) ? { keys: draw.int(1, 3) } : false;
    return tableCase(
      draw,
      `aggregate${miniBatch === false ? '' : ' in mini-batches'}`,
      changes,
      (stream) => stream.aggregate(AGGREGATES, { miniBatch }),
      (group) => [aggregated(group.map(({ row }) => row))],
    );
  },
};

const byNumber = (a: SimRow, b: SimRow): number => a.n - b.n || a.id - b.id;

export const topN: Scenario = {
  name: 'top-n',
  draw(draw: Draw): Case {
    const changes = draw.chance(50);
    const [n, descending, withRank] = [draw.int(1, 4), draw.chance(50), draw.chance(50)];
    return tableCase(
      draw,
      `top ${n}${descending ? ' descending' : ''}${withRank ? ' with rank' : ''}`,
      changes,
      // Changes of different rows come in any order, so that none may be equal.
      (stream) => stream.topN(n, { by: changes ? byNumber : 'n', descending, withRank }),
      (group) =>
        group
          .map(({ row }) => row)
          .toSorted((a, b) => {
            const order = changes ? byNumber(a, b) : a.n - b.n;
            return descending ? -order : order;
          })
          .slice(0, n)
          .map((row, i) => (withRank ? { ...row, rank: i + 1 } : row)),
    );
  },
};

export const deduplicate: Scenario = {
  name: 'deduplicate',
  draw(draw: Draw): Case {
    const keep = draw.of('first' as const, 'last' as const);
    const by = draw.of('event' as const, 'processing' as const);
    return tableCase(
      draw,
      `keep the ${keep} by ${by} time`,
      false,
      (stream) => stream.deduplicate({ keep, by }),
      (group) => {
        if (by === 'processing') return [group.at(keep === 'first' ? 0 : -1)!.row];
        const times = group.map(({ time }) => time);
        const best = keep === 'first' ? Math.min(...times) : Math.max(...times);
        const rows = group.filter(({ time }) => time === best);
        return [rows.at(keep === 'first' ? 0 : -1)!.row];
      },
    );
  },
};

const total = valueState<number>('total', { initial: 0 });
const ids = listState<number>('ids');

/** Each row sets a timer; some take one back, some come for the past, and timers may set others. */
const watcher: ProcessFunction<SimRow, unknown, number> = {
  states: [total, ids],
  processElement(row, context, out) {
    const sumOf = context.getState(total);
    sumOf.update((sumOf.value() ?? 0) + row.n);
    context.getListState(ids).add(row.id);
    const timers = context.timerService();
    const at = context.timestamp!;
    if (row.n % 4 === 0) timers.deleteEventTimeTimer(at + row.gap - 2);
    else timers.registerEventTimeTimer(at + row.gap - 4);
    if (row.n % 3 === 0)
      timers.registerProcessingTimeTimer(timers.currentProcessingTime() + row.gap);
    out.collect({ key: context.key, total: sumOf.value() });
  },
  onTimer(time, context, out) {
    const list = context.getListState(ids);
    const { timeDomain: domain, key } = context;
    out.collect({
      key,
      time,
      domain,
      total: context.getState(total).value(),
      ids: [...list.get()],
    });
    if (time % 3 === 0) list.clear();
    if (time % 5 === 0) context.getState(total).clear();
    if (domain === 'event' && time % 2 === 1) {
      context.timerService().registerEventTimeTimer(time + 3);
    }
  },
};

interface KeyModel {
  total: number | undefined;
  ids: number[];
  readonly event: Set<number>;
  readonly processing: Set<number>;
}

class WatcherModel implements Model {
  readonly #keys: Map<number, KeyModel> = new Map();
  readonly #out: Map<number, string[]> = new Map();
  #nowMs = 0;

  touchy(): boolean {
    return false;
  }

  row({ row, time }: Said): void {
    const { key, n, gap, id } = row;
    const state = this.#keys.get(key) ?? {
      total: 0,
      ids: [],
      event: new Set(),
      processing: new Set(),
    };
    this.#keys.set(key, state);
    state.total = (state.total ?? 0) + n;
    state.ids.push(id);
    if (n % 4 === 0) state.event.delete(time + gap - 2);
    else state.event.add(time + gap - 4);
    if (n % 3 === 0) state.processing.add(this.#nowMs + gap);
    this.#emit(key, { key, total: state.total }, time);
  }

  watermark(watermark: number): void {
    this.#fire('event', watermark);
  }

  clock(nowMs: number): void {
    this.#fire('processing', nowMs);
    this.#nowMs = nowMs;
  }

  /** Timers that were set for the past wait for the next watermark, which this is. */
  restored(watermark: number): void {
    this.#fire('event', watermark);
  }

  #fire(domain: 'event' | 'processing', until: number): void {
    for (const [key, state] of this.#keys) {
      const timers = state[domain];
      for (;;) {
        const time = Math.min(...timers);
        if (time > until) break;
        timers.delete(time);
        const { total: sumOf = 0, ids: list } = state;
        // What the clock causes has no time of its own.
        const timestamp = domain === 'event' ? time : undefined;
        this.#emit(key, { key, time, domain, total: sumOf, ids: list }, timestamp);
        if (time % 3 === 0) state.ids = [];
        if (time % 5 === 0) state.total = undefined;
        if (domain === 'event' && time % 2 === 1) timers.add(time + 3);
      }
    }
  }

  #emit(key: number, row: unknown, time: number | undefined): void {
    const list = this.#out.get(key) ?? [];
    list.push(emittedText(row, time));
    this.#out.set(key, list);
  }

  results(): Record<string, string[]> {
    return { out: [...this.#out.values()].map((list) => list.join('\n')) };
  }
}

/** By key, in order. */
function keySequences(run: TestRun, output: string): string[] {
  const { emitted } = run.output<{ readonly key: number }>(output);
  return byKey(emitted, ({ row }) => row.key).map((list) =>
    list.map(({ row, timestamp }) => emittedText(row, timestamp)).join('\n'),
  );
}

export const process: Scenario = {
  name: 'process',
  draw(draw: Draw): Case {
    const key = draw.of<KeyForm>('field', 'function');
    const [typed, lanes] = [draw.chance(75), draw.int(1, 3)];
    return {
      title: `state and timers by ${key}${typed ? '' : ' untyped'}`,
      job: job('process', (env) => {
        const rows = keyed(sourceOf(env, 0, { lanes, typed }), key);
        rows.process(watcher).sinkTo(testSink('out'));
      }),
      sides: 1,
      lanes: [lanes, 0],
      routing: 'key',
      pour: false,
      clock: draw.chance(50),
      model: () => new WatcherModel(),
      read: (run) => ({ out: keySequences(run, 'out') }),
    };
  },
};
