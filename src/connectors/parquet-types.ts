/** Columns as the footer declares them: what their values are, and how messages name them. */

import type { SchemaElement } from 'hyparquet';
import type { FieldDescriptor } from '../record/index.ts';

/** Reads one converted value, from plain bytes or from what a decoder made of it. */
export interface ValueReader {
  readonly at: (view: DataView, position: number, length: number) => unknown;
  readonly of: (value: unknown) => unknown;
}

/** Whether a column's integers have no sign. */
export function isUnsigned({
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): boolean {
  return (
    converted?.startsWith('UINT_') === true || (logical?.type === 'INTEGER' && !logical.isSigned)
  );
}

/** Bytes of a plain value, 0 for those that carry their length. */
export function fixedWidth({ type, type_length: length }: SchemaElement): number {
  if (type === undefined) return 0;
  switch (type) {
    case 'INT32':
    case 'FLOAT':
      return 4;
    case 'INT64':
    case 'DOUBLE':
      return 8;
    case 'INT96':
      return 12;
    case 'FIXED_LEN_BYTE_ARRAY':
      return length ?? 0;
    case 'BOOLEAN':
    case 'BYTE_ARRAY':
      return 0;
  }
}

/** A column's type as messages name it: `INT64 (TIMESTAMP MICROS)`. */
export function columnTypeName({
  type,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): string {
  const unit = logical?.type === 'TIMESTAMP' ? ` ${logical.unit}` : '';
  const meaning = logical === undefined ? converted : logical.type + unit;
  return `${type ?? 'a group of columns'}${meaning === undefined ? '' : ` (${meaning})`}`;
}

/** What is wrong with the pair of a column and a field. */
export function misfit(element: SchemaElement, field: FieldDescriptor): string {
  const kind = field.type.kind;
  return `expected a column that holds ${kind} values, got ${columnTypeName(element)}`;
}
