/** Our schemas and rows against the official compiler: it takes ours, and we take its. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { readAny } from '../../src/record/any-reader.ts';
import { compileCodec } from '../../src/record/codec-compiler.ts';
import { exportFbs } from '../../src/record/fbs-export.ts';
import { Memory } from '../../src/record/memory.ts';
import { recordFromDescriptor } from '../../src/record/record.ts';
import type { RecordDescriptor, TypeDescriptor } from '../../src/record/index.ts';
import { verifyRow } from '../../src/record/verifier.ts';
import { binaryToJson, FlatcError, jsonToBinary } from '../support/flatc.ts';
import { anyRecord, anyTypedRow } from '../support/record-arbitraries.ts';

const anyTameRow = anyTypedRow(anyRecord(1)).map(({ descriptor, row }) => ({
  descriptor,
  row: tameRow(descriptor, row),
}));

test('flatc refuses a broken schema, so that what it takes below means something', async () => {
  const broken = 'table Bid { price:lonk; } root_type Bid;';
  await expect(jsonToBinary(broken, '{}')).rejects.toThrow(FlatcError);
});

test('what flatc makes of JSON by our schema, we read as the same row', async () => {
  await fc.assert(
    fc.asyncProperty(anyTameRow, async ({ descriptor, row }) => {
      const bytes = await jsonToBinary(exportFbs([descriptor]), jsonText(row));
      verifyRow(bytes, descriptor);
      expect(readAny(bytes, 0, descriptor)).toStrictEqual(row);
    }),
    { numRuns: 10 },
  );
});

test('what we write, flatc prints as the same JSON', async () => {
  await fc.assert(
    fc.asyncProperty(anyTameRow, async ({ descriptor, row }) => {
      const codec = compileCodec(recordFromDescriptor(descriptor));
      const memory = Memory.ofBytes((codec.boundOf(row) + 15) & -8);
      const length = codec.write(row, memory, 8);
      const bytes = memory.u8.slice(8, 8 + length);
      const printed = await binaryToJson(exportFbs([descriptor]), bytes);
      expect(printed).toStrictEqual(JSON.parse(jsonText(row)));
    }),
    { numRuns: 10 },
  );
});

/** The row with values that survive decimal text: short floats, small bigints, no control characters. */
function tameRow(
  descriptor: RecordDescriptor,
  row: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const tame: Record<string, unknown> = {};
  for (const { name, type, deprecated } of descriptor.fields) {
    if (!deprecated) tame[name] = row[name] === null ? null : tameValue(type, row[name]);
  }
  return tame;
}

function tameValue(type: TypeDescriptor, value: unknown): unknown {
  if (type.kind === 'f32' || type.kind === 'f64') {
    const float = value as number;
    return Number.isFinite(float) ? Math.trunc(float % 1000) / 4 + 0 : 0.5;
  }
  if (typeof value === 'string') return value.replaceAll(/\p{Cc}/gu, '_');
  if (typeof value === 'bigint') return value % 1_000_000_007n;
  if (type.kind === 'list') return (value as unknown[]).map((one) => tameValue(type.of, one));
  if (type.kind === 'record') return tameRow(type.record, value as Record<string, unknown>);
  return value;
}

/** The row as flatc prints it: no nulls, bytes as numbers. */
function jsonText(row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(row, (_, value: unknown) => {
    if (value instanceof Uint8Array) return [...value];
    if (typeof value === 'string') return value.replaceAll(/\p{Cc}/gu, '_');
    if (typeof value === 'bigint') return Number(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null));
  });
}
