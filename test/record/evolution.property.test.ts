/** The law of evolution: rows of a compatible writer read as the reader, whichever of the two is newer. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { defaultOf, readAny } from '../../src/record/any-reader.ts';
import { checkEvolution } from '../../src/record/evolution.ts';
import type { FieldDescriptor, RecordDescriptor } from '../../src/record/index.ts';
import { verifyRow } from '../../src/record/verifier.ts';
import { officialRow } from '../support/official-row.ts';
import { anyRecord, anyRow, anyType } from '../support/record-arbitraries.ts';

/** One allowed change of a type. */
type Change =
  | { readonly change: 'append'; readonly field: FieldDescriptor }
  | { readonly change: 'deprecate' | 'rename' | 'nullable' | 'drop'; readonly at: number };

const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc
    .record({ type: anyType(1), nullable: fc.boolean(), deprecated: fc.constant(false) })
    .map((field): Change => ({ change: 'append', field: { name: 'f', ...field } })),
  fc
    .record({
      change: fc.constantFrom('deprecate' as const, 'rename' as const, 'nullable' as const),
      at: fc.nat(20),
    })
    .map((change): Change => change),
  fc.constant<Change>({ change: 'drop', at: -1 }),
);

/** Drops come last: an older type lacks the end, but nothing else may take its place. */
function evolve(record: RecordDescriptor, changes: readonly Change[]): RecordDescriptor {
  const fields = [...record.fields];
  const inOrder = changes.toSorted((a, b) => +(a.change === 'drop') - +(b.change === 'drop'));
  inOrder.forEach((change, index) => {
    if (change.change === 'append') return fields.push({ ...change.field, name: `new${index}` });
    if (change.change === 'drop') return fields.length > 1 && fields.pop();
    const at = change.at % fields.length;
    const field = fields[at]!;
    if (change.change === 'deprecate') fields[at] = { ...field, deprecated: true };
    if (change.change === 'rename') fields[at] = { ...field, name: `renamed${index}` };
    if (change.change === 'nullable') fields[at] = { ...field, nullable: true };
    return undefined;
  });
  return { name: record.name, fields };
}

test('after allowed changes the types are compatible, and shared fields keep their values', () => {
  const cases = fc
    .tuple(anyRecord(1), fc.array(anyChange, { maxLength: 5 }))
    .chain(([writer, changes]) =>
      anyRow(writer).map((row) => ({ writer, reader: evolve(writer, changes), row })),
    );
  fc.assert(
    fc.property(cases, ({ writer, reader, row }) => {
      expect(checkEvolution(writer, reader)).toMatchObject({ compatible: true });
      const bytes = officialRow(writer, row, { forceDefaults: true });
      verifyRow(bytes, reader);
      const read = readAny(bytes, 0, reader);
      for (const [id, field] of reader.fields.entries()) {
        const was = writer.fields[id];
        if (field.deprecated) expect(read).not.toHaveProperty(field.name);
        else if (was === undefined || was.deprecated) {
          if (was === undefined) expect(read[field.name]).toStrictEqual(defaultOf(field));
        } else {
          expect(read[field.name]).toStrictEqual(row[was.name]);
        }
      }
    }),
  );
});

test('any two types that are compatible read each other, and their bytes pass the verifier', () => {
  const cases = fc
    .tuple(anyRecord(1, 3), anyRecord(1, 3))
    .chain(([writer, reader]) => anyRow(writer).map((row) => ({ writer, reader, row })));
  fc.assert(
    fc.property(cases, ({ writer, reader, row }) => {
      const { compatible, notes } = checkEvolution(writer, reader);
      const narrows = notes.some(({ note }) => note.startsWith('was a bigint'));
      const bytes = officialRow(writer, row, { forceDefaults: true });
      if (compatible && !narrows) verifyRow(bytes, reader);
      const same = checkEvolution(writer, writer);
      expect(same).toStrictEqual({ compatible: true, notes: [] });
    }),
    { numRuns: 300 },
  );
});
