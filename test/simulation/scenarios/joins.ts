/** Joins of two streams against comparing all rows with all. */

import { job } from 'millrace';
import type { JobEnvironment, KeyedStream, Stream, WindowAssigner } from 'millrace';
import { testSink } from 'millrace/testing';
import type { TestRun } from 'millrace/testing';
import { foldTable } from 'millrace/testing';
import type { Draw } from '../draw.ts';
import { emittedText, emittedTexts, sourceOf, textOf } from '../scenario.ts';
import type { Case, Model, Said, Scenario, SimRow } from '../scenario.ts';
import { mergedSessions, windowsOfRow } from './window-sets.ts';
import { drawAssigner } from './windows.ts';

export type Kind = 'inner' | 'left' | 'right' | 'full';
type KeyForm = 'field' | 'function';

interface Inputs {
  readonly lanes: readonly [number, number];
  readonly typed: boolean;
  readonly key: KeyForm;
}

function drawInputs(draw: Draw): Inputs {
  return {
    lanes: [draw.int(1, 2), draw.int(1, 3)],
    typed: draw.chance(75),
    key: draw.of<KeyForm>('field', 'function'),
  };
}

function streams(
  env: JobEnvironment,
  { lanes, typed }: Inputs,
): readonly [Stream<SimRow>, Stream<SimRow>] {
  return [
    sourceOf(env, 0, { lanes: lanes[0], typed }),
    sourceOf(env, 1, { lanes: lanes[1], typed }),
  ];
}

export function keyed(stream: Stream<SimRow>, key: KeyForm): KeyedStream<SimRow, number> {
  return key === 'field' ? stream.keyBy('key') : stream.keyBy((row) => row.key);
}

/** What a pair becomes; a side without a match is null. */
interface Pair {
  readonly l: number | null;
  readonly r: number | null;
}

const pairOf = (l: Said | undefined, r: Said | undefined): Pair => ({
  l: l?.row.id ?? null,
  r: r?.row.id ?? null,
});

/** Pairs of two lists, and what a join of this kind gives for those that stand alone. */
function pairs(
  kind: Kind,
  left: readonly Said[],
  right: readonly Said[],
  matches: (l: Said, r: Said) => boolean = () => true,
): (readonly [Said | undefined, Said | undefined])[] {
  const both = left.flatMap((l) => right.filter((r) => matches(l, r)).map((r) => [l, r] as const));
  const alone = (kept: boolean, rows: readonly Said[], side: 0 | 1): Said[] =>
    kept ? rows.filter((row) => !both.some((pair) => pair[side] === row)) : [];
  return [
    ...both,
    ...alone(kind === 'left' || kind === 'full', left, 0).map((l) => [l, undefined] as const),
    ...alone(kind === 'right' || kind === 'full', right, 1).map((r) => [undefined, r] as const),
  ];
}

/** Keeps everything that was said. */
abstract class Listing implements Model {
  readonly left: Said[] = [];
  readonly right: Said[] = [];
  watermarkNow: number = Number.MIN_SAFE_INTEGER;

  touchy(_said: Said, _watermark: number): boolean {
    return false;
  }

  row(said: Said): void {
    (said.side === 0 ? this.left : this.right).push(said);
  }

  watermark(watermark: number): void {
    this.watermarkNow = watermark;
  }

  clock(): void {}

  abstract results(): Record<string, string[]>;
}

class IntervalModel extends Listing {
  readonly #matches: (apart: number) => boolean;
  readonly #late: [string[], string[]] = [[], []];

  constructor(matches: (apart: number) => boolean) {
    super();
    this.#matches = matches;
  }

  override touchy({ time }: Said, watermark: number): boolean {
    return time < watermark;
  }

  override row(said: Said): void {
    if (said.time >= this.watermarkNow) super.row(said);
    else this.#late[said.side].push(String(said.row.id));
  }

