/** Windows of every kind, folded in every way, against lists of rows. */

import {
  countEvictor,
  countTrigger,
  continuousEventTimeTrigger,
  count,
  cumulative,
  globalWindow,
  job,
  keepRow,
  max,
  mean,
  min,
  purgingTrigger,
  session,
  sliding,
  sum,
  timeEvictor,
  tumbling,
} from 'millrace';
import type { KeyedStream, OperatorStream, Stream, WindowAssigner, WindowedStream } from 'millrace';
import { testSink } from 'millrace/testing';
import { modelWindows, modelWindowsOf } from '../../support/window-model.ts';
import type {
  ModelFiring,
  ModelResult,
  WindowEvent,
  WindowModel,
} from '../../support/window-model.ts';
import type { Draw } from '../draw.ts';
import { emittedText, emittedTexts, nameOf, SimRow, sourceOf } from '../scenario.ts';
import type { Case, Model, Said, Scenario } from '../scenario.ts';

type Fold = 'declared' | 'pre-aggregated' | 'field' | 'minBy' | 'reduce' | 'functions' | 'rows';
type KeyForm = 'field' | 'two fields' | 'function' | 'none';

/** What is drawn. */
interface Setting {
  readonly windows: WindowModel;
  readonly fold: Fold;
  readonly key: KeyForm;
  readonly typed: boolean;
  readonly lateSide: boolean;
  readonly lanes: number;
}

/** Assigners whose sizes are of the order of the disorder. */
export function drawAssigner(draw: Draw, time: 'event' | 'processing'): WindowAssigner {
  switch (draw.of('tumbling', 'sliding', 'cumulative', 'session', 'dynamic')) {
    case 'tumbling': {
      const size = draw.int(1, 20);
      return tumbling(size, { time, offset: offsetOf(draw, size) });
    }
    case 'sliding': {
      const slide = draw.int(1, 12);
      return sliding(draw.int(1, 24), slide, { time, offset: offsetOf(draw, slide) });
    }
    case 'cumulative': {
      const step = draw.int(1, 6);
      const size = step * draw.int(1, 4);
      return cumulative(size, step, { time, offset: offsetOf(draw, size) });
    }
    case 'session':
      return session(draw.int(1, 12), { time });
    case 'dynamic':
      return session((row: SimRow) => row.gap, { time });
  }
}

function offsetOf(draw: Draw, bound: number): string {
  return `${draw.int(1 - bound, bound - 1)}ms`;
}

function drawWindows(draw: Draw): WindowModel {
  if (draw.chance(15)) {
    // Global windows and count windows.
    const every = draw.int(1, 4);
    const purging = draw.chance(50);
    return {
      assigner: globalWindow(),
      trigger: draw.chance(70)
        ? { kind: 'count', count: every }
        : { kind: 'continuousEventTime', intervalMs: draw.int(1, 15) },
      purging,
      ...(purging || draw.chance(50)
        ? {}
        : { evictor: { kind: 'count', count: draw.int(1, 4), after: false } }),
    };
  }
  const time = draw.chance(80) ? 'event' : 'processing';
  const assigner = drawAssigner(draw, time);
  const trigger = draw.of('default', 'default', 'default', 'count', 'continuous');
  return {
    assigner,
    allowedLatenessMs: time === 'event' ? draw.of(0, 0, 1, 5, 20) : 0,
    purging: draw.chance(20),
    ...(trigger === 'count' ? { trigger: { kind: 'count', count: draw.int(1, 4) } } : {}),
    ...(trigger === 'continuous' && time === 'event'
      ? { trigger: { kind: 'continuousEventTime', intervalMs: draw.int(1, 15) } }
      : {}),
    ...(draw.chance(20)
      ? {
          evictor: draw.chance(50)
            ? { kind: 'count', count: draw.int(0, 3), after: draw.chance(50) }
            : { kind: 'time', keepMs: draw.int(1, 15), after: draw.chance(50) },
        }
      : {}),
  };
}

const DECLARED = {
  rows: count(),
  total: sum('n'),
  least: min('id'),
  most: max('gap', { where: (row: SimRow) => row.id % 2 === 1 }),
  middle: mean('gap'),
} as const;

const isPlain = ({ trigger, evictor, purging }: WindowModel): boolean =>
  trigger === undefined && evictor === undefined && purging !== true;

/** Windows of the fast path: declared aggregates, nothing else said. */
function drawFast(draw: Draw): WindowModel {
  const lateness = draw.of(0, 0, 1, 5, 20);
  return { assigner: drawAssigner(draw, 'event'), allowedLatenessMs: lateness };
}

function drawSetting(draw: Draw, fast: boolean): Setting {
  const windows = fast ? drawFast(draw) : drawWindows(draw);
  const fold = fast
    ? draw.of<Fold>('declared', 'pre-aggregated')
    : draw.of<Fold>('declared', 'field', 'minBy', 'reduce', 'functions', 'rows');
  return {
    windows,
    fold,
    key: draw.of<KeyForm>('field', 'field', 'two fields', 'function', 'none'),
    typed: fold === 'pre-aggregated' || draw.chance(75),
    // Rows are folded ahead only where late ones are dropped.
    lateSide: fold === 'pre-aggregated' ? draw.chance(10) : draw.chance(75),
    lanes: draw.int(1, 3),
  };
}

