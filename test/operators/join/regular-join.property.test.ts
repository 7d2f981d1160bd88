import fc from 'fast-check';
import { expect, test } from 'vitest';

import { i32, job, nullable, record } from 'millrace';
import type { Job, Joined, KeyedJoinOptions, KeyedStream } from 'millrace';
import { testSink } from 'millrace/testing';
import type { EmittedRow } from 'millrace/testing';
import { FORMS, play, runOptions, scripts, sorted, streamsOf } from './join-script.ts';
import type { Form, LeftRow, Model, RightRow, Say } from './join-script.ts';

const Pair = record('Pair', { left: nullable(i32), right: nullable(i32) });
type Kind = 'inner' | 'left' | 'right' | 'full';
const KINDS: readonly Kind[] = ['inner', 'left', 'right', 'full'];

/** A condition by a function, by the same comparison, and by comparisons of which two are about one side. */
type Where = 'none' | 'function' | 'compared' | 'compared by side';
const WHERES: readonly Where[] = ['none', 'function', 'compared', 'compared by side'];

function whereOf(where: Where): KeyedJoinOptions<LeftRow, RightRow> {
  switch (where) {
    case 'none':
      return {};
    case 'function':
      return { where: (l, r) => l.n <= r.n };
    case 'compared':
      return { where: [['left.n', '<=', 'right.n']] };
    case 'compared by side':
      return {
        where: [
          ['right.n', '>=', 'left.n'],
          ['left.n', '!=', { value: 1 }],
          ['right.n', '<', { value: 2 }],
        ],
      };
  }
}

function holds(where: Where, left: number, right: number): boolean {
  if (where === 'none') return true;
  return left <= right && (where !== 'compared by side' || (left !== 1 && right < 2));
}

interface Setting {
  readonly kind: Kind;
  readonly form: Form;
  readonly where: Where;
  readonly select: boolean;
  readonly ttl?: number;
  readonly time?: 'event' | 'processing';
  readonly unique?: 'left' | 'right' | undefined;
}

function regularJob({ kind, form, where, select, ttl, time, unique }: Setting): Job {
  return job('regular', (env) => {
    const { left, right } = streamsOf(env, form);
    const byFunction = form === 'bytes by function';
    const a = byFunction ? left.keyBy((row) => row.id) : left.keyBy('id');
    const b = byFunction ? right.keyBy((row) => row.ref) : right.keyBy('ref');
    const options: KeyedJoinOptions<LeftRow, RightRow> = {
      ...whereOf(where),
      ...(ttl === undefined ? {} : { ttl }),
      ...(time === undefined ? {} : { time }),
      ...(unique === undefined ? {} : { unique }),
    };
    const joined = joinOf(a, b, kind, options);
    const results =
      select && form !== 'values'
        ? joined.select('Pair', { left: 'left.n', right: 'right.n' })
        : joined.apply(
            (l?: LeftRow, r?: RightRow) => ({ left: l?.n ?? null, right: r?.n ?? null }),
            Pair,
          );
    results.sinkTo(testSink('out'));
  });
}

function joinOf(
  a: KeyedStream<LeftRow, number>,
  b: KeyedStream<RightRow, number>,
  kind: Kind,
  options: KeyedJoinOptions<LeftRow, RightRow>,
): Joined<LeftRow, RightRow, 'full'> {
  if (kind === 'left') return a.leftJoin(b, options) as Joined<LeftRow, RightRow, 'full'>;
  if (kind === 'right') return a.rightJoin(b, options) as Joined<LeftRow, RightRow, 'full'>;
  if (kind === 'full') return a.fullJoin(b, options);
  return a.join(b, options) as Joined<LeftRow, RightRow, 'full'>;
}

interface Kept {
  readonly key: number;
  readonly n: number;
  readonly arrived: number;
}

/** Two lists, joined anew whenever somebody asks. */
class TableModel implements Model {
  readonly left: Kept[] = [];
  readonly right: Kept[] = [];
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  row(
    side: 'left' | 'right',
    { key, n, change }: { readonly key: number; readonly n: number; readonly change: string },
  ): void {
    const rows = this[side];
    if (change === 'insert' || change === 'updateAfter') rows.push({ key, n, arrived: 0 });
    else {
      const at = rows.findIndex((row) => row.key === key && row.n === n);
      if (at >= 0) rows.splice(at, 1);
    }
  }

  advance(): void {}

  table(): string[] {
    const { kind, where } = this.#setting;
    const matches = (a: Kept, b: Kept): boolean => a.key === b.key && holds(where, a.n, b.n);
    const pairs = this.left.flatMap((a) =>
      this.right.filter((b) => matches(a, b)).map((b) => ({ left: a.n, right: b.n })),
    );
    const alone =
      kind === 'left' || kind === 'full'
        ? this.left.filter((a) => !this.right.some((b) => matches(a, b)))
        : [];
    const others =
      kind === 'right' || kind === 'full'
        ? this.right.filter((b) => !this.left.some((a) => matches(a, b)))
        : [];
    return sorted([
      ...pairs,
      ...alone.map(({ n }) => ({ left: n, right: null })),
      ...others.map(({ n }) => ({ left: null, right: n })),
    ]);
  }
}

