/** The report at the end of a run. Pure. */

import { formatBytes, formatCount, formatDuration } from '../base/index.ts';
import type { JobFailure } from '../control/index.ts';
import { count } from '../graph/index.ts';
import type { JobMetrics, LatencySummary } from '../metrics/index.ts';
import type { PhysicalPlan, PlanWarning } from '../plan/index.ts';
import { isSink, isSource, lossText } from './progress-state.ts';
import type { Style } from './style.ts';
import { cutText, formatInteger, padText, plainText, textWidth } from './text.ts';

/** What one worker did during the run. */
export interface WorkerUse {
  readonly worker: number;
  readonly cpuMs: number;
  readonly heapUsedBytes: number;
}

/** What a run came to. Durations in milliseconds, from the submission. */
export interface RunOutcome {
  readonly plan: PhysicalPlan;
  /** `stopped`: it ended well, but a signal asked it to before its input was at its end. */
  readonly state: 'finished' | 'stopped' | 'canceled' | 'failed';
  readonly durationMs: number;
  /** Failures answered with a restart. */
  readonly restarts: number;
  /** All of them, oldest first. */
  readonly failures: readonly JobFailure[];
  /** Until rows could flow. */
  readonly startMs: number;
  readonly metrics: JobMetrics;
  /** Of markers from source to sink; undefined when too short a run had none. */
  readonly latency: LatencySummary | undefined;
  readonly workers: readonly WorkerUse[];
  /** Largest resident set of the process. */
  readonly memoryMaxBytes: number;
  readonly warnings: readonly PlanWarning[];
}

const NUMBER = 13;
/** Failures that the report shows; the JSON document has all. */
const FAILURES_SHOWN = 3;

/** Lines for a person; at most `columns` wide. Warnings were told before the run. */
export function reportLines(outcome: RunOutcome, style: Style, columns: number): string[] {
  const { metrics, state, durationMs, startMs } = outcome;
  const { paint } = style;
  const marks = {
    finished: paint.green,
    stopped: paint.yellow,
    canceled: paint.yellow,
    failed: paint.red,
  };
  const took = ` in ${formatDuration(durationMs)}`;
  const start = ` (${formatDuration(startMs)} to start)`;
  const room = columns - state.length - 1 - took.length;
  const job = cutText(plainText(metrics.job), Math.max(8, room), style.glyphs.cut);
  return [
    `${paint.bold(job)} ${marks[state](state)}${took}${textWidth(job) + start.length <= room ? start : ''}`,
    ...operatorTable(outcome, style, columns),
    ...facts(outcome).flatMap(([name, texts]) =>
      factLines(name, texts, columns, style).map((line) => `  ${line}`),
    ),
  ];
}

