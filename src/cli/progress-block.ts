/**
 * The block that a terminal shows while a job runs: one line per operator, a bar per chain, the bottleneck. Pure.
 *
 * Laws: no line is wider than `columns`, and there are at most `rows` lines; what has no room is left out, the least
 * important column first.
 */

import { formatCount, formatDuration } from '../base/index.ts';
import type { OperatorMetrics } from '../metrics/index.ts';
import { bottleneckOf, isSink, isSource, loadOf, lossText, silenceText } from './progress-state.ts';
import type { Load, ProgressState } from './progress-state.ts';
import type { Style } from './style.ts';
import { cutText, formatPercent, padText, plainText, textWidth } from './text.ts';

/** Room there is. */
export interface BlockSize {
  readonly columns: number;
  readonly rows: number;
}

/** Columns of the table that depend on the width; 0: left out. */
interface Columns {
  readonly name: number;
  readonly times: number;
  readonly rate: number;
  readonly rateOut: number;
  readonly total: number;
  readonly bar: number;
}

const GAP = 2;
const RATE = 9;
/** The smallest that is worth looking at. */
const COLUMNS_MIN = 20;

/** The lines of the block. */
export function progressBlock(progress: ProgressState, style: Style, size: BlockSize): string[] {
  const columns = Math.max(size.columns, COLUMNS_MIN);
  const layout = columnsFor(progress, columns);
  const { paint, glyphs } = style;
  const fit = (text: string): string => cutText(text, columns, glyphs.cut);
  const operators = operatorLines(progress, style, layout);
  const loss = lossText(progress);
  const silence = silenceText(progress);
  const tail = [
    bottleneckLine(progress, style, columns),
    ...(silence === undefined ? [] : [paint.yellow(fit(silence))]),
    ...(loss === undefined ? [] : [paint.yellow(fit(loss))]),
  ];
  const head = [headLine(progress, style, columns), paint.dim(tableHead(layout, style))];
  const room = Math.max(0, size.rows - head.length - tail.length);
  const shown =
    operators.length <= room
      ? operators
      : [
          ...operators.slice(0, Math.max(0, room - 1)),
          paint.dim(fit(`  and ${operators.length - Math.max(0, room - 1)} operators more`)),
        ];
  return [...head, ...shown, ...tail].slice(0, Math.max(1, size.rows));
}

function columnsFor({ plan }: ProgressState, columns: number): Columns {
  const longest = Math.max(
    ...plan.chains.flatMap(({ operators }) =>
      operators.map(({ name }, place) => textWidth(plainText(name)) + (place === 0 ? 0 : 2)),
    ),
    'operator'.length,
  );
  const wide = columns >= 72;
  const times = columns >= 60 ? Math.max(...plan.chains.map((c) => `x${c.parallelism}`.length)) : 0;
  const rateOut = wide ? RATE : 0;
  const total = columns >= 50 ? RATE : 0;
  const barLeast = columns >= 34 ? (columns >= 100 ? 24 : wide ? 16 : 8) : 0;
  const taken = [times, RATE, rateOut, total, barLeast].reduce(
    (sum, width) => sum + (width === 0 ? 0 : width + GAP),
    0,
  );
  const name = Math.max(4, Math.min(longest, columns - taken));
  return { name, times, rate: RATE, rateOut, total, bar: barLeast };
}

function headLine({ state, metrics }: ProgressState, style: Style, columns: number): string {
  const { paint, glyphs } = style;
  const { sourceRowsPerSecond, progress } = metrics.totals;
  const job = plainText(metrics.job);
  const rate = `${formatCount(sourceRowsPerSecond)} rows/s`;
  const share = progress === null ? [] : [formatPercent(progress)];
  const facts = [state, formatDuration(metrics.uptimeMs), ...share, rate];
  // Where the name has no room, what a person sees anyway goes first: that it runs, and how long.
  const nameLeast = Math.min(textWidth(job), 14);
  while (facts.length > share.length + 1 && nameLeast + GAP + facts.join('  ').length > columns) {
    facts.shift();
  }
  const text = facts.join('  ');
  const name = cutText(job, Math.max(4, columns - text.length - GAP), glyphs.cut);
  const left = columns - textWidth(name) - GAP;
  const line = `${paint.bold(name)}  ${cutText(text, left, glyphs.cut)}`;
  const barRoom = left - text.length - GAP;
  if (progress === null || barRoom < 10) return line;
  const width = Math.min(barRoom, 30);
  const done = Math.min(width, Math.floor(progress * width));
  return `${line}  ${paint.cyan(glyphs.busy.repeat(done))}${paint.dim(glyphs.idle.repeat(width - done))}`;
}

