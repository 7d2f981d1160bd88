/** Sinks and changelog kinds: the refusal of rows that are no inserts, and the column that a file keeps the kind in. */

import { EngineError } from '../base/index.ts';
import { RowKind, rowKindText } from '../record/index.ts';
import type { RecordType } from '../record/index.ts';
import { optionError } from './options.ts';
import { liveFields } from './row-object.ts';

/** All kinds, for tables of constant texts. */
export const ROW_KINDS: readonly RowKind[] = [
  RowKind.insert,
  RowKind.updateBefore,
  RowKind.updateAfter,
  RowKind.delete,
];

/** The error of a sink that can only append. */
export function changelogError(sink: string, kind: RowKind, advice: string): EngineError {
  return new EngineError('ERR_CONNECTORS_CHANGELOG', { sink, kind: rowKindText(kind), advice });
}

/**
 * The name of the column that holds the kind, checked; undefined when there is none.
 *
 * @throws ERR_CONNECTORS_OPTION it is no text
 */
export function opColumnOption(sink: string, name: unknown): string | undefined {
  if (name === undefined) return undefined;
  if (typeof name === 'string' && name !== '') return name;
  throw optionError(sink, 'opColumn', 'the name of a column', name);
}

/** @throws ERR_CONNECTORS_OPTION the rows have a field of that name */
export function checkOpColumn(sink: string, name: string, type: RecordType | undefined): void {
  if (type === undefined || liveFields(type).every((field) => field.name !== name)) return;
  throw optionError(sink, 'opColumn', `a name that ${type.name} does not use`, name);
}
