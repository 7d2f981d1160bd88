/** `print`: every row as a line on the console of the process that submitted the job. */

import { DriverWriter } from './driver-writer.ts';
import { freeJson, objectEncoder } from './json-text.ts';
import { optionError } from './options.ts';
import { RowKind, rowKindText } from '../record/index.ts';
import type { Sink } from './sink.ts';

/** Options of {@link print}. */
export interface PrintOptions {
  /** Stands before every line, followed by `> `; with several subtasks followed by the number of the subtask first. */
  readonly prefix?: string;
  /**
   * Whether every line says what the row does to the table that the stream describes: `+I`, `-U`, `+U`, `-D`. Default: only
   * lines of rows that are no inserts do.
   */
  readonly kinds?: boolean;
  /** Default `stdout`. */
  readonly to?: 'stdout' | 'stderr';
}

/**
 * A sink that prints rows, text as it is and everything else as JSON. Lines are made on the worker and written by the submitting
 * thread, so lines of different subtasks never mix within a line. With several subtasks a line starts with the number of its
 * subtask, counted from 1, as in Flink: `2> {"origin":"SFO"}`. At least once: after a restart, lines since the last checkpoint are
 * printed again.
 *
 * @throws ERR_CONNECTORS_OPTION
 * @example
 * stream.sinkTo(print({ prefix: 'late' })); // late> {"origin":"SFO","flights":12}
 */
export function print(options: PrintOptions = {}): Sink<unknown> {
  const { prefix = '', to = 'stdout', kinds = false } = options;
  if (to !== 'stdout' && to !== 'stderr') {
    throw optionError('print', 'to', "'stdout' or 'stderr'", to);
  }
  return {
    kind: 'print',
    params: { prefix, to, ...(kinds ? { kinds } : {}) },
    functions: {},
    async: true,
    createWriter: (context) => {
      const { type, parallelism, subtaskIndex } = context;
      const subtask = parallelism > 1 ? String(subtaskIndex + 1) : '';
      const label = [prefix, subtask].filter((part) => part !== '').join(':');
      const start = label === '' ? '' : `${label}> `;
      const encode = type === undefined ? freeJson : objectEncoder(type.descriptor.fields);
      return new DriverWriter(context, { kind: 'print', to }, (row, kind) => {
        const text = typeof row === 'string' ? row : encode(row);
        return kinds || kind !== RowKind.insert
          ? `${start}${rowKindText(kind)} ${text}`
          : start + text;
      });
    },
  };
}
