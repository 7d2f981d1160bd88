/**
 * Keyed state as JSON lines or CSV, a line a key. Pure.
 *
 * What JSON has no word for is text: 64-bit integers as digits, NaN and the infinities by name, bytes in base64; maps and
 * sets are lists.
 */

import type { RecordDescriptor } from '../record/index.ts';
import type { KeyStates, SavepointOperator, SavepointState } from '../savepoint/index.ts';
import type { ExportFormat } from './arguments.ts';

/** Turns keys into lines. */
export interface LineExport {
  /** First line with its end, or none. */
  readonly head: string;
  line(this: void, entry: KeyStates): string;
}

/**
 * How to write one state of an operator, or all of them.
 *
 * @param state undefined: all, by name
 */
export function lineExport(
  format: ExportFormat,
  operator: SavepointOperator,
  state: SavepointState | undefined,
): LineExport {
  return format === 'csv' ? csvExport(operator, state) : jsonExport(state);
}

/** A value as JSON; see the file header. */
export function exportJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => plain(part)) ?? 'null';
}

function jsonExport(state: SavepointState | undefined): LineExport {
  return {
    head: '',
    line: ({ key, values }) => {
      const held = state === undefined ? { values } : { value: values[state.name] };
      return `${exportJson({ key, ...held })}\n`;
    },
  };
}

function csvExport(operator: SavepointOperator, state: SavepointState | undefined): LineExport {
  const keys = operator.keyType?.fields.length ?? 1;
  const keyNames = keys === 1 ? ['key'] : Array.from({ length: keys }, (_, i) => `key${i}`);
  const fields = state === undefined ? undefined : rowFields(state);
  const names =
    state === undefined ? operator.states.map(({ name }) => name) : (fields ?? ['value']);
  const cells = (values: KeyStates['values']): unknown[] => {
    if (state === undefined) return names.map((name) => values[name]);
    const value = values[state.name];
    if (fields === undefined) return [value];
    return fields.map((name) => (value as Readonly<Record<string, unknown>>)[name]);
  };
  return {
    head: csvLine([...keyNames, ...names]),
    line: ({ key, values }) => {
      const parts = Array.isArray(key) && keys > 1 ? (key as readonly unknown[]) : [key];
      return csvLine([...parts, ...cells(values)]);
    },
  };
}

/** The fields of a state that is one row a key; they become columns. */
function rowFields({ kind, type }: SavepointState): readonly string[] | undefined {
  if (type === undefined || !['value', 'reducing', 'aggregating'].includes(kind)) return undefined;
  return liveFields(type);
}

function liveFields({ fields }: RecordDescriptor): readonly string[] {
  return fields.filter(({ deprecated }) => !deprecated).map(({ name }) => name);
}

/** RFC 4180: quoted where need be; nothing for null. */
function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\n`;
}

function csvCell(value: unknown): string {
  const held = plain(value);
  if (held === undefined || held === null) return '';
  const text = typeof held === 'string' ? held : exportJson(held);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Map || value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return [...(value as unknown as Iterable<number>)];
  }
  if (value instanceof Error) return { name: value.name, message: value.message };
  return value;
}
