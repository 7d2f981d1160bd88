/** The columns of a CSV file, and which of them holds which field. */

import { EngineError } from '../base/index.ts';
import type { RecordType } from '../record/index.ts';
import { CsvFormat, Quoting, undouble } from './csv-fields.ts';
import { FileWindow } from './file-window.ts';
import { liveFields } from './row-object.ts';
import { scanRow, skipByteOrderMark } from './text-source.ts';

const COLUMNS_MAX = 16_384;

/** The names in the first row of a file; none for an empty file. @throws ERR_CONNECTORS_FILE */
export function readHeader(
  path: string,
  dialect: { readonly delimiter: number; readonly quote: number; readonly multiline: boolean },
): string[] {
  const window = new FileWindow(path, 0, 64 * 1024);
  try {
    skipByteOrderMark(window);
    const format = new HeaderFormat(COLUMNS_MAX, { ...dialect, keepsBlank: true });
    format.quoteByte = dialect.quote;
    return scanRow(window, format) < 0 ? [] : format.read(window.bytes);
  } finally {
    window.close();
  }
}

/**
 * For each live field of the type the column that holds it.
 *
 * @throws ERR_CONNECTORS_SCHEMA a field has no column
 */
export function columnOrder(
  path: string,
  type: RecordType,
  names: readonly string[],
  renamed: { readonly [field: string]: string },
): number[] {
  const trimmed = names.map((name) => name.trim());
  return liveFields(type).map(({ name }) => {
    const wanted = renamed[name] ?? name;
    const exact = names.indexOf(wanted);
    const index = exact >= 0 ? exact : trimmed.indexOf(wanted);
    if (index >= 0) return index;
    const found = names.length === 0 ? 'none (the file is empty)' : names.join(', ');
    throw new EngineError(
      'ERR_CONNECTORS_SCHEMA',
      { path, type: type.name, reason: `expected a column ${wanted}, got ${found}` },
      { place: { file: path, line: 1 } },
    );
  });
}

class HeaderFormat extends CsvFormat<string[]> {
  quoteByte = 0;

  override read(bytes: Buffer): string[] {
    const { bounds, quoting } = this;
    return Array.from({ length: Math.min(this.fields, COLUMNS_MAX) }, (_, i) => {
      const start = bounds[i << 1]!;
      const end = bounds[(i << 1) + 1]!;
      const stop =
        quoting[i] === Quoting.doubled ? undouble(bytes, start, end, this.quoteByte) : end;
      return bytes.toString('utf8', start, stop);
    });
  }
}
