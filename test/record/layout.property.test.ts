/** Laws of layouts. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { f64, i32, i64, nullable, utf8, bool } from '../../src/record/fields.ts';
import { layoutOf } from '../../src/record/layout.ts';
import { record, recordFromDescriptor } from '../../src/record/record.ts';
import { anyRecord } from '../support/record-arbitraries.ts';

test('fields do not overlap, are aligned to their width, and leave at most one gap of 4', () => {
  fc.assert(
    fc.property(anyRecord(1, 20), (descriptor) => {
      const layout = layoutOf(recordFromDescriptor(descriptor).descriptor);
      const used = new Set<number>();
      for (const { offset, width } of layout.fields) {
        expect(offset % width).toBe(0);
        for (let at = offset; at < offset + width; at++) {
          expect(used.has(at)).toBe(false);
          used.add(at);
        }
      }
      const inline = layout.inlineBytes - layout.tableAt - 4;
      const needed = layout.fields.reduce((sum, { width }) => sum + width, 0);
      expect(inline - needed).toBeLessThan(4 + 4);
      expect(layout.inlineBytes % 4).toBe(0);
      expect(layout.fixedBytes % 8).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test('three 32-bit integers take 32 bytes, one 64-bit integer 24, two 32', () => {
  const bytes = (...names: string[]): number =>
    layoutOf(record('T', Object.fromEntries(names.map((name) => [name, i64]))).descriptor)
      .fixedBytes;
  expect(layoutOf(record('Point', { x: i32, y: i32, z: i32 }).descriptor).fixedBytes).toBe(32);
  expect(bytes('a')).toBe(24);
  expect(bytes('a', 'b')).toBe(32);
});

test('the drawing in the header of layout.ts is true', () => {
  const Trade = record('Trade', { price: f64, size: i32, venue: nullable(utf8), ask: bool });
  const { tableAt, inlineBytes, header, fields } = layoutOf(Trade.descriptor);
  expect([tableAt, inlineBytes]).toEqual([16, 40]);
  expect(fields.map(({ offset, entry }) => [offset, entry])).toEqual([
    [24, 8],
    [20, 10],
    [32, 12],
    [36, 14],
  ]);
  expect([...new Uint16Array(header.buffer, 4, 6)]).toEqual([12, 24, 8, 4, 16, 20]);
  expect([header[0], header[4]]).toEqual([16, 12]);
});