  results(): Record<string, string[]> {
    const near = (l: Said, r: Said): boolean =>
      l.row.key === r.row.key && this.#matches(r.time - l.time);
    const out = pairs('inner', this.left, this.right, near).map(([l, r]) =>
      emittedText(pairOf(l, r), Math.max(l!.time, r!.time)),
    );
    return { out, 'late 0': this.#late[0], 'late 1': this.#late[1] };
  }
}

const idsOf = (run: TestRun, output: string): string[] =>
  run.output<SimRow>(output).rows.map(({ id }) => String(id));

export const intervalJoin: Scenario = {
  name: 'interval-join',
  draw(draw: Draw): Case {
    const inputs = drawInputs(draw);
    const lower = draw.int(-15, 10);
    const upper = lower + draw.int(2, 25);
    const [below, above] = [draw.chance(30), draw.chance(30)];
    const bounds = `${below ? '(' : '['}${lower}, ${upper}${above ? ')' : ']'}`;
    const pour = draw.chance(25);
    return {
      title: `${bounds} by ${inputs.key}${inputs.typed ? '' : ' untyped'}${pour ? ' poured' : ''}`,
      job: job('interval', (env) => {
        const [a, b] = streams(env, inputs);
        let join = keyed(a, inputs.key)
          .intervalJoin(keyed(b, inputs.key))
          .between(`${lower}ms`, upper);
        if (below) join = join.lowerBoundExclusive();
        if (above) join = join.upperBoundExclusive();
        const out = join
          .sideOutputLeftLateData('late 0')
          .sideOutputRightLateData('late 1')
          .process((l, r) => ({ l: l.id, r: r.id }));
        out.sinkTo(testSink('out'));
        out
          .getSideOutput<SimRow>('late 0')
          .map(({ id }) => ({ id }))
          .sinkTo(testSink('late 0'));
        out
          .getSideOutput<SimRow>('late 1')
          .map(({ id }) => ({ id }))
          .sinkTo(testSink('late 1'));
      }),
      sides: 2,
      lanes: inputs.lanes,
      routing: 'any',
      pour,
      model: () =>
        new IntervalModel((apart) => {
          const from = below ? apart > lower : apart >= lower;
          return from && (above ? apart < upper : apart <= upper);
        }),
      read: (run) => ({
        out: emittedTexts(run, 'out'),
        'late 0': idsOf(run, 'late 0'),
        'late 1': idsOf(run, 'late 1'),
      }),
    };
  },
};

/** Rows by key and window at the end; only for rows that are not late. */
class WindowJoinModel extends Listing {
  readonly #kind: Kind | 'coGroup';
  readonly #assigner: WindowAssigner;

  constructor(kind: Kind | 'coGroup', assigner: WindowAssigner) {
    super();
    this.#kind = kind;
    this.#assigner = assigner;
  }

