/** The law of schema export and import: what is written is read back as the same types. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { exportFbs } from '../../src/record/fbs-export.ts';
import { parseFbs } from '../../src/record/fbs-import.ts';
import { recordFromDescriptor } from '../../src/record/record.ts';
import { EngineError } from '../../src/base/index.ts';
import { anyRecord } from '../support/record-arbitraries.ts';

test('import(export(types)) has every type under its name, equal in all', () => {
  fc.assert(
    fc.property(fc.array(anyRecord(), { minLength: 1, maxLength: 3 }), (records) => {
      const types = records.map(recordFromDescriptor);
      const parsed = parseFbs(exportFbs(types));
      for (const { descriptor } of types) {
        expect(parsed.find(({ name }) => name === descriptor.name)).toStrictEqual(descriptor);
      }
    }),
  );
});

test('export(import(text)) is the same text', () => {
  fc.assert(
    fc.property(anyRecord(), (record) => {
      const text = exportFbs([record]);
      expect(exportFbs([parseFbs(text).at(-1)!])).toBe(text);
    }),
  );
});

test('damaged text is refused with a line and a column, or read', () => {
  const damage = fc.tuple(
    fc.nat(),
    fc.constantFrom('', '(', '}', ';', '=', '[', '5', 'x', '"', '/*', '\n', 'é', 'id', 'table'),
    fc.nat(3),
  );
  fc.assert(
    fc.property(anyRecord(1), damage, (record, [at, insert, drop]) => {
      const text = exportFbs([record]);
      const cut = at % text.length;
      try {
        parseFbs(text.slice(0, cut) + insert + text.slice(cut + drop));
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        expect(error.code).toBe('ERR_RECORD_FBS');
        expect(error.place.line).toBeGreaterThan(0);
        expect(error.place.column).toBeGreaterThan(0);
      }
    }),
    { numRuns: 500 },
  );
});
