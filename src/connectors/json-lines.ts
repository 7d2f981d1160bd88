/** `jsonLines`: one JSON document a line (NDJSON); read with or without a record type, or written. */

import { rowKindText } from '../record/index.ts';
import type { RecordType } from '../record/index.ts';
import { opColumnOption, ROW_KINDS } from './changelog.ts';
import { fileSink } from './file-sink.ts';
import type { RowEncoder } from './file-writer.ts';
import { freeJson, objectEncoder } from './json-text.ts';
import { jsonObject, valueDecoder } from './json-values.ts';
import type { ValueDecoder } from './json-values.ts';
import { LineFormat } from './line-format.ts';
import { badRowPolicy, positiveInteger } from './options.ts';
import { filePath } from './path.ts';
import { rollingPolicy } from './rolling.ts';
import type { RollingOptions } from './rolling.ts';
import { liveFields, rowFactory } from './row-object.ts';
import { RowProblem, shown } from './row-problem.ts';
import type { Sink } from './sink.ts';
import type { BadRowPolicy, Source } from './source.ts';
import { SPLIT_BYTES, textSource } from './text-source.ts';

/** Options of {@link jsonLines}; those of a source have no meaning for a sink, and the other way round. */
export interface JsonLinesOptions {
  /**
   * Sink: a first property of every document that says what the row does to the table that the stream describes: `+I`,
   * `-U`, `+U`, `-D`. Without it the sink takes inserts only. A row that is no object becomes the property `value`.
   */
  readonly opColumn?: string;
  /** What to do with a line that cannot be read, default `fail`. */
  readonly onBadRow?: BadRowPolicy;
  /** Bytes of one split, default 8 MiB; parallel subtasks read different splits. */
  readonly splitBytes?: number;
  /** Sink: several files that appear while the job runs; see {@link csv}. */
  readonly rolling?: RollingOptions;
}

/**
 * JSON lines as a source of typed rows. Properties that are no field are ignored; a missing one is null if the field is nullable.
 * 64-bit integers may be strings, timestamps ISO 8601 or integer milliseconds, bytes base64. Empty lines are skipped. The
 * emitted object is reused: keep `row.copy()`.
 *
 * @throws ERR_CONNECTORS_OPTION; when the job starts ERR_CONNECTORS_FILE; when it runs ERR_CONNECTORS_ROW
 * @example
 * env.fromSource(jsonLines('bids.ndjson', Bid, { onBadRow: 'sideOutput' }));
 */
export function jsonLines<T>(
  path: string | URL,
  type: RecordType<T>,
  options?: JsonLinesOptions,
): Source<T>;
/**
 * JSON lines without a record type: `fromSource` reads whatever the documents are, `sinkTo` writes a line for each row (64-bit
 * bigints as strings, timestamps of typed rows as ISO 8601, bytes as base64). The file appears under its name when the job ends;
 * see {@link csv} for parallel sinks.
 *
 * @example
 * alerts.sinkTo(jsonLines('alerts.ndjson'));
 */
export function jsonLines(
  path: string | URL,
  options?: JsonLinesOptions,
): Source<unknown> & Sink<unknown>;
export function jsonLines(
  path: string | URL,
  typeOrOptions: RecordType | JsonLinesOptions = {},
  options: JsonLinesOptions = {},
): Source | (Source & Sink) {
  const file = filePath(path);
  if ('descriptor' in typeOrOptions) return jsonSource(file, typeOrOptions, options);
  const source = jsonSource(file, undefined, typeOrOptions);
  const opColumn = opColumnOption('jsonLines', typeOrOptions.opColumn);
  const sink = fileSink({
    kind: 'jsonLines',
    path: file,
    params: { ...source.params, ...(opColumn === undefined ? {} : { opColumn }) },
    opColumn,
    rolling: rollingPolicy('jsonLines', typeOrOptions.rolling),
    encoder: (type) => jsonEncoder(type, opColumn),
  });
  const { params } = sink;
  return { ...source, params, createWriter: (context) => sink.createWriter(context) };
}

function jsonEncoder(type: RecordType | undefined, opColumn: string | undefined): RowEncoder {
  const encode = type === undefined ? freeJson : objectEncoder(type.descriptor.fields);
  if (opColumn === undefined) return { head: '', encode: (row) => `${encode(row)}\n` };
  const name = JSON.stringify(opColumn);
  const starts = ROW_KINDS.map((kind) => `{${name}:"${rowKindText(kind)}"`);
  return {
    head: '',
    encode: (row, kind) => {
      const text = encode(row);
      if (!text.startsWith('{')) return `${starts[kind]},"value":${text}}\n`;
      return text === '{}' ? `${starts[kind]}}\n` : `${starts[kind]},${text.slice(1)}\n`;
    },
  };
}

function jsonSource(path: string, type: RecordType | undefined, options: JsonLinesOptions): Source {
  const onBadRow = badRowPolicy('jsonLines', options.onBadRow);
  return textSource<unknown>({
    kind: 'jsonLines',
    path,
    params: { path, onBadRow },
    type,
    onBadRow,
    splitBytes: positiveInteger('jsonLines', 'splitBytes', options.splitBytes, SPLIT_BYTES),
    header: false,
    open: () => (type === undefined ? new DocumentFormat() : new JsonRowFormat(type)),
  });
}

/** Any document. */
class DocumentFormat extends LineFormat<unknown> {
  constructor() {
    super(true);
  }

  /** @throws RowProblem */
  override read(bytes: Buffer, pos: number): unknown {
    const text = bytes.toString('utf8', pos, this.rowEnd);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw syntaxProblem(text, pos, error);
    }
  }
}

/** Documents as rows of a type, in one reused object. */
class JsonRowFormat extends DocumentFormat {
  readonly #row: Record<string, unknown>;
  readonly #fill: (row: Record<string, unknown>, object: object) => void;

  constructor(type: RecordType) {
    super();
    this.#row = rowFactory(type)() as Record<string, unknown>;
    this.#fill = generateFill(type);
  }

  override read(bytes: Buffer, pos: number): unknown {
    this.#fill(this.#row, jsonObject(super.read(bytes, pos), ''));
    return this.#row;
  }
}

/** One statement a field. @throws RowProblem by the generated code */
function generateFill(type: RecordType): (row: Record<string, unknown>, object: object) => void {
  const fields = liveFields(type);
  const decoders: ValueDecoder[] = fields.map((field) =>
    valueDecoder(field.type, field.nullable, field.name),
  );
  const statements = fields.map(({ name }, i) => {
    const at = JSON.stringify(name);
    return `row[${at}] = decode${i}(object[${at}]);`;
  });
  // oxlint-disable-next-line typescript/no-implied-eval -- one function per record type, so that its call sites are monomorphic
  const make = new Function(
    ...decoders.map((_, i) => `decode${i}`),
    `return (row, object) => { ${statements.join('\n')} };`,
  );
  return make(...decoders) as (row: Record<string, unknown>, object: object) => void;
}

/** Where V8 says that the text stops being JSON; at its end when it was cut off. */
function syntaxProblem(text: string, pos: number, error: unknown): RowProblem {
  const message = error instanceof Error ? error.message : String(error);
  const position = /at position (\d+)/.exec(message)?.[1];
  const cut = /end of JSON|Unterminated/.test(message);
  const chars = position === undefined ? (cut ? text.length : 0) : Number(position);
  const got = cut ? `a document that is cut off: ${shown(text.slice(-60))}` : shown(text);
  return new RowProblem('', 'JSON', got, pos + Buffer.byteLength(text.slice(0, chars)));
}
