import fc from 'fast-check';
import { expect, test } from 'vitest';

import { i32, job, nullable, record } from 'millrace';
import type { Job } from 'millrace';
import { testSink } from 'millrace/testing';
import type { Change } from 'millrace/testing';
import { FORMS, play, runOptions, scripts, sorted, streamsOf } from './join-script.ts';
import type { Form, LeftRow, Model, RightRow } from './join-script.ts';

const Pair = record('Pair', { left: i32, right: nullable(i32) });

function temporalJob(form: Form, outer: boolean, select: boolean): Job {
  return job('temporal', (env) => {
    const { left, right } = streamsOf(env, form);
    const byFunction = form === 'bytes by function';
    const a = byFunction ? left.keyBy((row) => row.id) : left.keyBy('id');
    const b = byFunction ? right.keyBy((row) => row.ref) : right.keyBy('ref');
    const joined = outer ? a.leftTemporalJoin(b) : a.temporalJoin(b);
    const results =
      select && form !== 'values'
        ? joined.select('Pair', { left: 'left.n', right: 'right.n' })
        : joined.apply((l: LeftRow, r?: RightRow) => ({ left: l.n, right: r?.n ?? null }), Pair);
    results.sinkTo(testSink('out'));
  });
}

interface Version {
  readonly n: number;
  readonly time: number;
  readonly deleted: boolean;
}

/** Versions in lists, looked through from the end. */
class VersionsModel implements Model {
  readonly results: unknown[] = [];
  readonly #outer: boolean;
  readonly #versions: Map<number, Version[]> = new Map();
  #waiting: { key: number; n: number; time: number; change: Change }[] = [];
  #watermark = -Infinity;

  constructor(outer: boolean) {
    this.#outer = outer;
  }

  row(
    side: 'left' | 'right',
    row: {
      readonly key: number;
      readonly n: number;
      readonly time: number;
      readonly change: Change;
    },
  ): void {
    const { key, n, time, change } = row;
    if (side === 'left') {
      this.#waiting.push({ key, n, time, change });
      return;
    }
    if (change === 'updateBefore') return;
    const versions = (this.#versions.get(key) ?? []).filter((version) => version.time !== time);
    versions.push({ n, time, deleted: change === 'delete' });
    this.#versions.set(
      key,
      versions.toSorted((a, b) => a.time - b.time),
    );
    if (time <= this.#watermark) this.#clean();
  }

  advance(watermark: number): void {
    if (watermark <= this.#watermark) return;
    this.#watermark = watermark;
    for (const { key, n, time, change } of this.#waiting) {
      if (time > watermark) continue;
      const version = (this.#versions.get(key) ?? []).findLast((each) => each.time <= time);
      const right = version === undefined || version.deleted ? null : version.n;
      if (right === null && !this.#outer) continue;
      const kind = change === 'insert' ? {} : { change };
      this.results.push({ row: { left: n, right }, timestamp: time, ...kind });
    }
    this.#waiting = this.#waiting.filter(({ time }) => time > watermark);
    this.#clean();
  }

  #clean(): void {
    for (const [key, versions] of this.#versions) {
      const last = versions.findLastIndex(({ time }) => time <= this.#watermark);
      if (last < 0) continue;
      this.#versions.set(key, versions.slice(versions[last]!.deleted ? last + 1 : last));
    }
  }
}

test(
  'each left row meets the version of its time, with its own timestamp and kind, late rows what is kept',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        scripts({ changes: true }),
        runOptions,
        fc.constantFrom(...FORMS),
        fc.boolean(),
        fc.boolean(),
        async (script, options, form, outer, select) => {
          const model = new VersionsModel(outer);
          // Changes of one key are ordered only within one channel, so the job rests after each.
          const run = await play(temporalJob(form, outer, select), script, options, model, true);
          expect(sorted(run.output('out').emitted)).toEqual(sorted(model.results));
          expect(run.subtasks.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 80 },
    );
  },
);

test(
  'of the versions of a key only the latest up to the watermark is kept',
  { timeout: 60_000 },
  async () => {
    const { TestRun } = await import('millrace/testing');
    const run = await TestRun.start(temporalJob('values', false, false));
    const held = async (versions: number): Promise<number> => {
      for (let n = 0; n < versions; n++) run.source('right').push({ n, ref: 1 }, n);
      run.source('left').watermark(versions);
      run.source('right').watermark(versions);
      run.settle();
      const snapshot = await run.checkpoint();
      return JSON.stringify(snapshot.subtasks.map((each) => each.snapshot)).length;
    };
    const few = await held(2);
    const many = await held(500);
    expect(many).toBeLessThan(few * 1.2);
    run.source('left').push({ id: 1, n: 7, name: '' }, 600);
    await run.finish();
    expect(run.output('out').rows).toEqual([{ left: 7, right: 499 }]);
  },
);
