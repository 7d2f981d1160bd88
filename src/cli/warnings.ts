/** Warnings as lines. */

import type { PlanWarning } from '../plan/index.ts';
import type { Output } from './io.ts';
import type { Paint } from './style.ts';
import { wrapText } from './text.ts';

/**
 * One warning, with the place in the job that it is about; ends with a line break. On a terminal it is broken at words; elsewhere
 * it is one line, which is easier to search.
 */
export function warningText(
  { code, message, location }: PlanWarning,
  paint: Paint,
  output: Output,
  indent: string = '',
): string {
  const at = location === undefined || message.includes(location) ? '' : ` (${location})`;
  const text = `${code}: ${message}${at}`;
  const columns = output.isTTY ? Math.max(40, (output.columns ?? 80) - 2) : Infinity;
  const [first = '', ...rest] = wrapText(text, columns, indent);
  return [first.replace(code, paint.yellow(code)), ...rest.map((line) => `  ${line}`)]
    .map((line) => `${line}\n`)
    .join('');
}
