/**
 * An error as the command prints it: the engine's own text, with the user's source line and a caret below the place, paths
 * relative to the working directory, and colors.
 */

import { readFileSync } from 'node:fs';
import { resolve, sep } from 'node:path';

import { formatError } from '../base/index.ts';
import type { EngineError, ErrorCode, ErrorPlace, ErrorText } from '../base/index.ts';
import type { CliIo } from './io.ts';
import type { Paint } from './style.ts';

/** How to print errors. */
export interface ErrorStyle {
  readonly paint: Paint;
  readonly cwd: string;
  /** Whether to show stacks of expected errors too. */
  readonly debug: boolean;
}

/** Columns of a source line that are shown. */
const EXCERPT_COLUMNS = 100;
/** Bugs, whose stack is worth reading without asking for it. */
const UNEXPECTED: readonly ErrorCode[] = ['ERR_BASE_INVARIANT', 'ERR_BASE_UNEXPECTED'];

/**
 * The error, all problems of a configuration one after the other; ends with a line break.
 *
 * @example
 * io.stderr.write(errorText(error, { paint: paintOf(true), cwd: io.cwd, debug: false }));
 */
export function errorText(error: EngineError, style: ErrorStyle): string {
  const problems = problemsOf(error);
  const texts =
    problems.length > 1
      ? [`${problems.length} problems:`, ...problems.map((problem) => oneText(problem, style))]
      : [oneText(error, style)];
  const stack = stackOf(error, style.debug);
  return `${[...texts, ...(stack === undefined ? [] : [style.paint.dim(stack)])].join('\n')}\n`;
}

/** The error as plain data, for `--json`. */
export function errorJson(error: EngineError): Readonly<Record<string, unknown>> {
  const { code, message, hint, retryable } = error;
  const { details, place, cause } = error.toPlain();
  return {
    code,
    message,
    hint,
    retryable,
    place,
    ...(cause === undefined ? {} : { cause: { name: cause.name, message: cause.message } }),
    ...(Array.isArray(details['problems']) ? { problems: details['problems'] as unknown } : {}),
  };
}

/** The parts of the process's surroundings that errors need. */
export function errorStyle(io: CliIo, paint: Paint, debug: boolean): ErrorStyle {
  return { paint, cwd: io.cwd, debug };
}

function problemsOf(error: EngineError): ErrorText[] {
  const { problems } = error.details;
  if (!Array.isArray(problems)) return [];
  return (problems as (ErrorPlace & Pick<ErrorText, 'code' | 'message' | 'hint'>)[]).map(
    ({ code, message, hint, ...place }) => ({ code, message, hint, place, cause: undefined }),
  );
}

function oneText(error: ErrorText, { paint, cwd }: ErrorStyle): string {
  // A cause that the headline repeats word for word says nothing new.
  const told = error.cause instanceof Error && error.message.includes(error.cause.message);
  const shown = told ? { ...pick(error), cause: undefined } : error;
  const excerpt = excerptOf(error.place, cwd, paint);
  let placed = excerpt.length === 0;
  const lines = formatError(shown)
    .split('\n')
    .flatMap((line, index) => {
      const text = line.replaceAll(cwd + sep, '');
      if (index === 0) return [headline(text, error.code, paint)];
      const label = /^ {2}(at|source|operator|row|cause|hint)\b:?/.exec(line)?.[1];
      // The short form of the place that stands above it.
      if (label === 'source' && error.place.line !== undefined) return [];
      if (label === 'hint') return [text.replace('hint:', paint.cyan('hint:'))];
      if (placed || (label !== 'at' && label !== 'source')) return [text];
      placed = true;
      return [text, ...excerpt];
    });
  return lines.join('\n');
}

function pick({ code, message, hint, place, cause }: ErrorText): ErrorText {
  return { code, message, hint, place, cause };
}

function headline(line: string, code: string, paint: Paint): string {
  return line.startsWith(code) ? paint.bold(paint.red(code)) + line.slice(code.length) : line;
}

/** The source line with a caret; nothing where the file cannot be read. */
function excerptOf(place: ErrorPlace, cwd: string, paint: Paint): string[] {
  const at = positionOf(place);
  if (at === undefined) return [];
  const line = lineOfFile(resolve(cwd, at.file), at.line);
  if (line === undefined || line.trim() === '') return [];
  // Tabs become one column, so that the caret stands below its character.
  const flat = line.replaceAll('\t', ' ');
  const column = Math.min(at.column ?? 1, flat.length + 1);
  const from = column > EXCERPT_COLUMNS ? column - EXCERPT_COLUMNS / 2 : 0;
  const text = flat.slice(from, from + EXCERPT_COLUMNS).trimEnd();
  const number = String(at.line);
  const gutter = ' '.repeat(number.length);
  const lines = [`    ${paint.dim(`${number} |`)} ${text}`];
  if (at.column !== undefined) {
    const spaces = ' '.repeat(Math.max(0, column - 1 - from));
    lines.push(`    ${paint.dim(`${gutter} |`)} ${spaces}${paint.red('^')}`);
  }
  return lines;
}

interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number | undefined;
}

function positionOf({ file, line, column, source }: ErrorPlace): Position | undefined {
  if (file !== undefined && line !== undefined) return { file, line, column };
  const match = /^(.+):(\d+):(\d+)$/.exec(source ?? '');
  if (match === null) return undefined;
  return { file: match[1]!, line: Number(match[2]), column: Number(match[3]) };
}

function lineOfFile(path: string, line: number): string | undefined {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/)[line - 1];
  } catch {
    return undefined;
  }
}

function stackOf(error: EngineError, debug: boolean): string | undefined {
  if (!debug && !UNEXPECTED.includes(error.code)) return undefined;
  const { cause } = error;
  const stack = cause instanceof Error ? cause.stack : error.stack;
  return stack?.replace(/^/gm, '  ');
}
