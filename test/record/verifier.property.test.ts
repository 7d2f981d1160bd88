/** Laws of the verifier: damaged bytes are refused with one error, and what passes can be read. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { EngineError } from '../../src/base/index.ts';
import { readAny } from '../../src/record/any-reader.ts';
import type { RecordDescriptor } from '../../src/record/index.ts';
import { verifyRow } from '../../src/record/verifier.ts';
import { officialRow } from '../support/official-row.ts';
import { anyTypedRow, anyRecord } from '../support/record-arbitraries.ts';

test('whatever bits flip, a row is refused as corrupt or can be read fully', () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(anyTypedRow(), flips, ({ descriptor, row }, bits) => {
      const bytes = officialRow(descriptor, row).slice();
      for (const [at, bit] of bits) bytes[at % bytes.length]! ^= 1 << bit;
      judge(bytes, descriptor);
    }),
    { numRuns: 1000 },
  );
});

test('whatever word is overwritten, a row is refused as corrupt or can be read fully', () => {
  const words = fc.oneof(
    fc.constantFrom(0, 1, 3, 4, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc),
    fc.nat(200),
    fc.integer(),
  );
  fc.assert(
    fc.property(anyTypedRow(), fc.nat(), words, ({ descriptor, row }, at, word) => {
      const bytes = officialRow(descriptor, row).slice();
      new DataView(bytes.buffer).setUint32((at % (bytes.length >> 2)) << 2, word, true);
      judge(bytes, descriptor);
    }),
    { numRuns: 1000 },
  );
});

test('a row cut short anywhere is refused as corrupt or can be read fully', () => {
  fc.assert(
    fc.property(anyTypedRow(), fc.nat(), ({ descriptor, row }, at) => {
      const bytes = officialRow(descriptor, row);
      judge(bytes.slice(0, at % bytes.length), descriptor);
    }),
    { numRuns: 500 },
  );
});

test('arbitrary bytes, and rows of another type, are refused as corrupt or can be read fully', () => {
  fc.assert(
    fc.property(anyRecord(), fc.uint8Array({ maxLength: 64 }), (descriptor, bytes) => {
      judge(bytes, descriptor);
    }),
  );
  fc.assert(
    fc.property(anyTypedRow(), anyRecord(), ({ descriptor, row }, other) => {
      judge(officialRow(descriptor, row).slice(), other);
    }),
  );
});

/**
 * The bytes stand in the middle of a buffer of 0xff, so that a look beyond them reads other values than a look at
 * a copy of their own; both must agree.
 */
function judge(bytes: Uint8Array, descriptor: RecordDescriptor): void {
  const surrounded = new Uint8Array(bytes.length + 64).fill(0xff);
  surrounded.set(bytes, 32);
  const inside = surrounded.subarray(32, 32 + bytes.length);
  const alone = outcome(bytes.slice(), descriptor);
  expect(outcome(inside, descriptor)).toStrictEqual(alone);
}

function outcome(bytes: Uint8Array, descriptor: RecordDescriptor): unknown {
  try {
    verifyRow(bytes, descriptor);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    expect(error.code).toBe('ERR_RECORD_CORRUPT');
    return error.message;
  }
  return readAny(bytes, 0, descriptor);
}
