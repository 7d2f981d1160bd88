/** Which fields of a record type can make up a key. */

import type { FieldLayout, RowLayout } from './layout.ts';
import { failKey } from './key.ts';

/**
 * The places of the key's fields, in the order of `names`.
 *
 * @throws ERR_RECORD_KEY no name, a name the record does not have, or a list or nested record
 */
export function keyFieldsOf(layout: RowLayout, names: readonly string[]): readonly FieldLayout[] {
  if (names.length === 0) failKey(`of ${layout.name}`, names, 'at least one field name');
  return names.map((name) => {
    const field = layout.fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      const has = layout.fields.map((candidate) => candidate.name).join(', ');
      return failKey(`of ${layout.name}`, name, `a field of the record (${has})`);
    }
    const { kind } = field.type;
    if (kind === 'list' || kind === 'record') {
      return failKey(`${layout.name}.${name}`, kind, 'a scalar, utf8 or bytes field');
    }
    return field;
  });
}
