/** The TypeScript text that a schema becomes: as it reads, and that it defines the same types. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { exportFbs } from '../../src/record/fbs-export.ts';
import { importFbs } from '../../src/record/fbs-source.ts';
import * as fields from '../../src/record/fields.ts';
import type { RecordType } from '../../src/record/index.ts';
import { record, recordFromDescriptor } from '../../src/record/record.ts';
import { anyRecord } from '../support/record-arbitraries.ts';

/** Runs a generated module and gives what it exports. */
function run(text: string): Map<string, RecordType> {
  const names = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name!);
  const body = text
    .replace(/^import \{(.*)\} from 'millrace';$/m, 'const {$1} = millrace;')
    .replaceAll(/^export const /gm, 'const ');
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is what the test is about
  const load = new Function('millrace', `'use strict';${body}; return [${names.join(', ')}];`);
  const types = load({ ...fields, record }) as RecordType[];
  return new Map(types.map((type, index) => [names[index]!, type]));
}

test('the generated text defines the types that were exported', () => {
  fc.assert(
    fc.property(anyRecord(), (descriptor) => {
      const type = recordFromDescriptor(descriptor);
      const types = run(importFbs(exportFbs([type])));
      expect(types.get(type.name)!.descriptor).toStrictEqual(type.descriptor);
      expect(types.get(type.name)!.fingerprint).toBe(type.fingerprint);
    }),
  );
});

test('a schema reads as a person would write it, its comments kept and what is left out told', () => {
  const text = `
    namespace shop;
    enum Color:ubyte { Red, Green = 4 }
    /// A sale,
    /// as booked.
    table Sale {
      /// In cents */ of a euro.
      price:long;
      color:Color;
      note:string;
      at:[long] (deprecated);
      buyer:Person (required);
    }
    table Person { name:string (required); age:ubyte = null; }`.replace('at:', 'when:');
  expect(importFbs(text, 'shop.fbs')).toBe(`\
/** Record types read from a FlatBuffers schema (shop.fbs). */

// namespace shop is left out: records have plain names
// enum Color is kept as its ubyte: Red = 0, Green = 4

import { deprecated, i64, list, nullable, record, u8, utf8 } from 'millrace';

export const Person = record('Person', {
  name: utf8,
  age: nullable(u8),
});

/**
 * A sale,
 * as booked.
 */
export const Sale = record('Sale', {
  /** In cents * / of a euro. */
  price: i64,
  color: u8,
  note: nullable(utf8),
  when: deprecated(nullable(list(i64))),
  buyer: Person,
});
`);
});

test('a table whose name means something else in TypeScript gets another constant', () => {
  const text = 'table list { x:[int]; } table class { y:list; } table Type { z:class; }';
  const types = run(importFbs(text));
  expect([...types.keys()]).toStrictEqual(['listType', 'classType', 'Type']);
  expect([...types.values()].map(({ name }) => name)).toStrictEqual(['list', 'class', 'Type']);
});