function windowed(
  stream: Stream<SimRow>,
  { windows, key }: Setting,
): WindowedStream<SimRow, unknown> {
  const { assigner } = windows;
  const by = (keyed: KeyedStream<SimRow, unknown>): WindowedStream<SimRow, unknown> =>
    keyed.window(assigner) as WindowedStream<SimRow, unknown>;
  switch (key) {
    case 'none':
      return stream.windowAll(assigner) as unknown as WindowedStream<SimRow, unknown>;
    case 'field':
      return by(stream.keyBy('key') as unknown as KeyedStream<SimRow, unknown>);
    case 'two fields':
      return by(stream.keyBy('name', 'key') as unknown as KeyedStream<SimRow, unknown>);
    case 'function':
      return by(stream.keyBy((row) => row.key) as unknown as KeyedStream<SimRow, unknown>);
  }
}

/** Calls in the order of the drawing; none where the default is meant. */
function configured(stream: Stream<SimRow>, setting: Setting): WindowedStream<SimRow, unknown> {
  const { windows, lateSide } = setting;
  const { trigger, evictor, purging, assigner, allowedLatenessMs = 0 } = windows;
  let result = windowed(stream, setting);
  const made =
    trigger?.kind === 'count'
      ? countTrigger(trigger.count)
      : trigger?.kind === 'continuousEventTime'
        ? continuousEventTimeTrigger(trigger.intervalMs)
        : undefined;
  if (made !== undefined) result = result.trigger(purging ? purgingTrigger(made) : made);
  if (evictor !== undefined) {
    const options = { after: evictor.after };
    result = result.evictor(
      evictor.kind === 'count'
        ? countEvictor(evictor.count, options)
        : timeEvictor(evictor.keepMs, options),
    );
  }
  if (isEvent(assigner)) {
    if (allowedLatenessMs > 0) result = result.allowedLateness(allowedLatenessMs);
    if (lateSide) result = result.sideOutputLateData('late');
  }
  return result;
}

function isEvent(assigner: WindowAssigner): boolean {
  return assigner.kind !== 'global' && assigner.time === 'event';
}

/** What comes out has the same shape for every fold: which window, and its answer. */
function results(windows: WindowedStream<SimRow, unknown>, fold: Fold): OperatorStream<unknown> {
  switch (fold) {
    case 'declared':
      return windows.aggregate(DECLARED, { preAggregate: 'off' });
    case 'pre-aggregated':
      return windows.aggregate(DECLARED, { preAggregate: 'on' });
    case 'field':
      return windows.sum('n');
    case 'minBy':
      return windows.minBy('id');
    case 'reduce':
      return windows.reduce((a, b) => ({ ...keepRow(a), n: a.n + b.n }), {
        process: ([folded], { window }, out) => out.collect({ ...window, total: folded!.n }),
      });
    case 'functions':
      return windows.aggregate(
        {
          create: (): { ids: number[] } => ({ ids: [] }),
          add: ({ ids }, row: SimRow) => ({ ids: [...ids, row.id] }),
          merge: (a, b) => ({ ids: [...a.ids, ...b.ids] }),
          result: ({ ids }) => ids.toSorted((a, b) => a - b),
        },
        { process: ([ids], { window }, out) => out.collect({ ...window, ids }) },
      );
    case 'rows':
      return windows.process({
        process: (rows, { window }, out) => {
          const ids = Array.from(rows, ({ id }) => id).toSorted((a, b) => a - b);
          out.collect({ ...window, ids });
        },
      });
  }
}

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The same for a list of rows; an evictor may have left none of them, of which a fold makes nothing. */
function answer(firing: ModelFiring<SimRow>, { fold, key }: Setting): object | undefined {
  const { rows, start, end } = firing;
  const window = { start, end };
  const empty = rows.length === 0;
  if (empty && fold !== 'functions' && fold !== 'rows') return undefined;
  const number = Number(firing.key);
  const ids = rows.map(({ id }) => id).toSorted((a, b) => a - b);
  const sumOf = total(rows.map(({ n }) => n));
  const [first] = rows;
  switch (fold) {
    case 'declared':
    case 'pre-aggregated': {
      const odd = rows.filter(({ id }) => id % 2 === 1).map(({ gap }) => gap);
      return {
        ...(key === 'none' ? {} : { key: number }),
        ...(key === 'two fields' ? { name: nameOf(number) } : {}),
        windowStart: start,
        windowEnd: end,
        rows: rows.length,
        total: sumOf,
        least: ids[0],
        most: odd.length === 0 ? null : Math.max(...odd),
        middle: total(rows.map(({ gap }) => gap)) / rows.length,
      };
    }
    case 'field':
      return key === 'none' ? { n: sumOf } : { key: first!.key, n: sumOf };
    case 'minBy':
      return rows.find(({ id }) => id === ids[0]);
    case 'reduce':
      return { ...window, total: sumOf };
    case 'functions':
    case 'rows':
      return { ...window, ids };
  }
}

