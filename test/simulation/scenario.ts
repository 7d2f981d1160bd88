/**
 * What is simulated: a small job, what its sources say, and a naive model of what must come out.
 *
 * A script is said to the job and to the model alike. Two ways:
 *
 *     pour    everything at once, in any interleaving of channels and steps; rows are ahead of their channel's watermark, so
 *             that nothing is late and the results do not depend on the order
 *     told    the job comes to rest around watermarks, idleness, the clock, and each row for which the order matters, which
 *             the model names; the other rows are interleaved at will
 *
 * In both a checkpoint may be taken between any two steps, and fresh instances with another parallelism go on from it.
 */

import { i32, record, utf8 } from 'millrace';
import type { Job, JobEnvironment, RecordType, Stream } from 'millrace';
import { testSource } from 'millrace/testing';
import type { Change, TestRun } from 'millrace/testing';
import type { Draw } from './draw.ts';

/** A row of every simulated job; `id` is its place in the script. */
export interface SimRow {
  readonly id: number;
  readonly key: number;
  readonly name: string;
  readonly n: number;
  readonly gap: number;
}
export const SimRow: RecordType<SimRow> = record('SimRow', {
  id: i32,
  key: i32,
  name: utf8,
  n: i32,
  gap: i32,
});

/** The name that goes with a key. */
export function nameOf(key: number): string {
  return `key ${key}`.repeat(1 + (key % 2));
}

/** Number of the source that says it: 0, or 1 in jobs with two inputs. */
export type Side = 0 | 1;

/** One thing that a source says, or that is done to the job. Plain, so that a script can be shrunk and printed. */
export type Say =
  | {
      readonly say: 'row';
      readonly side: Side;
      readonly lane: number;
      readonly key: number;
      readonly n: number;
      readonly gap: number;
      /** Added to the watermark of the lane, or of all lanes when nothing is to be late. */
      readonly ahead: number;
      /** Whether it takes back an earlier row of its key, where changes are allowed. */
      readonly takesBack: number | undefined;
      /** Steps that the job takes afterwards. */
      readonly steps: number;
    }
  | {
      readonly say: 'watermark';
      readonly side: Side;
      readonly lane: number;
      readonly by: number;
      readonly steps: number;
    }
  | { readonly say: 'idle'; readonly side: Side; readonly lane: number }
  | { readonly say: 'clock'; readonly by: number }
  | { readonly say: 'restore'; readonly parallelism: number; readonly steps: number };

/** A row as it is said to the model. */
export interface Said {
  readonly side: Side;
  readonly row: SimRow;
  readonly time: number;
  readonly change: Change;
}

/** What must come out, by the plainest means. */
export interface Model {
  /** Whether it matters what the job sees before and after this row, beyond the rows of its lane. */
  touchy(said: Said, watermark: number): boolean;
  row(said: Said): void;
  watermark(watermark: number): void;
  clock(nowMs: number): void;
  /**
   * Fresh instances go on, and hear of the watermark anew. Where it matters to what they do next, the job comes to rest around
   * a restore.
   */
  restored?(watermark: number): void;
  /** Texts of what comes out, by output; in any order. */
  results(): Readonly<Record<string, readonly string[]>>;
}

/** Which lanes the rows of a key take. */
export type Routing =
  /** Any: the job may see them in any order. */
  | 'any'
  /** Always the same: the job sees them in the order of the script. */
  | 'key'
  /** All rows of a side take one. */
  | 'one';

/** One drawn case. */
export interface Case {
  /** In words, for a report. */
  readonly title: string;
  readonly job: Job;
  readonly sides: 1 | 2;
  readonly routing: Routing;
  /** Whether the order between watermarks and rows matters; else everything may be poured at once. */
  readonly pour: boolean;
  /** Whether rows behind the watermark are drawn; default true. */
  readonly late?: boolean;
  /** Whether fresh instances go on from checkpoints; default true. */
  readonly restores?: boolean;
  /** Whether the clock is moved. */
  readonly clock?: boolean;
  /** Whether rows take earlier ones back. */
  readonly changes?: boolean;
  /** Whether the job runs in batch mode; default false. */
  readonly batch?: boolean;
  /** Source subtasks of each side. */
  readonly lanes: readonly [number, number];
  model(): Model;
  /** Texts of what came out, by output. */
  read(run: TestRun): Readonly<Record<string, readonly string[]>>;
}

/** A kind of case. */
export interface Scenario {
  readonly name: string;
  draw(draw: Draw): Case;
}

/** Names of the sources. */
export const SIDES = ['left', 'right'] as const;

/** A test source of so many lanes; untyped rows are plain values. */
export function sourceOf(
  env: JobEnvironment,
  side: Side,
  { lanes, typed }: { readonly lanes: number; readonly typed: boolean },
): Stream<SimRow> {
  const options = { subtasks: lanes };
  return typed
    ? env.fromSource(testSource(SIDES[side], SimRow, options))
    : env.fromSource(testSource<SimRow>(SIDES[side], undefined, options));
}

/** A value as a text that is equal where the values are. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** A row that comes out, with its timestamp. */
export function emittedText(row: unknown, timestamp: number | undefined): string {
  return `${textOf(row)} @${timestamp ?? 'none'}`;
}

/** What an output recorded, as texts. */
export function emittedTexts(run: TestRun, output: string): string[] {
  return run.output(output).emitted.map(({ row, timestamp }) => emittedText(row, timestamp));
}
