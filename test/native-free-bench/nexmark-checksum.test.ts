import fc from 'fast-check';
import { expect, test } from 'vitest';

import { checksumOf, TableChecksum } from '../../native-free-bench/nexmark/checksum.ts';
import type { Column } from '../../native-free-bench/nexmark/checksum.ts';

const columns = fc.array(fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'binary' })), {
  maxLength: 6,
});
const tables = fc.array(columns, { maxLength: 20 });

/** These vectors are the Flink peer's as well: `RowHash` of `SelfTest.java`. */
test('rows have the checksums that the peers compute', () => {
  const vectors: (readonly (readonly Column[])[])[] = [
    [],
    [[]],
    [[1007, 'Apple']],
    [['Apple', 1007]],
    [[-1, 2 ** 40, '']],
    [['Z\u00fcrich', 'abcd', 'abcde']],
    [[1], [2], [3]],
    [[null, 1]],
  ];
  expect(vectors.map((rows) => checksumOf(rows).value)).toMatchInlineSnapshot(`
    [
      "0000000000000000",
      "36bf99aa8fe5eeb1",
      "3bfdea0f2d1b8192",
      "b2c3569b84a74248",
      "39da6389289519fd",
      "d03f542859cf07c6",
      "cc94cb49e52fd2b8",
      "81d9f3f5db78f1c3",
    ]
  `);
});

/** The order of the rows does not matter; the order of the columns does. */
test('the order of the rows does not matter, that of the columns does', () => {
  fc.assert(
    fc.property(tables, columns, (rows, row) => {
      expect(checksumOf(rows.toReversed()).value).toBe(checksumOf(rows).value);
      const turned = row.toReversed();
      const same = JSON.stringify(turned) === JSON.stringify(row);
      expect(checksumOf([turned]).value === checksumOf([row]).value).toBe(same);
    }),
  );
});

/** `retract` undoes `add`, so the checksum of a changelog is that of its final table. */
test('a row that is retracted leaves no trace', () => {
  fc.assert(
    fc.property(tables, tables, (kept, retracted) => {
      const all = checksumOf([...kept, ...retracted]);
      for (const row of retracted) {
        all.begin();
        for (const column of row) all.column(column);
        all.retract();
      }
      expect(all).toMatchObject({ rows: kept.length, value: checksumOf(kept).value });
    }),
  );
});

test('checksums of parts merge into that of the whole', () => {
  fc.assert(
    fc.property(tables, tables, (a, b) => {
      const merged = new TableChecksum();
      merged.merge(checksumOf(a));
      merged.merge(checksumOf(b));
      const whole = checksumOf([...a, ...b]);
      expect(merged).toMatchObject({ rows: whole.rows, value: whole.value });
    }),
  );
});

test('a text has the same checksum as a string and as bytes in a row', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = new TextEncoder().encode(text);
      const words = new Int32Array(3 + ((bytes.length + 3) >> 2));
      new Uint8Array(words.buffer).set(bytes, 8);
      const checksum = new TableChecksum();
      checksum.begin();
      checksum.slice(words, 8, bytes.length);
      checksum.add();
      expect(checksum.value).toBe(checksumOf([[text]]).value);
    }),
  );
});
