/**
 * Every error the engine reports: a closed table of codes, and one class.
 *
 * The prefix of a code names the room to open. A message states what was expected and what was got with values;
 * the hint says what to do. `{name}` is filled from `details`; a test constructs every entry.
 */

import { ERROR_TABLE } from './error-table.ts';
import { thrownMessage, thrownText } from './thrown.ts';

/** A stable code; never renamed or reused. */
export type ErrorCode = keyof typeof ERROR_TABLE;

/** Where an error arose; every part optional, numbers counted from 1 (subtask from 0). */
export interface ErrorPlace {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly operator?: string;
  readonly subtask?: number;
  /** The user's own stack frame, e.g. `job.ts:12:20`. */
  readonly source?: string;
  /** The row that was being processed, as JSON, truncated. */
  readonly row?: string;
}

/** Plain data that survives crossing threads; {@link EngineError.fromPlain} rebuilds the error. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly place: ErrorPlace;
  readonly stack: string | undefined;
  readonly cause:
    | { readonly name: string; readonly message: string; readonly stack: string | undefined }
    | undefined;
}

/** One entry of the table. */
export interface ErrorEntry {
  /** Text with `{placeholders}`. */
  readonly message: string;
  /** What to do about it, with `{placeholders}`. */
  readonly hint: string;
  /** Whether running the job again from its last checkpoint can help. */
  readonly retryable: boolean;
}

/**
 * The one error class of the engine.
 *
 * @example
 * const error = new EngineError('ERR_BASE_UNIT', { unit: 'bytes', got: '12 pints', examples: '64MiB' });
 * error.code; // 'ERR_BASE_UNIT'
 */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly place: ErrorPlace;
  readonly hint: string;
  readonly retryable: boolean;

  constructor(
    code: ErrorCode,
    details: Readonly<Record<string, unknown>> = {},
    options: { readonly cause?: unknown; readonly place?: ErrorPlace } = {},
  ) {
    const entry: ErrorEntry = ERROR_TABLE[code];
    super(
      fill(entry.message, details),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.details = details;
    this.place = options.place ?? {};
    this.hint = fill(entry.hint, details);
    this.retryable = entry.retryable;
  }

  /** The same error with more of its place known; parts already known win. */
  at(place: ErrorPlace): EngineError {
    const moved = new EngineError(this.code, this.details, {
      cause: this.cause,
      place: { ...place, ...this.place },
    });
    if (this.stack !== undefined) moved.stack = this.stack;
    return moved;
  }

  toPlain(): PlainError {
    const { cause } = this;
    return {
      code: this.code,
      details: JSON.parse(JSON.stringify(this.details, jsonSafe)) as Record<string, unknown>,
      place: this.place,
      stack: this.stack,
      cause: cause === undefined ? undefined : thrownText(cause),
    };
  }

  static fromPlain(plain: PlainError): EngineError {
    let cause: Error | undefined;
    if (plain.cause) {
      cause = new Error(plain.cause.message);
      cause.name = plain.cause.name;
      if (plain.cause.stack !== undefined) cause.stack = plain.cause.stack;
    }
    const error = new EngineError(plain.code, plain.details, { cause, place: plain.place });
    if (plain.stack !== undefined) error.stack = plain.stack;
    return error;
  }
}

/** Wraps whatever was thrown; an {@link EngineError} passes through. */
export function toEngineError(thrown: unknown, place: ErrorPlace = {}): EngineError {
  if (thrown instanceof EngineError) return thrown.at(place);
  return new EngineError(
    'ERR_BASE_UNEXPECTED',
    { reason: thrownMessage(thrown) },
    { cause: thrown, place },
  );
}

/** The parts of an error that a person reads. */
export type ErrorText = Pick<EngineError, 'code' | 'message' | 'hint' | 'place' | 'cause'>;

/**
 * The error as a person reads it: one headline, then place, row, cause and hint on lines of their own.
 */
export function formatError(error: ErrorText): string {
  const { place } = error;
  const lines = [`${error.code}: ${error.message}`];
  if (place.file !== undefined) {
    lines.push(
      `  at ${place.file}${place.line === undefined ? '' : `:${place.line}${place.column === undefined ? '' : `:${place.column}`}`}`,
    );
  }
  if (place.operator !== undefined) {
    lines.push(
      `  operator: ${place.operator}${place.subtask === undefined ? '' : `, subtask ${place.subtask}`}`,
    );
  }
  if (place.source !== undefined) lines.push(`  source: ${place.source}`);
  if (place.row !== undefined) lines.push(`  row: ${place.row}`);
  if (error.cause instanceof Error)
    lines.push(`  cause: ${error.cause.name}: ${error.cause.message}`);
  if (error.hint !== '') lines.push(`  hint: ${error.hint}`);
  return lines.join('\n');
}

function fill(template: string, details: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => describe(details[name]));
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.message;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value, jsonSafe);
  return String(value);
}

function jsonSafe(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function' || typeof value === 'symbol') return String(value);
  if (value instanceof Error) return value.message;
  return value;
}
