/** Texts passed on as slices, in order or not, from one row or several, give the bytes that strings give. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileCodec } from '../../src/record/codec-compiler.ts';
import { bytes, i32, list, nullable, u8, utf8 } from '../../src/record/fields.ts';
import { Memory } from '../../src/record/memory.ts';
import { record } from '../../src/record/record.ts';

const Page = record('Page', {
  host: utf8,
  visits: i32,
  path: utf8,
  query: utf8,
  body: bytes,
  levels: list(u8),
  title: utf8,
  referrer: nullable(utf8),
  agent: utf8,
  country: utf8,
});
const FIELDS = ['host', 'path', 'query', 'title', 'referrer', 'agent', 'country'] as const;
const SOURCES = [...FIELDS, 'body'] as const;

const anyText = fc.string({ maxLength: 9 });
const anyPage = fc.record({
  host: anyText,
  visits: fc.integer(),
  path: anyText,
  query: anyText,
  body: fc.string({ maxLength: 9 }).map((text) => new TextEncoder().encode(text)),
  levels: fc.array(fc.nat(255), { maxLength: 5 }),
  title: anyText,
  referrer: anyText,
  agent: anyText,
  country: anyText,
});

test('a slice of any field of any row writes what its text writes', () => {
  const inOrder = fc.constant(FIELDS.map((field) => ({ field, row: 0 })));
  const anyOrder = fc.array(fc.record({ field: fc.constantFrom(...SOURCES), row: fc.nat(1) }), {
    minLength: FIELDS.length,
    maxLength: FIELDS.length,
  });
  fc.assert(
    fc.property(
      fc.tuple(anyPage, anyPage),
      fc.oneof(inOrder, anyOrder),
      fc.boolean(),
      (pages, choice, apart) => {
        const codec = compileCodec(Page);
        const memory = Memory.ofBytes(4096);
        const views = pages.map((page, index) => {
          const own = apart ? Memory.ofBytes(4096) : memory;
          const view = codec.createView();
          view.bind(own);
          view.at = 8 + 1024 * index;
          own.i32[(view.at - 8) >> 2] = codec.write(page, own, view.at);
          return view;
        });
        const asText: Record<string, unknown> = { ...pages[0] };
        const asSlices: Record<string, unknown> = { ...pages[0] };
        for (const [index, { field, row }] of choice.entries()) {
          const value = pages[row]![field];
          asText[FIELDS[index]!] =
            typeof value === 'string' ? value : new TextDecoder().decode(value);
          // A view has one slice for each field, so that two uses of one field of one row are one slice.
          asSlices[FIELDS[index]!] = views[row]!.sliceOf(field);
        }
        const target = Memory.ofBytes(4096);
        target.u8.fill(0xee);
        const length = codec.write(asText as never, target, 8);
        expect(codec.write(asSlices as never, target, 2048)).toBe(length);
        expect(target.u8.slice(2048, 2048 + length)).toStrictEqual(target.u8.slice(8, 8 + length));
      },
    ),
    { numRuns: 300 },
  );
});