  results(): Record<string, string[]> {
    const out: string[] = [];
    const rows = [...this.left, ...this.right];
    for (const group of Map.groupBy(rows, ({ row }) => row.key).values()) {
      const windows =
        this.#assigner.kind === 'session'
          ? mergedSessions(this.#assigner, group)
          : windowsOfRow(this.#assigner, group);
      for (const { start, end, rows: within } of windows) {
        const [left, right] = [0, 1].map((side) => within.filter((said) => said.side === side));
        if (this.#kind === 'coGroup') {
          const ids = (list: readonly Said[]): number[] =>
            list.map(({ row }) => row.id).toSorted((a, b) => a - b);
          const row = { l: ids(left!), r: ids(right!), start, end };
          out.push(emittedText(row, end - 1));
          continue;
        }
        for (const [l, r] of pairs(this.#kind, left!, right!)) {
          out.push(emittedText(pairOf(l, r), end - 1));
        }
      }
    }
    return { out };
  }
}

export const windowJoin: Scenario = {
  name: 'window-join',
  draw(draw: Draw): Case {
    const inputs = drawInputs(draw);
    const kind = draw.of<Kind | 'coGroup'>('inner', 'left', 'right', 'full', 'coGroup');
    const assigner = drawAssigner(draw, 'event');
    const pour = draw.chance(50);
    return {
      title: `${kind} ${JSON.stringify(assigner)} by ${inputs.key}${pour ? ' poured' : ''}`,
      job: job('window-join', (env) => {
        const [a, b] = streams(env, inputs);
        if (kind === 'coGroup') {
          const where = a.coGroup(b);
          const met =
            inputs.key === 'field'
              ? where.where('key').equalTo('key')
              : where.where((row) => row.key).equalTo((row) => row.key);
          met
            .window(assigner)
            .apply((left, right, out, { start, end }) => {
              const ids = (rows: Iterable<SimRow>): number[] =>
                Array.from(rows, ({ id }) => id).toSorted((x, y) => x - y);
              out.collect({ l: ids(left), r: ids(right), start, end });
            })
            .sinkTo(testSink('out'));
          return;
        }
        const where = {
          inner: a.join(b),
          left: a.leftJoin(b),
          right: a.rightJoin(b),
          full: a.fullJoin(b),
        }[kind] as ReturnType<typeof a.fullJoin<SimRow>>;
        const met =
          inputs.key === 'field'
            ? where.where('key').equalTo('key')
            : where.where((row) => row.key).equalTo((row) => row.key);
        met
          .window(assigner)
          .apply((l, r) => ({ l: l?.id ?? null, r: r?.id ?? null }))
          .sinkTo(testSink('out'));
      }),
      sides: 2,
      lanes: inputs.lanes,
      routing: 'any',
      pour,
      late: false,
      model: () => new WindowJoinModel(kind, assigner),
      read: (run) => ({ out: emittedTexts(run, 'out') }),
    };
  },
};

/** The rows that are left, joined at the end. */
class RegularModel extends Listing {
  readonly #kind: Kind;
  readonly #matches: (l: Said, r: Said) => boolean;

  constructor(kind: Kind, matches: (l: Said, r: Said) => boolean) {
    super();
    this.#kind = kind;
    this.#matches = matches;
  }

  override row(said: Said): void {
    if (said.change === 'insert') return super.row(said);
    const rows = said.side === 0 ? this.left : this.right;
    const at = rows.findIndex(({ row }) => row.id === said.row.id);
    rows.splice(at, 1);
  }

  results(): Record<string, string[]> {
    const joined = pairs(this.#kind, this.left, this.right, this.#matches);
    return { table: joined.map(([l, r]) => textOf(pairOf(l, r))), missing: [] };
  }
}

/** The table that a changelog makes, and what it took back without need. */
export function tableOf(run: TestRun, output: string): Record<string, string[]> {
  const { rows, missing } = foldTable(run.output(output).emitted);
  return { table: rows.map(textOf), missing: missing.map(textOf) };
}

export const regularJoin: Scenario = {
  name: 'regular-join',
  draw(draw: Draw): Case {
    const inputs = drawInputs(draw);
    const kind = draw.of<Kind>('inner', 'left', 'right', 'full');
    const where = draw.chance(40);
    const changes = draw.chance(60);
    return {
      title: `${kind} by ${inputs.key}${where ? ' where' : ''}${changes ? ' of changes' : ''}`,
      job: job('regular-join', (env) => {
        const [left, right] = streams(env, inputs);
        const [a, b] = [keyed(left, inputs.key), keyed(right, inputs.key)];
        const options = where ? { where: (l: SimRow, r: SimRow) => l.n <= r.n } : {};
        const joined = {
          inner: () => a.join(b, options),
          left: () => a.leftJoin(b, options),
          right: () => a.rightJoin(b, options),
          full: () => a.fullJoin(b, options),
        }[kind]() as ReturnType<typeof a.fullJoin<SimRow>>;
        joined.apply((l, r) => ({ l: l?.id ?? null, r: r?.id ?? null })).sinkTo(testSink('out'));
      }),
      sides: 2,
      lanes: inputs.lanes,
      routing: 'key',
      pour: false,
      changes,
      model: () =>
        new RegularModel(kind, (l, r) => l.row.key === r.row.key && (!where || l.row.n <= r.row.n)),
      read: (run) => tableOf(run, 'out'),
    };
  },
};

/** For each left row the last version up to its time; only for rows that are not late. */
class TemporalModel extends Listing {
  readonly #outer: boolean;

  constructor(outer: boolean) {
    super();
    this.#outer = outer;
  }

  results(): Record<string, string[]> {
    const out = this.left.flatMap((l) => {
      const versions = this.right.filter((r) => r.row.key === l.row.key && r.time <= l.time);
      const last = Math.max(...versions.map(({ time }) => time));
      const version = versions.findLast(({ time }) => time === last);
      if (version === undefined && !this.#outer) return [];
      return [emittedText(pairOf(l, version), l.time)];
    });
    return { out };
  }
}

export const temporalJoin: Scenario = {
  name: 'temporal-join',
  draw(draw: Draw): Case {
    const inputs = drawInputs(draw);
    const outer = draw.chance(50);
    const pour = draw.chance(50);
    return {
      title: `${outer ? 'left' : 'inner'} by ${inputs.key}${pour ? ' poured' : ''}`,
      job: job('temporal-join', (env) => {
        const [left, right] = streams(env, inputs);
        const [a, b] = [keyed(left, inputs.key), keyed(right, inputs.key)];
        const joined = (outer ? a.leftTemporalJoin(b) : a.temporalJoin(b)) as ReturnType<
          typeof a.leftTemporalJoin<SimRow>
        >;
        joined.apply((l, r) => ({ l: l.id, r: r?.id ?? null })).sinkTo(testSink('out'));
      }),
      sides: 2,
      lanes: inputs.lanes,
      routing: 'key',
      pour,
      late: false,
      model: () => new TemporalModel(outer),
      read: (run) => ({ out: emittedTexts(run, 'out') }),
    };
  },
};