function tableHead(layout: Columns, { glyphs }: Style): string {
  const legend = `${glyphs.busy} busy ${glyphs.backpressured} blocked`;
  return joined(
    [
      padText('operator', layout.name),
      padText('', layout.times),
      padText(layout.rateOut === 0 ? 'rows/s' : 'in/s', layout.rate, true),
      padText('out/s', layout.rateOut, true),
      padText('rows', layout.total, true),
      layout.bar >= textWidth(legend) ? legend : layout.bar > 0 ? 'load' : '',
    ],
    layout,
  );
}

function operatorLines(progress: ProgressState, style: Style, layout: Columns): string[] {
  const { plan, metrics } = progress;
  return plan.chains.flatMap((chain) => {
    const load = loadOf(metrics.subtasks.filter((subtask) => subtask.chain === chain.id));
    return metrics.operators
      .filter((operator) => operator.chain === chain.id)
      .map((operator, place) =>
        joined(
          [
            nameCell(operator, place, style, layout.name),
            padText(place === 0 ? `x${chain.parallelism}` : '', layout.times),
            ...numberCells(progress, operator, layout),
            place === 0 && layout.bar > 0 ? barText(load, style, layout.bar) : '',
          ],
          layout,
        ),
      );
  });
}

function nameCell(
  operator: OperatorMetrics,
  place: number,
  { glyphs }: Style,
  width: number,
): string {
  // Operators that run inside of a chain stand below its head.
  const indent = place === 0 ? '' : '  ';
  return padText(cutText(indent + plainText(operator.name), width, glyphs.cut), width);
}

function numberCells(
  progress: ProgressState,
  operator: OperatorMetrics,
  layout: Columns,
): string[] {
  const source = isSource(progress, operator);
  const sink = isSink(progress, operator);
  const into = source ? '' : formatCount(operator.rowsInPerSecond);
  const out = sink ? '' : formatCount(operator.rowsOutPerSecond);
  const total = formatCount(sink ? operator.rowsIn : operator.rowsOut);
  return [
    padText(layout.rateOut === 0 && source ? out : into, layout.rate, true),
    padText(out, layout.rateOut, true),
    padText(total, layout.total, true),
  ];
}

/** Cells that are shown, two columns apart; the last cell brings its own width. */
function joined(cells: readonly string[], layout: Columns): string {
  const widths = [layout.name, layout.times, layout.rate, layout.rateOut, layout.total, layout.bar];
  return cells
    .filter((_, at) => widths[at]! > 0)
    .join(' '.repeat(GAP))
    .trimEnd();
}

/** Busy, backpressured and idle parts, `width` columns together. */
export function barText(load: Load, { paint, glyphs }: Style, width: number): string {
  if (load.busy + load.backpressured + load.idle === 0) return paint.dim(glyphs.idle.repeat(width));
  const busy = Math.round(load.busy * width);
  const backpressured = Math.min(width - busy, Math.round(load.backpressured * width));
  return (
    paint.green(glyphs.busy.repeat(busy)) +
    paint.yellow(glyphs.backpressured.repeat(backpressured)) +
    paint.dim(glyphs.idle.repeat(width - busy - backpressured))
  );
}

/** Stands there also without a bottleneck, so that the block does not jump. */
function bottleneckLine(
  progress: ProgressState,
  { paint, glyphs }: Style,
  columns: number,
): string {
  const found = bottleneckOf(progress);
  if (found === undefined) return paint.dim(cutText('no bottleneck', columns, glyphs.cut));
  const label = 'bottleneck: ';
  const room = columns - label.length;
  // The name is cut and not what follows, as long as some of the name is left.
  const rest = columns < 60 ? found.shortRest : found.rest;
  const chain = cutText(found.chain, Math.max(4, room - rest.length), glyphs.cut);
  return paint.yellow(label) + cutText(chain + rest, room, glyphs.cut);
}
