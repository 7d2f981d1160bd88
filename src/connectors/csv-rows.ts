/**
 * CSV rows as typed rows: straight-line code generated for one record type and one order of columns.
 *
 * Law: the generated reader and {@link interpretRow}, its plain twin, give the same row or the same problem.
 */

import type { FieldDescriptor, RecordType, TypeDescriptor } from '../record/index.ts';
import { CsvFormat, Quoting, undouble } from './csv-fields.ts';
import {
  base64Field,
  bigintField,
  booleanField,
  fieldProblem,
  floatField,
  INTEGER_RANGE,
  integerField,
  timestampField,
} from './field-bytes.ts';
import { valueDecoder } from './json-values.ts';
import { liveFields, rowFactory } from './row-object.ts';
import { RowProblem } from './row-problem.ts';
import { TextCache } from './text-cache.ts';

/** What reading one field of the record takes. */
export interface CsvColumn {
  readonly name: string;
  /** Column of the file. */
  readonly index: number;
  readonly nullable: boolean;
  readonly parse: (bytes: Buffer, start: number, end: number) => unknown;
}

/** Reads rows of one file into one reused object. Owner: one reader. */
export class CsvRowFormat<T> extends CsvFormat<T> {
  readonly #fileColumns: number = 0;
  readonly #quote: number = 0;
  readonly #row: T;
  readonly #fill: FillRow;

  constructor(
    type: RecordType<T>,
    /** Column of the file for each live field of the type. */
    order: readonly number[],
    options: {
      delimiter: number;
      quote: number;
      multiline: boolean;
      fileColumns: number;
      generated?: boolean;
    },
  ) {
    const columns = csvColumns(type, order);
    super(options.fileColumns, {
      ...options,
      keepsBlank: options.fileColumns === 1 && columns.every((column) => column.nullable),
    });
    this.#fileColumns = options.fileColumns;
    this.#quote = options.quote;
    this.#row = rowFactory(type)();
    this.#fill =
      options.generated === false
        ? (bytes, bounds, quoting, row) => interpretRow(columns, bytes, bounds, quoting, row)
        : generateFill(columns);
  }

  /** @throws RowProblem */
  override read(bytes: Buffer, pos: number): T {
    if (this.problem) throw this.problem;
    if (this.fields !== this.#fileColumns) this.#wrongCount(pos);
    const { bounds, quoting } = this;
    for (let i = 0; i < this.#fileColumns; i++) {
      if (quoting[i] === Quoting.doubled) {
        const at = i << 1;
        bounds[at + 1] = undouble(bytes, bounds[at]!, bounds[at + 1]!, this.#quote);
      }
    }
    this.#fill(bytes, bounds, quoting, this.#row as Record<string, unknown>);
    return this.#row;
  }

  #wrongCount(pos: number): never {
    throw new RowProblem('', `${this.#fileColumns} fields`, String(this.fields), pos);
  }
}

type FillRow = (
  bytes: Buffer,
  bounds: Int32Array,
  quoting: Uint8Array,
  row: Record<string, unknown>,
) => void;

/** The parser of each live field. */
export function csvColumns(type: RecordType, order: readonly number[]): CsvColumn[] {
  const cache = new TextCache();
  return liveFields(type).map((field, i) => ({
    name: field.name,
    index: order[i]!,
    nullable: field.nullable,
    parse: fieldParser(field, cache),
  }));
}

/** The plain twin of the generated code. @throws RowProblem */
export function interpretRow(
  columns: readonly CsvColumn[],
  bytes: Buffer,
  bounds: Int32Array,
  quoting: Uint8Array,
  row: Record<string, unknown>,
): void {
  for (const { name, index, nullable, parse } of columns) {
    const start = bounds[index << 1]!;
    const end = bounds[(index << 1) + 1]!;
    const empty = start === end && quoting[index] === Quoting.none;
    row[name] = nullable && empty ? null : parse(bytes, start, end);
  }
}

/** One statement a field, with the column's offsets and its parser as constants. */
function generateFill(columns: readonly CsvColumn[]): FillRow {
  const statements = columns.map(({ name, index, nullable }, i) => {
    const target = `row[${JSON.stringify(name)}]`;
    const at = index << 1;
    const value = `parse${i}(bytes, bounds[${at}], bounds[${at + 1}])`;
    return nullable
      ? `${target} = bounds[${at}] === bounds[${at + 1}] && quoting[${index}] === 0 ? null : ${value};`
      : `${target} = ${value};`;
  });
  const source = `return (bytes, bounds, quoting, row) => { ${statements.join('\n')} };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- one function per file layout, so that its call sites are monomorphic
  const make = new Function(...columns.map((_, i) => `parse${i}`), source);
  return make(...columns.map((column) => column.parse)) as FillRow;
}

function fieldParser(field: FieldDescriptor, cache: TextCache): CsvColumn['parse'] {
  const { name, type } = field;
  switch (type.kind) {
    case 'utf8':
      return (bytes, start, end) => cache.decode(bytes, start, end);
    case 'bytes':
      return (bytes, start, end) => base64Field(bytes, start, end, name);
    case 'bool':
      return (bytes, start, end) => booleanField(bytes, start, end, name);
    case 'timestamp':
      return (bytes, start, end) => timestampField(bytes, start, end, name);
    case 'f32':
    case 'f64': {
      const { kind } = type;
      return (bytes, start, end) => floatField(bytes, start, end, name, kind);
    }
    case 'list':
    case 'record':
      return jsonField(name, type);
    case 'i8':
    case 'u8':
    case 'i16':
    case 'u16':
    case 'i32':
    case 'u32':
    case 'i64':
    case 'u64': {
      const { kind } = type;
      if (type.bigint === true) {
        return (bytes, start, end) => bigintField(bytes, start, end, name, kind);
      }
      const [min, max] = INTEGER_RANGE[kind]!;
      return (bytes, start, end) => integerField(bytes, start, end, name, kind, min, max);
    }
  }
}

/** Lists and records stand in a field as JSON. */
function jsonField(name: string, type: TypeDescriptor): CsvColumn['parse'] {
  const decode = valueDecoder(type, false, name);
  return (bytes, start, end) => {
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString('utf8', start, end));
    } catch {
      throw fieldProblem(bytes, start, end, name, 'JSON');
    }
    return decode(value);
  };
}
