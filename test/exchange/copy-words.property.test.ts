import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyWords } from '../../src/exchange/index.ts';
import { Memory } from '../../src/record/index.ts';

test('copies exactly the bytes asked for, NaN patterns included, and touches nothing else', () => {
  fc.assert(
    fc.property(
      fc.nat(100),
      fc.nat(16),
      fc.nat(16),
      fc.uint8Array({ minLength: 1024, maxLength: 1024 }),
      (words, fromWords, toWords, content) => {
        const source = new Memory(new ArrayBuffer(1024));
        source.u8.set(content);
        // Signalling and quiet NaNs, as negative integers make them.
        source.i32.set([0, 0x7ff00001 | 0, -1, -1, 1, -8388609], fromWords * 2);
        const target = new Memory(new SharedArrayBuffer(1024));
        target.u8.fill(0xa5);
        copyWords(source, fromWords * 8, target, toWords * 8, words * 8);
        const expected = new Uint8Array(1024).fill(0xa5);
        expected.set(source.u8.subarray(fromWords * 8, (fromWords + words) * 8), toWords * 8);
        expect(target.u8).toEqual(expected);
      },
    ),
  );
});
