/** Law of src/operators/rolling-kernel.ts: for any rows, the same results as rolling-fold.ts. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/index.ts';
import { rollingAggregateTransformation } from '../../src/operators/index.ts';
import type { RollingKind } from '../../src/operators/index.ts';
import * as fields from '../../src/record/fields.ts';
import { record } from '../../src/record/record.ts';
import { OperatorHarness } from '../support/operator-harness.ts';

const KINDS: readonly RollingKind[] = ['sum', 'min', 'max', 'minBy', 'maxBy'];
const special = fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1.5, -1.5);

/** Field types with values that reach their borders. */
const CASES: readonly [string, fields.FieldType, fc.Arbitrary<unknown>][] = [
  ['i8', fields.i8, fc.integer({ min: -128, max: 127 })],
  ['u8', fields.u8, fc.integer({ min: 0, max: 255 })],
  ['i16', fields.i16, fc.integer({ min: -32768, max: 32767 })],
  ['u16', fields.u16, fc.integer({ min: 0, max: 65535 })],
  ['i32', fields.i32, fc.integer()],
  ['u32', fields.u32, fc.integer({ min: 0, max: 0xffffffff })],
  [
    'i64',
    fields.i64,
    fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(2 ** 53, -(2 ** 53))),
  ],
  ['u64', fields.u64, fc.oneof(fc.maxSafeNat(), fc.nat(), fc.constant(2 ** 53))],
  ['i64 as bigint', fields.i64.asBigInt(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ['u64 as bigint', fields.u64.asBigInt(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  ['f32', fields.f32, fc.oneof(special, fc.float())],
  ['f64', fields.f64, fc.oneof(special, fc.double())],
  ['timestamp', fields.timestamp, fc.maxSafeInteger()],
  ['bool', fields.bool, fc.boolean()],
  ['utf8', fields.utf8, fc.string({ maxLength: 4 })],
];

/** All results and how it ended: as an object, so that both paths are compared whole. */
async function run(harness: OperatorHarness, rows: readonly object[]): Promise<unknown> {
  let code: string | undefined;
  try {
    for (const [i, row] of rows.entries()) harness.push(row, 1000 - (i % 5));
    harness.operator.finish?.();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    code = `${error.code} ${error.message}`;
  } finally {
    await harness.operator.close?.(code !== undefined);
  }
  return { code, emitted: harness.emitted };
}

describe('folding on the bytes gives the same results as folding plain rows', () => {
  for (const [name, type, value] of CASES) {
    for (const nullable of [false, true]) {
      for (const variable of [false, true]) {
        it(`of type ${name}${nullable ? ', nullable' : ''}${variable ? ', beside a text' : ''}`, async () => {
          const Row = record('Row', {
            key: fields.i32,
            value: nullable ? fields.nullable(type) : type,
            id: fields.i32,
            ...(variable ? { note: fields.utf8 } : {}),
          });
          const row = fc.record({
            key: fc.integer({ min: 0, max: 3 }),
            value: nullable ? fc.option(value) : value,
            id: fc.integer(),
            ...(variable ? { note: fc.string({ maxLength: 40 }) } : {}),
          });
          const kinds = KINDS.filter(
            (kind) => kind !== 'sum' || !['timestamp', 'bool', 'utf8'].includes(name),
          );
          const property = fc.asyncProperty(
            fc.constantFrom(...kinds),
            fc.constantFrom('streaming' as const, 'batch' as const),
            fc.array(row, { maxLength: 30, size: 'max' }),
            async (kind, mode, rows) => {
              const transformation = rollingAggregateTransformation(kind, 'value');
              const bytes = new OperatorHarness(transformation, {
                inputs: [{ type: Row, keyBy: ['key'] }],
                mode,
              });
              // The key function sends the same typed rows to the fold on the heap.
              const heap = new OperatorHarness(transformation, {
                inputs: [{ type: Row, keyBy: (r: { key: number }) => r.key }],
                mode,
              });
              expect(await run(bytes, rows)).toEqual(await run(heap, rows));
              expect([bytes.account.usedBytes, heap.account.usedBytes]).toEqual([0, 0]);
            },
          );
          await fc.assert(property, { numRuns: 6 });
        });
      }
    }
  }
});