function operatorTable(outcome: RunOutcome, { paint, glyphs }: Style, columns: number): string[] {
  const { plan, metrics } = outcome;
  const progress = { plan, metrics };
  const seconds = Math.max(outcome.durationMs - outcome.startMs, 1) / 1000;
  const { operators } = outcome.metrics;
  const names = operators.map(({ name }) => plainText(name));
  // A number less for each step down in width, but never the rows.
  const numbers = columns >= 60 ? 3 : columns >= 44 ? 2 : 1;
  const nameWidth = Math.max(
    8,
    Math.min(Math.max(...names.map(textWidth)), columns - 2 - numbers * (NUMBER + 1)),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, at) => (at === 0 ? padText(cell, nameWidth) : padText(cell, NUMBER, true))).join(' ')}`.trimEnd();
  const pick = (rowsIn: string, rowsOut: string, rate: string): string[] =>
    numbers === 3
      ? [rowsIn, rowsOut, rate]
      : numbers === 2
        ? [rowsIn, rowsOut]
        : [rowsOut || rowsIn];
  return [
    paint.dim(line(['operator', ...pick('rows in', 'rows out', 'rows/s')])),
    ...operators.map((operator, at) => {
      const source = isSource(progress, operator);
      const sink = isSink(progress, operator);
      return line([
        cutText(names[at]!, nameWidth, glyphs.cut),
        ...pick(
          source ? '' : formatInteger(operator.rowsIn),
          sink ? '' : formatInteger(operator.rowsOut),
          formatCount((source ? operator.rowsOut : operator.rowsIn) / seconds),
        ),
      ]);
    }),
  ];
}

type Fact = readonly [name: string, texts: readonly string[]];

function facts(outcome: RunOutcome): Fact[] {
  const { metrics, latency, workers, memoryMaxBytes, durationMs, startMs } = outcome;
  const { sourceRows, exchangedBytes, stateBytes } = metrics.totals;
  const seconds = Math.max(durationMs - startMs, 1) / 1000;
  const cpuMs = workers.reduce((sum, worker) => sum + worker.cpuMs, 0);
  const loss = lossText(outcome);
  const heap = Math.max(0, ...workers.map(({ heapUsedBytes }) => heapUsedBytes));
  return [
    [
      'rows',
      [
        `${formatInteger(sourceRows)} read`,
        `${formatCount(sourceRows / seconds)} rows/s`,
        ...(loss === undefined ? [] : [loss]),
        ...(outcome.restarts > 0 ? [count(outcome.restarts, 'restart')] : []),
      ],
    ],
    ...failuresFact(outcome.failures),
    ...latencyFact(latency),
    [
      'cpu',
      [
        `${formatDuration(cpuMs)} on ${count(workers.length, 'worker')}`,
        ...(workers.length > 1
          ? [workers.map((use) => formatDuration(use.cpuMs)).join(' + ')]
          : []),
      ],
    ],
    [
      'memory',
      [
        `${formatBytes(memoryMaxBytes)} resident at most`,
        ...(heap > 0 ? [`heap of a worker up to ${formatBytes(heap)}`] : []),
        ...(stateBytes > 0 ? [`state ${formatBytes(stateBytes)}`] : []),
        ...(exchangedBytes > 0 ? [`exchanged ${formatBytes(exchangedBytes)}`] : []),
      ],
    ],
  ];
}

function latencyFact(latency: LatencySummary | undefined): Fact[] {
  if (latency === undefined) return [];
  const { p50Us, p99Us, maxUs, count: markers } = latency;
  const show = (us: number): string => formatDuration(us / 1000);
  return [
    [
      'latency',
      [`p50 ${show(p50Us)}`, `p99 ${show(p99Us)}`, `max ${show(maxUs)}`, count(markers, 'marker')],
    ],
  ];
}

/** The texts after the name, as many to a line as fit. */
/** The last failures that the job went on after; one that ended it is told by itself. */
function failuresFact(failures: readonly JobFailure[]): Fact[] {
  const texts = failures.flatMap(({ attempt, operator, error, recovery }) => {
    if (recovery === undefined) return [];
    const { checkpoint, durationMs, redoneMs } = recovery;
    const from = checkpoint === undefined ? 'the beginning' : `checkpoint ${checkpoint}`;
    const what = plainText(`${operator ?? 'the job'}: ${error.message}`);
    return [
      `attempt ${attempt}, on from ${from} after ${formatDuration(durationMs)}, ${formatDuration(redoneMs)} done again`,
      what,
    ];
  });
  return texts.length === 0 ? [] : [['failed', texts.slice(-2 * FAILURES_SHOWN)]];
}

function factLines(
  name: string,
  texts: readonly string[],
  columns: number,
  { paint, glyphs }: Style,
): string[] {
  const width = columns - 2 - 8;
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + text.length <= width) {
      lines[lines.length - 1] = `${last}, ${text}`;
    } else lines.push(cutText(text, width, glyphs.cut));
  }
  return lines.map((line, at) => `${paint.dim(padText(at === 0 ? name : '', 8))}${line}`);
}
