/**
 * Batches of columns as rows: straight-line code generated for one record type.
 *
 * Law: the generated emitter and {@link interpretEmit}, its plain twin, emit the same rows and stop at the same place.
 */

import type { FieldDescriptor } from '../record/index.ts';
import type { ParquetCursor } from './parquet-column.ts';
import type { SourceOutput } from './source.ts';

/** The batch of one column. */
export type ColumnBatch = Pick<ParquetCursor, 'codes' | 'values'>;

/** Emits rows `from … to - 1` of a batch until the output is full; gives the first row not emitted. */
export type EmitRows = (
  output: SourceOutput,
  row: Record<string, unknown>,
  columns: readonly ColumnBatch[],
  from: number,
  to: number,
) => number;

/** One assignment a field, its arrays in locals. */
export function parquetEmitter(fields: readonly FieldDescriptor[]): EmitRows {
  const locals = fields.map(
    (_, i) => `const c${i} = columns[${i}].codes, v${i} = columns[${i}].values;`,
  );
  const statements = fields.map(({ name, nullable }, i) => {
    const value = nullable ? `c${i}[i] < 0 ? null : v${i}[c${i}[i]]` : `v${i}[c${i}[i]]`;
    return `row[${JSON.stringify(name)}] = ${value};`;
  });
  const source = `return (output, row, columns, from, to) => {
    ${locals.join('\n')}
    let i = from;
    for (; i < to && !output.full; i++) {
      ${statements.join('\n')}
      output.emit(row);
    }
    return i;
  };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- one function per record type, so that its call sites are monomorphic
  return new Function(source)() as EmitRows;
}

/** The plain twin of the generated code. */
export function interpretEmit(fields: readonly FieldDescriptor[]): EmitRows {
  return (output, row, columns, from, to) => {
    let i = from;
    for (; i < to && !output.full; i++) {
      fields.forEach((field, k) => {
        const { codes, values } = columns[k]!;
        const code = codes[i]!;
        row[field.name] = code < 0 ? null : values[code];
      });
      output.emit(row);
    }
    return i;
  };
}