/** Everything is kept, and looked at anew at the end. */
class WindowsModel implements Model {
  readonly #setting: Setting;
  readonly #events: WindowEvent<SimRow>[] = [];

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  touchy({ row, time }: Said, watermark: number): boolean {
    const { windows, key } = this.#setting;
    // Rows of several lanes that meet in windows whose order of rows is seen.
    if (key === 'none' && !isPlain(windows)) return true;
    const { assigner } = windows;
    if (!isEvent(assigner)) return false;
    const ranges = modelWindowsOf(assigner, time, row.gap || 1);
    const gap = assigner.kind === 'session' ? gapOf(assigner.gap, row) : 0;
    const ends = assigner.kind === 'session' ? [time + gap] : ranges.map(({ end }) => end);
    return (ends.length === 0 && time <= watermark) || ends.some((end) => end - 1 <= watermark);
  }

  row({ row, time }: Said): void {
    const key = this.#setting.key === 'none' ? 'all' : String(row.key);
    this.#events.push({ kind: 'row', key, timestamp: time, row });
  }

  watermark(watermark: number): void {
    this.#events.push({ kind: 'watermark', watermark });
  }

  clock(nowMs: number): void {
    this.#events.push({ kind: 'clock', nowMs });
  }

  /** What fired and what was late. */
  outcome(): ModelResult<SimRow> {
    const { windows } = this.#setting;
    // A trigger that purges says so only when it is named; the default one does not.
    const purging = windows.purging === true && windows.trigger !== undefined;
    return modelWindows({ ...windows, purging }, this.#events);
  }

  results(): Record<string, string[]> {
    const { firings, late } = this.outcome();
    const global = this.#setting.windows.assigner.kind === 'global';
    const out = firings.flatMap((firing) => {
      const value = answer(firing, this.#setting);
      if (value === undefined) return [];
      return [emittedText(global ? unbounded(value) : value, global ? undefined : firing.end - 1)];
    });
    const { lateSide, windows } = this.#setting;
    const lateRows = late.map((row) => emittedText(row, undefined));
    return { out, ...(lateSide && isEvent(windows.assigner) ? { late: lateRows } : {}) };
  }
}

/** The global window has no ends worth comparing. */
function unbounded(value: object): object {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([name]) => !['start', 'end', 'windowStart', 'windowEnd'].includes(name),
    ),
  );
}

function gapOf(gap: number | ((row: never) => number), row: SimRow): number {
  return typeof gap === 'function' ? gap(row as never) : gap;
}

function windowCase(draw: Draw, fast: boolean): Case {
  const setting = drawSetting(draw, fast);
  const { windows, fold, key, typed, lateSide, lanes } = setting;
  const { assigner } = windows;
  const global = assigner.kind === 'global';
  const event = isEvent(assigner);
  // Poured rows are all in time, whatever the order; one in time may yet touch a session that fired and is still kept.
  const keptSessions = assigner.kind === 'session' && windows.allowedLatenessMs !== 0;
  const ordered = !isPlain(windows) || fold === 'field' || keptSessions;
  const pour = event && !ordered && draw.chance(30);
  const named = global || windows.trigger !== undefined || windows.evictor !== undefined;
  // Timers that the trigger sets for the past fire when fresh instances hear of the watermark anew.
  const continuous = windows.trigger?.kind === 'continuousEventTime';
  const past = continuous && draw.chance(50);
  const routing = key === 'none' && named ? 'one' : named ? 'key' : 'any';
  return {
    title: `${JSON.stringify(windows)} ${fold} by ${key}${typed ? '' : ' untyped'}${pour ? ' poured' : ''}`,
    job: job('windows', (env) => {
      const rows = sourceOf(env, 0, { lanes, typed });
      const windowStream = configured(rows, setting);
      const out = results(windowStream, fold);
      // The other fields are those of the first row, and which is first depends on the order.
      const fields = (row: unknown): unknown => {
        const { key: of, n } = row as SimRow;
        return key === 'none' ? { n } : { key: of, n };
      };
      const shown = fold === 'field' ? out.map(fields) : out;
      shown.sinkTo(testSink('out'));
      if (!lateSide || !event) return;
      const late = typed ? out.getSideOutput('late', SimRow) : out.getSideOutput('late');
      late.sinkTo(testSink('late'));
    }),
    sides: 1,
    lanes: [lanes, 0],
    routing,
    pour,
    late: continuous ? past : fold === 'pre-aggregated' ? draw.chance(50) : true,
    restores: !past,
    clock: !event && !global,
    model: () => new WindowsModel(setting),
    read: (run) => ({
      out: global
        ? run.output<object>('out').emitted.map(({ row }) => emittedText(unbounded(row), undefined))
        : emittedTexts(run, 'out'),
      ...(lateSide && event
        ? { late: run.output('late').rows.map((row) => emittedText(row, undefined)) }
        : {}),
    }),
  };
}

export const windows: Scenario = { name: 'windows', draw: (draw) => windowCase(draw, false) };

/** Declared aggregates, on slices and off the heap. */
export const slices: Scenario = { name: 'slices', draw: (draw) => windowCase(draw, true) };
