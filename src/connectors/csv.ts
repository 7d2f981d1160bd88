/** `csv`: a file of delimited text; with a record type it is read, without one it is written. */

import type { Plain } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { opColumnOption } from './changelog.ts';
import { CsvRowFormat } from './csv-rows.ts';
import { columnOrder, readHeader } from './csv-header.ts';
import { csvEncoder } from './csv-text.ts';
import { fileSink } from './file-sink.ts';
import { asciiByte, badRowPolicy, optionError, positiveInteger } from './options.ts';
import { filePath } from './path.ts';
import { rollingPolicy } from './rolling.ts';
import type { RollingOptions } from './rolling.ts';
import { liveFields } from './row-object.ts';
import type { Sink } from './sink.ts';
import type { BadRowPolicy, Source } from './source.ts';
import { SPLIT_BYTES, textSource } from './text-source.ts';

/** What reading and writing have in common. */
export interface CsvDialect {
  /** Whether the first row names the columns, default true. */
  readonly header?: boolean;
  /** One ASCII character, default a comma. */
  readonly delimiter?: string;
  /** One ASCII character, default `"`. */
  readonly quote?: string;
}

/** Options of {@link csv} as a source. */
export interface CsvSourceOptions extends CsvDialect {
  /**
   * Which column holds which field. A list names the file's columns in their order (a header is then skipped); an object
   * gives the header's name of fields that are called otherwise. Default: by the header, or without one in the order of the fields.
   */
  readonly columns?: readonly string[] | { readonly [field: string]: string };
  /** Whether quoted fields may hold line breaks, default false. The file is then one split and read by one subtask. */
  readonly multiline?: boolean;
  /** What to do with a row that cannot be read, default `fail`. */
  readonly onBadRow?: BadRowPolicy;
  /** Bytes of one split, default 8 MiB; parallel subtasks read different splits. */
  readonly splitBytes?: number;
}

/** Options of {@link csv} as a sink. */
export interface CsvSinkOptions extends CsvDialect {
  /** Which fields to write, in this order. Default: all fields of the record type, or of the first row of an untyped stream. */
  readonly columns?: readonly string[];
  /**
   * Name of a first column that says what each row does to the table that the stream describes: `+I`, `-U`, `+U`, `-D`. Without it
   * the sink takes inserts only.
   */
  readonly opColumn?: string;
  /**
   * Writes parts instead of one file a subtask: `delays-<run>-0.csv`, `delays-<run>-1.csv`, …, each with a header. A part appears when
   * the checkpoint after its end is complete, and at the latest when the input ended; without checkpoints all do then.
   */
  readonly rolling?: RollingOptions;
}

/**
 * A CSV file (RFC 4180) as a source of typed rows.
 *
 * Numbers must fit their field, booleans are `true`, `false`, `1`, `0`, timestamps ISO 8601 (UTC unless they say otherwise) or integer
 * milliseconds, bytes base64, lists and records JSON. An empty unquoted field of a nullable type is null. LF and CRLF,
 * a byte order mark, a missing last line ending and empty lines are all right. The emitted object is reused: keep `row.copy()`.
 *
 * @throws ERR_CONNECTORS_OPTION; when the job starts ERR_CONNECTORS_FILE, ERR_CONNECTORS_SCHEMA; when it runs ERR_CONNECTORS_ROW
 * @example
 * env.fromSource(csv('flights.csv', Flight, { columns: { origin: 'from' }, onBadRow: 'skip' }));
 */
