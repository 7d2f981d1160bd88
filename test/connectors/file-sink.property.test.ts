/**
 * Law: whatever happens between the rows of a file sink — barriers, checkpoints that complete or not, commits that reach some
 * writers only, ends of inputs, crashes of the process, losses of power at any call of the disk, restores of the newest
 * checkpoint or an older one, at the same parallelism or another — the rows under final names at the end are those of the
 * successful history, each once; and before, no row is visible that a restore of the newest checkpoint would give again.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import { csvEncoder } from '../../src/connectors/csv-text.ts';
import { fileSink } from '../../src/connectors/file-sink.ts';
import type { SinkWriter } from '../../src/connectors/index.ts';
import type { RollingPolicy } from '../../src/connectors/rolling.ts';
import type { Plain } from '../../src/operators/index.ts';
import { sinkContext } from '../support/connector-harness.ts';
import { MemorySinkDisk } from '../support/memory-sink-disk.ts';

type Step =
  | { readonly do: 'rows'; readonly rows: number }
  | { readonly do: 'flush' | 'barrier' | 'abort' | 'tick' | 'checkpoint' }
  /** The pending checkpoint is complete, and this many writers hear of it. */
  | { readonly do: 'complete'; readonly told: number }
  /** The input of a writer ends. */
  | { readonly do: 'finish'; readonly writer: number }
  | {
      readonly do: 'crash';
      readonly power: boolean;
      readonly older: boolean;
      readonly parallelism: number;
    }
  /** The power is lost so many calls of the disk later. */
  | { readonly do: 'doom'; readonly calls: number };

interface Checkpoint {
  readonly number: number;
  readonly run: number;
  /** Rows before it. */
  readonly offset: number;
  readonly states: readonly { subtaskIndex: number; parallelism: number; state: Plain }[];
  readonly finished: ReadonlySet<number>;
  readonly parallelism: number;
}

const PATH = 'folder/out.csv';
const NO_LIMITS = {
  onCheckpoint: false,
  maxPartSize: Infinity,
  rolloverInterval: Infinity,
  inactivityInterval: Infinity,
};

/** A job of a source, which can be set back, and the writers of a sink. */
class SinkHistory {
  readonly #rolling: RollingPolicy | undefined;
  readonly #random: Prng;
  #disk: MemorySinkDisk = new MemorySinkDisk(0);
  #writers: (SinkWriter | undefined)[] = [];
  #offset = 0;
  #number = 0;
  #run = 0;
  #nowMs = 0;
  #pending: Checkpoint | undefined = undefined;
  #complete: Checkpoint[] = [];
  #parallelism = 1;
  #doomed = false;
  /** Whether the input of a writer ever ended. */
  #ended = false;
  /** Whether one did that the newest checkpoint does not know of. */
  #endedSince = false;

  constructor(seed: number, rolling: RollingPolicy | undefined, parallelism: number) {
    this.#random = new Prng(seed);
    this.#disk = new MemorySinkDisk(seed);
    this.#rolling = rolling;
    this.#parallelism = parallelism;
  }

