/** Law of src/operators/rolling-kernel.ts: for any rows, the same results as rolling-fold.ts. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyedStream, Stream } from 'millrace';
import { testOperator } from 'millrace/testing';
import { EngineError } from '../../src/base/index.ts';
import type { RollingKind } from '../../src/operators/index.ts';
import * as fields from '../../src/record/fields.ts';
import type { RecordType } from '../../src/record/index.ts';
import { record } from '../../src/record/record.ts';

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

/** A row of any of the types. */
interface Row {
  readonly key: number;
  readonly value: never;
}

interface Case {
  readonly kind: RollingKind;
  readonly executionMode: 'streaming' | 'batch';
  /** Rows before a snapshot, from which fresh instances go on; all rows when there is none. */
  readonly restoreAt: number | undefined;
  readonly rows: readonly object[];
}

/** All results and how it ended: as an object, so that both paths are compared whole. */
async function run(
  type: RecordType<Row>,
  key: 'field' | 'function',
  { kind, executionMode, restoreAt, rows }: Case,
): Promise<unknown> {
  const fold = (stream: KeyedStream<Row, number>): Stream<Row> => stream[kind]('value');
  const test = await testOperator(
    (stream: Stream<Row>) =>
      fold(key === 'field' ? stream.keyBy('key') : stream.keyBy((row) => row.key)),
    { type, executionMode, batched: true },
  );
  let code: string | undefined;
  try {
    for (const [i, row] of rows.entries()) {
      if (i === restoreAt) await test.restore();
      test.push(row as Row, 1000 - (i % 5));
    }
    await test.finish();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    code = `${error.code} ${error.message}`;
    await test.cancel();
  }
  const bytes = test.stateBytes;
  // Fresh instances emit the keys in another order.
  const order = ({ row }: { row: Row }, other: { row: Row }): number => row.key - other.row.key;
  const emitted =
    executionMode === 'batch' && restoreAt !== undefined
      ? test.emitted.toSorted(order)
      : test.emitted;
  return { code, emitted, bytes };
}

describe('folding on the bytes gives the same results as folding plain rows', () => {
  for (const [name, type, value] of CASES) {
    it(`of type ${name}`, async () => {
      const variants = [false, true].flatMap((nullable) =>
        [false, true].map((variable) => variant(type, value, nullable, variable)),
      );
      const kinds = KINDS.filter(
        (kind) => kind !== 'sum' || !['timestamp', 'bool', 'utf8'].includes(name),
      );
      const property = fc.asyncProperty(
        fc.constantFrom(...variants).chain(({ row, ...rest }) =>
          fc.record({
            row: fc.constant(rest),
            kind: fc.constantFrom(...kinds),
            executionMode: fc.constantFrom('streaming' as const, 'batch' as const),
            restoreAt: fc.option(fc.nat({ max: 20 }), { nil: undefined }),
            rows: fc.array(row, { maxLength: 40, size: 'max' }),
          }),
        ),
        async ({ row: { Type }, ...one }) => {
          const onBytes = await run(Type, 'field', one);
          expect(onBytes).toMatchObject({ bytes: 0 });
          // The key function sends the same typed rows to the fold on the heap.
          expect(onBytes).toEqual(await run(Type, 'function', one));
        },
      );
      await fc.assert(property, { numRuns: 5 });
    });
  }
});

/** The type of rows with such a value, and rows of it. */
function variant(
  type: fields.FieldType,
  value: fc.Arbitrary<unknown>,
  nullable: boolean,
  variable: boolean,
): { readonly Type: RecordType<Row>; readonly row: fc.Arbitrary<object> } {
  const Type: unknown = record('Row', {
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
  return { Type: Type as RecordType<Row>, row };
}
