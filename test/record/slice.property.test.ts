/** Laws of looking at a text in place: what a slice says of its bytes is what the string says of itself, in bytes. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { compileCodec, Memory, nullable, record, textOf, utf8 } from '../../src/record/index.ts';
import { RowSlice } from '../../src/record/slice.ts';
import { boundOfText, writeText } from '../../src/record/text.ts';

const units = fc.constantFrom('a', 'b', 'A', 'B', 'c', '/', '\0', '@', '`', 'ä', '€', '😀');
const anyText = fc.string({ maxLength: 24, unit: units });
const anyPattern = fc.string({ maxLength: 3, unit: units });

function sliceOf(text: string, shift: number): RowSlice {
  const memory = new Memory(new SharedArrayBuffer((4 * shift + boundOfText(text) + 15) & -8));
  memory.u8.fill(0x61);
  writeText(memory, 4 * shift, text);
  return new RowSlice().set(memory, 4 * shift);
}

/** Bytes of UTF-8 before a place in a string. */
function bytesTo(text: string, at: number): number {
  return at < 0 ? -1 : Buffer.byteLength(text.slice(0, at));
}

describe('a slice says of its bytes', () => {
  test('whether they are a text, begin with one, and where they have it', () => {
    fc.assert(
      fc.property(anyText, anyPattern, fc.nat(3), fc.boolean(), (text, pattern, shift, same) => {
        const slice = sliceOf(text, shift);
        const other = same ? text : pattern;
        expect(slice.equals(other)).toBe(text === other);
        expect(slice.startsWith(other)).toBe(text.startsWith(other));
        expect(slice.indexOf(other)).toBe(bytesTo(text, text.indexOf(other)));
        const from = Math.ceil(text.length / 2);
        if (text.slice(0, from).isWellFormed()) {
          const found = bytesTo(text, text.indexOf(other, from));
          expect(slice.indexOf(other, bytesTo(text, from))).toBe(found);
          expect(slice.startsWith(other, bytesTo(text, from))).toBe(text.startsWith(other, from));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('where it has a byte, from any offset on, zeros and bytes that are none included', () => {
    const bytes = fc.array(fc.constantFrom(0, 1, 0x2e, 0x2f, 0x30, 0x7f, 0x80, 0xaf, 0xff), {
      maxLength: 17,
    });
    const anyByte = fc.constantFrom(0, 1, 0x2f, 0x80, 0xff, 256 + 0x2f, -1);
    const anyFrom = fc.oneof(fc.integer({ min: -3, max: 20 }), fc.constantFrom(NaN, Infinity));
    fc.assert(
      fc.property(bytes, anyByte, anyFrom, (all, byte, from) => {
        const memory = Memory.ofBytes(32);
        memory.i32[0] = all.length;
        memory.u8.set(all, 4);
        const found = all.findIndex((each, i) => each === byte && i >= from);
        expect(new RowSlice().set(memory, 0).indexOfByte(byte, from)).toBe(found);
      }),
      { numRuns: 2000 },
    );
  });

  test('what is equal when ASCII letters of either case are', () => {
    const lower = (text: string): string =>
      text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    fc.assert(
      fc.property(anyText, anyText, fc.boolean(), (text, other, same) => {
        const compared = same ? text.toUpperCase() : other;
        expect(sliceOf(text, 0).equalsIgnoreCase(compared)).toBe(lower(text) === lower(compared));
      }),
      { numRuns: 1000 },
    );
  });

  test('whether they come before a text', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.nat(3), fc.nat(24), (head, tail, shift, common) => {
        const text = head;
        const other = head.slice(0, common).toWellFormed() + tail;
        const order = text < other ? -1 : text > other ? 1 : 0;
        expect(Math.sign(sliceOf(text, shift).compareTo(other))).toBe(order);
      }),
      { numRuns: 1000 },
    );
  });

  test('how often they have a text', () => {
    fc.assert(
      fc.property(anyText, anyPattern, (text, pattern) => {
        const count = pattern === '' ? 0 : text.split(pattern).length - 1;
        expect(sliceOf(text, 1).count(pattern)).toBe(count);
      }),
      { numRuns: 1000 },
    );
  });

  test('what stands between separators', () => {
    fc.assert(
      fc.property(anyText, anyPattern, fc.integer({ min: -1, max: 5 }), (text, by, index) => {
        const part = by === '' || index < 0 ? undefined : text.split(by)[index];
        expect(sliceOf(text, 0).part(by, index)).toBe(part);
      }),
      { numRuns: 1000 },
    );
  });

  test('a part of them as a string, and each byte', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 40, unit: fc.constantFrom('a', 'z', '~') }),
        fc.integer({ min: -3, max: 45 }),
        fc.integer({ min: -3, max: 45 }),
        (text, from, to) => {
          const slice = sliceOf(text, 1);
          expect(slice.slice(from, to)).toBe(text.slice(Math.max(from, 0), Math.max(to, 0)));
          expect(slice.byteAt(from)).toBe(
            from < 0 || from >= text.length ? undefined : text.charCodeAt(from),
          );
          expect(String(slice)).toBe(text);
        },
      ),
    );
    expect(sliceOf('grün', 0).slice()).toBe('grün');
  });

  test('that it has no lone surrogate', () => {
    const slice = sliceOf('a\ud800b', 0);
    expect(slice.equals('a\ud800b')).toBe(false);
    expect(slice.indexOf('\ud800')).toBe(-1);
    expect(slice.equals('a\ufffdb')).toBe(true);
  });
});

describe('textOf', () => {
  const Page = record('Page', { host: utf8, path: nullable(utf8) });

  test('is where the bytes of a view lie', () => {
    const codec = compileCodec(Page);
    const memory = Memory.ofBytes(256);
    const view = codec.createView();
    view.bind(memory);
    codec.write({ host: 'example.org', path: null }, memory, 8);
    view.at = 8;
    expect(textOf(view, 'host').memory).toBe(memory);
    expect(textOf(view, 'host').part('.', 1)).toBe('org');
    expect(textOf(view, 'path')).toBeNull();
  });

  test('is the encoded text of any other row, however long', () => {
    for (const host of ['a', 'b'.repeat(5000), '', 'ö']) {
      const row = { host, path: null };
      expect(textOf(row, 'host').toString()).toBe(host);
      expect(textOf(row, 'path' as never)).toBeNull();
    }
  });
});