  async run(steps: readonly Step[]): Promise<void> {
    await this.#survive(() => this.#deploy());
    for (const step of steps) {
      await this.#survive(() => this.#take(step));
      this.#checkVisible();
    }
    this.#disk.callsLeft = Infinity;
    await this.#take({ do: 'rows', rows: 3 });
    for (const subtask of this.#writers.keys()) await this.#finish(subtask);
    expect(this.#visible()).toEqual(Array.from({ length: this.#offset }, (_, row) => row));
    expect(this.#disk.openFiles).toBe(0);
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'rows':
        for (let i = 0; i < step.rows; i++) this.#row();
        return;
      case 'flush':
        for (const writer of this.#writers) writer?.flush?.();
        return;
      case 'tick':
        this.#nowMs += 10;
        return;
      case 'barrier':
        return this.#barrier();
      case 'checkpoint':
        await this.#barrier();
        return this.#completePending(this.#parallelism);
      case 'abort':
        this.#pending = undefined;
        return;
      case 'complete':
        return this.#completePending(step.told);
      case 'finish':
        return this.#finish(step.writer % this.#parallelism);
      case 'crash':
        return this.#crash(step.power, step.older, step.parallelism);
      case 'doom':
        this.#doomed = true;
        this.#disk.callsLeft = step.calls;
    }
  }

  #row(): void {
    const live = this.#writers.filter((writer) => writer !== undefined);
    const writer = live[this.#random.below(Math.max(1, live.length))];
    if (writer === undefined) return;
    writer.write({ row: this.#offset, text: 'é' }, 0);
    this.#offset++;
  }

  async #barrier(): Promise<void> {
    const number = ++this.#number;
    const durable: Promise<void>[] = [];
    const states = this.#writers.flatMap((writer, subtaskIndex) => {
      if (writer === undefined) return [];
      const state = JSON.parse(JSON.stringify(writer.snapshot!())) as Plain;
      const promise = writer.prepareCommit!(number)!;
      // One writer's snapshot may throw before anybody looks at the promise of another.
      promise.catch(() => undefined);
      durable.push(promise);
      return [{ subtaskIndex, parallelism: this.#parallelism, state }];
    });
    const finished = new Set(
      [...this.#writers.keys()].filter((k) => this.#writers[k] === undefined),
    );
    const checkpoint = { number, run: this.#run, offset: this.#offset, states, finished };
    // Rows go on while the state is made durable.
    const settled = Promise.all(durable);
    settled.catch(() => undefined);
    this.#row();
    await settled;
    this.#pending = { ...checkpoint, parallelism: this.#parallelism };
  }

  async #completePending(told: number): Promise<void> {
    const checkpoint = this.#pending;
    if (checkpoint === undefined) return;
    this.#pending = undefined;
    this.#complete.push(checkpoint);
    this.#endedSince = this.#writers.some(
      (one, k) => one === undefined && !checkpoint.finished.has(k),
    );
    for (const writer of this.#writers.slice(0, told)) await writer?.commit?.(checkpoint.number);
  }

  async #finish(subtask: number): Promise<void> {
    const writer = this.#writers[subtask];
    if (writer === undefined) return;
    this.#ended = true;
    this.#endedSince = true;
    await writer.close(false);
    this.#writers[subtask] = undefined;
    // A checkpoint that had its barrier before may still be complete, without knowing of the end.
  }

  /** What fails is answered with a restart. */
  async #survive(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#doomed) throw error;
      await this.#crash(true, false, this.#parallelism);
    }
  }

  async #crash(power: boolean, older: boolean, parallelism: number): Promise<void> {
    this.#doomed = false;
    this.#disk = power ? this.#disk.afterPowerLoss() : this.#disk.afterExit();
    // Older checkpoints of other runs: what they published has names that these know nothing of.
    if (older && this.#complete.at(-2)?.run === this.#run) this.#complete.pop();
    this.#pending = undefined;
    const restored = this.#complete.at(-1);
    this.#offset = restored?.offset ?? 0;
    // What writers published at their end is taken back by those of the same names.
    if (parallelism !== this.#parallelism && !this.#endedSince) {
      this.#parallelism = parallelism;
      this.#run++;
    }
    await this.#deploy();
  }

  async #deploy(): Promise<void> {
    const restored = this.#complete.at(-1);
    const parallelism = this.#parallelism;
    this.#writers = [];
    for (let subtaskIndex = 0; subtaskIndex < parallelism; subtaskIndex++) {
      if (restored !== undefined && hasFinished(restored, subtaskIndex, parallelism)) {
        this.#writers.push(undefined);
        continue;
      }
      const spec = {
        kind: 'csv',
        path: PATH,
        params: {},
        opColumn: undefined,
        rolling: this.#rolling,
        encoder: () =>
          csvEncoder(undefined, {
            delimiter: ',',
            quote: '"',
            header: true,
            columns: undefined,
            opColumn: undefined,
          }),
      };
      const nowMs = (): number => this.#nowMs;
      const context = sinkContext({ subtaskIndex, parallelism, runId: `run ${this.#run}`, nowMs });
      const writer = fileSink(spec, this.#disk).createWriter(context);
      const states = (restored?.states ?? []).map((state) => ({
        ...state,
        mine: state.subtaskIndex % parallelism === subtaskIndex,
      }));
      if (states.length > 0) writer.restore!(states);
      this.#writers.push(writer);
      await writer.open?.();
    }
  }

  /** Rows under final names, in order. */
  #visible(): number[] {
    const rows: number[] = [];
    for (const [path, bytes] of this.#disk.files) {
      if (path.startsWith('folder/.')) continue;
      if (bytes.length === 0) continue;
      const [head, ...rest] = Buffer.from(bytes).toString().split('\n');
      expect([path, head, rest.pop()]).toEqual([path, 'row,text', '']);
      for (const line of rest) {
        expect(line).toMatch(/^\d+,é$/);
        rows.push(parseInt(line, 10));
      }
    }
    return rows.toSorted((a, b) => a - b);
  }

  #checkVisible(): void {
    // The file of a writer that had ended and begins anew is replaced at its end, not before.
    if (this.#rolling === undefined && this.#ended) return;
    if (this.#writers.some((writer) => writer === undefined)) return;
    const rows = this.#visible();
    const offset = this.#complete.at(-1)?.offset ?? 0;
    expect(rows.filter((row, i) => row >= offset || rows[i - 1] === row)).toEqual([]);
    if (this.#rolling === undefined) expect(rows).toEqual([]);
  }
}

/** A writer that had ended stays ended; at another parallelism, when all had. */
function hasFinished(
  { finished, parallelism: before }: Checkpoint,
  subtask: number,
  parallelism: number,
): boolean {
  return before === parallelism ? finished.has(subtask) : finished.size === before;
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('rows'), rows: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'flush',
        'barrier',
        'barrier',
        'checkpoint',
        'checkpoint',
        'abort',
        'tick',
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('complete'), told: fc.integer({ min: 0, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('finish'), writer: fc.nat({ max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('crash'),
      power: fc.boolean(),
      older: fc.boolean(),
      parallelism: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('doom'), calls: fc.nat({ max: 12 }) }) },
) as fc.Arbitrary<Step>;

test.each<[string, RollingPolicy | undefined]>([
  ['one file a writer', undefined],
  ['parts by size', { ...NO_LIMITS, maxPartSize: 16 }],
  ['parts by checkpoint', { ...NO_LIMITS, onCheckpoint: true }],
  ['parts by time', { ...NO_LIMITS, rolloverInterval: 20, inactivityInterval: 10 }],
])('every row of the successful history is in the files once: %s', async (_, rolling) => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 1, max: 3 }),
      fc.array(anyStep, { maxLength: 40 }),
      (seed, parallelism, steps) => new SinkHistory(seed, rolling, parallelism).run(steps),
    ),
    { numRuns: 500 },
  );
});