export function csv<T>(
  path: string | URL,
  type: RecordType<T>,
  options?: CsvSourceOptions,
): Source<T>;
/**
 * A CSV file as a sink. It is written beside its place and appears under its name when the input ended; a job that fails or is
 * cancelled leaves nothing under that name. With several subtasks each writes a file of its own: `delays-0.csv`,
 * `delays-1.csv`, or where `{subtask}` stands in the path. A path belongs to one sink of one job at a time.
 *
 * With checkpoints every row of the job's history is in the files once: what was written before a checkpoint is durable when that is
 * complete, and a restart goes on from there. Hidden files (`.delays.csv.part`) stay behind when such a job is
 * cancelled, as it may be restored; the next start of the sink removes them. A restore at another parallelism goes on with the files
 * whose names are still in use and lets the others be. If other parts of the job fail after the input of this sink
 * ended, and start again from before that, the files are taken back and appear again; so are parts that were
 * published after the checkpoint which is restored.
 *
 * null is an empty field and an empty text `""`, timestamps are ISO 8601 in UTC, bytes base64, lists and records JSON.
 *
 * @throws ERR_CONNECTORS_OPTION; when the job starts ERR_CONNECTORS_SINK; when it runs ERR_CONNECTORS_CHANGELOG
 * @example
 * delays.sinkTo(csv('delays.csv', { delimiter: ';' }));
 */
export function csv(path: string | URL, options?: CsvSinkOptions): Sink<unknown>;
export function csv(
  path: string | URL,
  typeOrOptions?: RecordType | CsvSinkOptions,
  options: CsvSourceOptions = {},
): Source | Sink {
  return typeOrOptions !== undefined && 'descriptor' in typeOrOptions
    ? csvSource(filePath(path), typeOrOptions, options)
    : csvSink(filePath(path), typeOrOptions ?? {});
}

/** Delimiter and quote as bytes. @throws ERR_CONNECTORS_OPTION */
function dialectBytes({ delimiter = ',', quote = '"' }: CsvDialect): {
  readonly delimiter: number;
  readonly quote: number;
} {
  if (delimiter === quote) {
    throw optionError('csv', 'quote', 'another character than the delimiter', quote);
  }
  return {
    delimiter: asciiByte('csv', 'delimiter', delimiter),
    quote: asciiByte('csv', 'quote', quote),
  };
}

function csvSource(path: string, type: RecordType, options: CsvSourceOptions): Source {
  const dialect = { ...dialectBytes(options), multiline: options.multiline ?? false };
  const header = options.header ?? true;
  const onBadRow = badRowPolicy('csv', options.onBadRow);
  const splitBytes = positiveInteger('csv', 'splitBytes', options.splitBytes, SPLIT_BYTES);
  return textSource({
    kind: 'csv',
    path,
    params: { ...csvParams(path, options), multiline: dialect.multiline, onBadRow },
    type,
    onBadRow,
    header,
    splitBytes: dialect.multiline ? Infinity : splitBytes,
    open: () => {
      const { columns } = options;
      const listed = Array.isArray(columns) ? (columns as readonly string[]) : undefined;
      const names =
        listed ??
        (header ? readHeader(path, dialect) : liveFields(type).map((field) => field.name));
      const renamed = listed === undefined ? (columns as { [field: string]: string }) : undefined;
      const order = columnOrder(path, type, names, renamed ?? {});
      return new CsvRowFormat(type, order, { ...dialect, fileColumns: names.length });
    },
  });
}

function csvSink(path: string, options: CsvSinkOptions): Sink {
  const delimiter = options.delimiter ?? ',';
  const quote = options.quote ?? '"';
  dialectBytes(options);
  const { columns, header = true } = options;
  const opColumn = opColumnOption('csv', options.opColumn);
  return fileSink({
    kind: 'csv',
    path,
    params: { ...csvParams(path, options), ...(opColumn === undefined ? {} : { opColumn }) },
    opColumn,
    rolling: rollingPolicy('csv', options.rolling),
    encoder: (type) => csvEncoder(type, { delimiter, quote, header, columns, opColumn }),
  });
}

function csvParams(path: string, options: CsvSourceOptions): { readonly [key: string]: Plain } {
  const { header = true, delimiter = ',', quote = '"', columns } = options;
  return { path, header, delimiter, quote, ...(columns === undefined ? {} : { columns }) };
}
