/** Rows that outlive the call they were passed to. */

import { RowViewBase } from '../record/index.ts';

/** A copy of a view; anything else as it is. */
export function keptRow(row: unknown): unknown {
  return row instanceof RowViewBase ? row.copy() : row;
}

/**
 * The row as something that may be kept: views and reused rows by their `copy()`, plain objects and arrays by a shallow copy (they
 * may be reused by their maker too), everything else as it is.
 */
export function keepRow(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return row;
  if ('copy' in row && typeof row.copy === 'function') {
    return (row as { copy(): unknown }).copy();
  }
  if (Array.isArray(row)) return row.slice();
  const prototype: unknown = Object.getPrototypeOf(row);
  return prototype === Object.prototype || prototype === null ? { ...row } : row;
}

/** A value in a few words, for messages. */
export function describeGot(value: unknown): string {
  if (value instanceof RowViewBase) return describeGot(value.copy());
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  const { name = 'Object' } = (value.constructor ?? Object) as { readonly name?: string };
  return name === 'Object' ? 'an object' : `an object (${name})`;
}
