/** Rows that an operator left out since its code threw: the record type of the side output that takes them. */

import { i32, nullable, record, timestamp, utf8 } from '../record/index.ts';
import type { RecordType } from '../record/index.ts';
import { outputTag } from './output-tag.ts';
import type { OutputTag } from './output-tag.ts';

/** A row that was left out, and why. */
export interface DeadLetter {
  /** Name of the operator. */
  readonly operator: string;
  /** Which of its subtasks, from 0. */
  readonly subtask: number;
  /** Code of the error; `ERR_RUNTIME_USER_FUNCTION` for what a function threw. */
  readonly code: string;
  readonly message: string;
  /** The line that threw: `job.ts:12:20`. */
  readonly source: string | null;
  /** The row that the operator was given, as JSON; cut off after 500 characters. */
  readonly row: string;
  /** The row's timestamp, ms since the epoch; null when it had none. */
  readonly timestamp: number | null;
}

/** Record type of {@link DeadLetter}. */
export const DeadLetter: RecordType<DeadLetter> = record('DeadLetter', {
  operator: utf8,
  subtask: i32,
  code: utf8,
  message: utf8,
  source: nullable(utf8),
  row: utf8,
  timestamp: nullable(timestamp),
});

/** The side output that they go to. */
export const DEAD_LETTERS: OutputTag<DeadLetter> = outputTag('dead-letters', DeadLetter);
