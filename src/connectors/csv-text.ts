/** Rows as CSV text: code generated for one record type, and the free form for untyped rows. */

import { rowKindText } from '../record/index.ts';
import type { FieldDescriptor, RecordType, RowKind, TypeDescriptor } from '../record/index.ts';
import { ROW_KINDS } from './changelog.ts';
import type { RowEncoder } from './file-writer.ts';
import { base64, freeJson, textOf, valueEncoder } from './json-text.ts';
import { optionError } from './options.ts';
import { liveFields } from './row-object.ts';
import { formatTimestamp } from './timestamp-text.ts';

/** How to write. */
export interface CsvTextOptions {
  readonly delimiter: string;
  readonly quote: string;
  readonly header: boolean;
  readonly columns: readonly string[] | undefined;
  /** First column, with the kind of the row. */
  readonly opColumn: string | undefined;
}

/**
 * The encoder of rows of this type.
 *
 * @throws ERR_CONNECTORS_OPTION a column is no field of the type
 */
export function csvEncoder(type: RecordType | undefined, options: CsvTextOptions): RowEncoder {
  const encoder = type === undefined ? new FreeEncoder(options) : typedEncoder(type, options);
  return options.opColumn === undefined
    ? encoder
    : new KindEncoder(encoder, options.opColumn, options);
}

/** Puts the column with the kind before the others. */
class KindEncoder implements RowEncoder {
  readonly #rest: RowEncoder;
  readonly #name: string;
  readonly #kinds: readonly string[];

  constructor(rest: RowEncoder, name: string, options: CsvTextOptions) {
    const quoted = quoter(options);
    this.#rest = rest;
    this.#name = quoted(name) + options.delimiter;
    this.#kinds = ROW_KINDS.map((kind) => quoted(rowKindText(kind)) + options.delimiter);
  }

  get columns(): readonly string[] | undefined {
    return this.#rest.columns;
  }

  resume(columns: readonly string[]): void {
    this.#rest.resume?.(columns);
  }

  get head(): string {
    return this.#rest.head === '' ? '' : this.#name + this.#rest.head;
  }

  encode(row: unknown, kind: RowKind): string {
    return this.#kinds[kind]! + this.#rest.encode(row, kind);
  }
}

function typedEncoder(type: RecordType, options: CsvTextOptions): RowEncoder {
  const fields = liveFields(type);
  const chosen = (options.columns ?? fields.map((field) => field.name)).map((name) => {
    const field = fields.find((candidate) => candidate.name === name);
    if (field) return field;
    throw optionError('csv', 'columns', `fields of ${type.name}`, name);
  });
  const quoted = quoter(options);
  const head = headOf(
    chosen.map((field) => field.name),
    options,
  );
  return { head, encode: generateEncoder(chosen, options.delimiter, quoted) };
}

/** One expression a row, with the delimiters as constants. */
function generateEncoder(
  fields: readonly FieldDescriptor[],
  delimiter: string,
  quoted: (text: string) => string,
): (row: unknown) => string {
  const parts = fields.map(({ name, nullable }, i) => {
    const value = `row[${JSON.stringify(name)}]`;
    return nullable
      ? `((v = ${value}) === null || v === undefined ? '' : encode${i}(v))`
      : `encode${i}(${value})`;
  });
  const line = parts.length === 0 ? "''" : parts.join(` + ${JSON.stringify(delimiter)} + `);
  // oxlint-disable-next-line typescript/no-implied-eval -- one function per record type, so that its call sites are monomorphic
  const make = new Function(
    ...fields.map((_, i) => `encode${i}`),
    `return (row) => { let v; return ${line} + '\\n'; };`,
  );
  return make(...fields.map((field) => fieldEncoder(field.type, quoted))) as (
    row: unknown,
  ) => string;
}

function fieldEncoder(
  type: TypeDescriptor,
  quoted: (text: string) => string,
): (value: never) => string {
  switch (type.kind) {
    case 'utf8':
      return (value: string | Uint8Array) => quoted(textOf(value));
    case 'bytes':
      return (value: Uint8Array) => quoted(base64(value));
    case 'timestamp':
      return (value: number) => quoted(formatTimestamp(value));
    case 'f32':
    case 'f64':
      return (value: number) => quoted(plainNumber(value));
    case 'list':
    case 'record': {
      const encode = valueEncoder(type);
      return (value: never) => quoted(encode(value));
    }
    case 'bool':
    case 'i8':
    case 'u8':
    case 'i16':
    case 'u16':
    case 'i32':
    case 'u32':
    case 'i64':
    case 'u64':
      return (value: number | bigint | boolean) => quoted(String(value));
  }
}

/** Columns come from the first row; a row that is no object is one column `value`. */
class FreeEncoder implements RowEncoder {
  head = '';
  readonly #options: CsvTextOptions;
  readonly #quoted: (text: string) => string;
  #columns: readonly string[] | undefined = undefined;

  constructor(options: CsvTextOptions) {
    this.#options = options;
    this.#quoted = quoter(options);
    if (options.columns) this.#setColumns(options.columns);
  }

  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  resume(columns: readonly string[]): void {
    if (this.#options.columns === undefined) this.#setColumns(columns);
  }

  encode(row: unknown): string {
    const object: Readonly<Record<string, unknown>> = isRecord(row) ? row : { value: row };
    const columns = this.#columns ?? this.#setColumns(Object.keys(object));
    const fields = columns.map((name) => this.#field(object[name]));
    return `${fields.join(this.#options.delimiter)}\n`;
  }

  #setColumns(columns: readonly string[]): readonly string[] {
    this.#columns = columns;
    this.head = headOf(columns, this.#options);
    return columns;
  }

  #field(value: unknown): string {
    if (value === null || value === undefined) return '';
    if (typeof value === 'number') return this.#quoted(plainNumber(value));
    if (value instanceof Date) return this.#quoted(value.toISOString());
    if (value instanceof Uint8Array) return this.#quoted(base64(value));
    if (typeof value === 'string') return this.#quoted(value);
    return this.#quoted(typeof value === 'bigint' ? String(value) : freeJson(value));
  }
}

function isRecord(row: unknown): row is Readonly<Record<string, unknown>> {
  return (
    typeof row === 'object' && row !== null && !Array.isArray(row) && !(row instanceof Uint8Array)
  );
}

function headOf(names: readonly string[], options: CsvTextOptions): string {
  return options.header ? `${names.map(quoter(options)).join(options.delimiter)}\n` : '';
}

function plainNumber(value: number): string {
  return value === 0 && 1 / value < 0 ? '-0' : String(value);
}

/**
 * Quotes text that a reader would take apart, empty text, which would be read as null, and U+FEFF, which would be taken for the
 * byte order mark at the start of a file.
 */
function quoter({ delimiter, quote }: CsvTextOptions): (text: string) => string {
  const special = new RegExp(`[\\r\\n\\uFEFF${escape(delimiter)}${escape(quote)}]`);
  return (text) =>
    text === '' || special.test(text)
      ? quote + (text.includes(quote) ? text.replaceAll(quote, quote + quote) : text) + quote
      : text;
}

function escape(character: string): string {
  return character.replace(/[\\\]^-]/, '\\$&');
}
