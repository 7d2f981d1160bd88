/** Laws of texts in rows. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Memory } from '../../src/record/memory.ts';
import { TextCache } from '../../src/record/text-cache.ts';
import { boundOfText, readBytes, readText, writeBytes, writeText } from '../../src/record/text.ts';

const anyText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({
    maxLength: 40,
    unit: fc.constantFrom('a', 'z', '\0', 'ä', '€', '😀', '\ud800', '\ufeff'),
  }),
);

function dirty(bytes: number): Memory {
  const memory = new Memory(new SharedArrayBuffer((bytes + 15) & -8));
  memory.u8.fill(0xee);
  return memory;
}

test('a text is read as it was written, lone surrogates as U+FFFD, and zeros follow it', () => {
  fc.assert(
    fc.property(anyText, fc.nat(3), (text, shift) => {
      const at = 4 * shift;
      const memory = dirty(at + boundOfText(text));
      const end = writeText(memory, at, text);
      const length = memory.i32[at >> 2]!;
      expect(length).toBe(Buffer.byteLength(text));
      expect(end).toBe((at + 4 + length + 4) & -4);
      expect(end - at).toBeLessThanOrEqual(boundOfText(text));
      expect([...memory.u8.subarray(at + 4 + length, end)].every((byte) => byte === 0)).toBe(true);
      expect([...memory.u8.subarray(end)].every((byte) => byte === 0xee)).toBe(true);
      expect(readText(memory, at)).toBe(text.toWellFormed());
    }),
    { numRuns: 500 },
  );
});

test('bytes are read as they were written', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom(0 as const, 1 as const),
      (bytes, nul) => {
        const memory = dirty(boundOfText(bytes));
        const end = writeBytes(memory, 0, bytes, nul);
        expect(end).toBe((4 + bytes.length + nul + 3) & -4);
        expect(readBytes(memory, 0)).toStrictEqual(bytes);
        expect([...memory.u8.subarray(4 + bytes.length, end)].every((byte) => byte === 0)).toBe(
          true,
        );
      },
    ),
  );
});

test('read of a text cache equals readText, whatever was read before', () => {
  const few = fc.string({ maxLength: 70, unit: fc.constantFrom('a', 'b', 'é') });
  fc.assert(
    fc.property(fc.array(few, { maxLength: 40 }), (texts) => {
      const cache = new TextCache();
      const memory = dirty(1024);
      for (const text of [...texts, ...texts]) {
        writeText(memory, 0, text);
        expect(cache.read(memory, 0)).toBe(readText(memory, 0));
      }
    }),
  );
});