/** The table that a changelog describes. */
function folded(events: readonly EmittedRow[]): string[] {
  const table: string[] = [];
  for (const { row, change = 'insert' } of events) {
    const text = JSON.stringify(row);
    if (change === 'insert' || change === 'updateAfter') table.push(text);
    else {
      const at = table.indexOf(text);
      expect(at, `a row that is taken back was there: ${text}`).toBeGreaterThanOrEqual(0);
      table.splice(at, 1);
    }
  }
  return table.toSorted();
}

/** Only rows that are there are taken back, as a changelog is. */
function consistent(script: readonly unknown[]): boolean {
  const counts = new Map<string, number>();
  for (const say of script as {
    side: string;
    key: number;
    which: number;
    change: string;
    say: string;
  }[]) {
    if (say.say !== 'row') continue;
    const name = `${say.side} ${say.key} ${say.which}`;
    const adds = say.change === 'insert' || say.change === 'updateAfter';
    const count = (counts.get(name) ?? 0) + (adds ? 1 : -1);
    if (count < 0) return false;
    counts.set(name, count);
  }
  return true;
}

/** The script with the first row of each key of a side, as an insert. */
function withUnique<S extends Say>(script: readonly S[], side: 'left' | 'right' | undefined): S[] {
  const keys = new Set<number>();
  return script.flatMap((say): S[] => {
    if (say.say !== 'row' || say.side !== side) return [say];
    if (keys.has(say.key)) return [];
    keys.add(say.key);
    return [{ ...say, change: 'insert' }];
  });
}

const settings = fc.record({
  kind: fc.constantFrom(...KINDS),
  form: fc.constantFrom(...FORMS),
  where: fc.constantFrom(...WHERES),
  select: fc.boolean(),
  unique: fc.constantFrom(undefined, 'left' as const, 'right' as const),
});

test(
  'folding the results gives the join of the tables that the rows describe',
  { timeout: 60_000 },
  async () => {
    const changelogs = scripts({ changes: true }).map((script) => {
      // A row that is not there is inserted instead of taken back.
      const made: (typeof script)[number][] = [];
      for (const say of script) {
        made.push(say);
        if (!consistent(made) && say.say === 'row')
          made[made.length - 1] = { ...say, change: 'insert' };
      }
      return made;
    });
    await fc.assert(
      fc.asyncProperty(changelogs, runOptions, settings, async (script, options, setting) => {
        const model = new TableModel(setting);
        const run = await play(
          regularJob(setting),
          withUnique(script, setting.unique),
          { ...options, parallelism: 1 },
          model,
          true,
        );
        expect(folded(run.output('out').emitted)).toEqual(model.table());
      }),
      { numRuns: 60 },
    );
  },
);

test(
  'rows that come in any order on several channels give the joined table once they are all in',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(scripts({}), runOptions, settings, async (script, options, setting) => {
        const model = new TableModel(setting);
        const said = withUnique(script, setting.unique);
        const run = await play(regularJob(setting), said, options, model);
        expect(folded(run.output('out').emitted)).toEqual(model.table());
      }),
      { numRuns: 40 },
    );
  },
);

test(
  'in batch mode the joined table comes once, as inserts, when the input ends',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(scripts({}), runOptions, settings, async (script, options, setting) => {
        const model = new TableModel(setting);
        const said = withUnique(script, setting.unique);
        const rows = said.filter(({ say }) => say === 'row');
        const batch = { ...options, executionMode: 'batch' as const };
        const run = await play(regularJob(setting), rows, batch, model);
        const { emitted } = run.output('out');
        expect(emitted.every(({ change }) => change === undefined)).toBe(true);
        expect(folded(emitted)).toEqual(model.table());
      }),
      { numRuns: 30 },
    );
  },
);

test.for(['event', 'processing'] as const)(
  'a row that came its time to live ago joins nothing more (%s time)',
  { timeout: 60_000 },
  async (time) => {
    await fc.assert(
      fc.asyncProperty(
        scripts({ clock: true }),
        runOptions,
        fc.constantFrom(...FORMS),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(undefined, 'left' as const, 'right' as const),
        async (script, options, form, ttl, unique) => {
          const expected: unknown[] = [];
          const kept: Record<'left' | 'right', Kept[]> = { left: [], right: [] };
          const model: Model = {
            row(side, { key, n, time: timestamp }, watermark, nowMs) {
              const now = time === 'event' ? watermark : nowMs;
              const arrived = time === 'event' ? timestamp : nowMs;
              const other = side === 'left' ? 'right' : 'left';
              for (const match of kept[other]) {
                if (match.key !== key || match.arrived + ttl <= now) continue;
                expected.push(
                  side === 'left' ? { left: n, right: match.n } : { left: match.n, right: n },
                );
              }
              if (arrived + ttl > now) kept[side].push({ key, n, arrived });
            },
            advance: () => undefined,
          };
          const settled = withUnique(script, unique).map((say) =>
            say.say === 'row' ? { ...say, settle: true } : say,
          );
          const setting = {
            kind: 'inner',
            form,
            where: 'none',
            select: false,
            ttl,
            time,
            unique,
          } as const;
          const run = await play(regularJob(setting), settled, options, model);
          expect(sorted(run.output('out').rows)).toEqual(sorted(expected));
        },
      ),
      { numRuns: 40 },
    );
  },
);
