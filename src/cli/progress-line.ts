/** The progress of a job as one line, for logs and pipes. Pure. */

import { formatCount, formatDuration } from '../base/index.ts';
import { bottleneckOf, lossText, silenceText } from './progress-state.ts';
import type { ProgressState } from './progress-state.ts';
import { formatPercent, plainText } from './text.ts';

/**
 * One line without line break.
 *
 * @example
 * progressLine(progress); // 'airport-delays running 4 s: 42 %, 1.25 M rows/s, 3.42 M rows read, …'
 */
export function progressLine(progress: ProgressState): string {
  const { metrics, state } = progress;
  const { totals } = metrics;
  const bottleneck = bottleneckOf(progress);
  const loss = lossText(progress);
  const silence = silenceText(progress);
  const facts = [
    ...(totals.progress === null ? [] : [formatPercent(totals.progress)]),
    `${formatCount(totals.sourceRowsPerSecond)} rows/s`,
    `${formatCount(totals.sourceRows)} rows read`,
    ...(loss === undefined ? [] : [loss]),
    ...(silence === undefined ? [] : [silence]),
    ...(bottleneck === undefined ? [] : [`bottleneck ${bottleneck.chain}${bottleneck.rest}`]),
  ];
  return `${plainText(metrics.job)} ${state} ${formatDuration(metrics.uptimeMs)}: ${facts.join(', ')}`;
}
