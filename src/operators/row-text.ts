/** A row as text, for error reports. */

import { thrownMessage } from '../base/index.ts';
import { RowViewBase } from '../record/index.ts';

/** Longest row text in an error. */
const ROW_CHARACTERS_MAX = 500;

/** The row as JSON, truncated; never throws, since it runs while another error is reported. */
export function rowText(row: unknown): string {
  try {
    const plain: unknown = row instanceof RowViewBase ? row.copy() : row;
    const text =
      JSON.stringify(plain, (_, value: unknown) => {
        if (typeof value === 'bigint') return `${value}n`;
        if (value instanceof Uint8Array) return `bytes(${value.length})`;
        if (typeof value === 'function') return String(value).slice(0, 40);
        return value;
      }) ?? String(plain);
    return text.length > ROW_CHARACTERS_MAX
      ? `${text.slice(0, ROW_CHARACTERS_MAX)}… (${text.length} characters)`
      : text;
  } catch (error) {
    return `(not readable: ${thrownMessage(error)})`;
  }
}
