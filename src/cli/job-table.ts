/** Running jobs as lines. Pure. */

import { formatDuration } from '../base/index.ts';
import type { FoundJob } from './running-jobs.ts';
import type { Style } from './style.ts';
import { cutText, padText, plainText, textWidth } from './text.ts';

const NAME_COLUMNS_MIN = 8;

/**
 * A head and a line a job, at most `columns` wide: columns at the end give way before the name does.
 *
 * @param nowMs since the epoch
 */
export function jobLines(
  jobs: readonly FoundJob[],
  nowMs: number,
  style: Style,
  columns: number,
): string[] {
  const { paint, glyphs } = style;
  if (jobs.length === 0) return [];
  const rows = jobs.map(({ id, job }) => [
    id,
    plainText(job.name),
    job.state,
    formatDuration(Math.max(0, nowMs - job.submittedAtMs)),
    checkpointsText(job.checkpoints, job.savepoints),
    job.latest === null
      ? ''
      : `${formatDuration(Math.max(0, nowMs - job.latest.completedAtMs))} ago`,
  ]);
  const table = [['ID', 'NAME', 'STATE', 'FOR', 'CHECKPOINTS', 'LATEST'], ...rows];
  const widths = table[0]!.map((_, at) => Math.max(...table.map((row) => textWidth(row[at]!))));
  let shown = widths.length;
  const others = (): number =>
    widths.slice(0, shown).reduce((sum, width, at) => (at === 1 ? sum : sum + width + 2), 0);
  while (shown > 3 && others() + Math.min(widths[1]!, NAME_COLUMNS_MIN) > columns) shown--;
  widths[1] = Math.max(NAME_COLUMNS_MIN, Math.min(widths[1]!, columns - others()));
  return table.map((row, index) => {
    const line = row
      .slice(0, shown)
      .map((cell, at) => padText(cutText(cell, widths[at]!, glyphs.cut), widths[at]!))
      .join('  ')
      .trimEnd();
    return index === 0 ? paint.dim(line) : line;
  });
}

function checkpointsText(checkpoints: number, savepoints: number): string {
  return savepoints === 0 ? String(checkpoints) : `${checkpoints} + ${savepoints}`;
}
