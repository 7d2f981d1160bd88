/** Record types, and rows of a record type, for property tests. */

import fc from 'fast-check';

import type {
  FieldDescriptor,
  RecordDescriptor,
  ScalarKind,
  TypeDescriptor,
} from '../../src/record/index.ts';

const SCALARS: readonly ScalarKind[] = [
  ...(['bool', 'i8', 'u8', 'i16', 'u16', 'i32', 'u32'] as const),
  ...(['i64', 'u64', 'f32', 'f64', 'timestamp'] as const),
];
const SAFE_MAX = 2 ** 53;

/** Any type of a field; records nest at most `depth` deep. */
export function anyType(depth = 2): fc.Arbitrary<TypeDescriptor> {
  const element = anyElement(depth);
  return fc.oneof(
    { weight: 4, arbitrary: element },
    { weight: 1, arbitrary: fc.constant<TypeDescriptor>({ kind: 'bytes' }) },
    { weight: 1, arbitrary: element.map((of): TypeDescriptor => ({ kind: 'list', of })) },
  );
}

function anyElement(depth: number): fc.Arbitrary<TypeDescriptor> {
  const scalar = fc.constantFrom(...SCALARS).map((kind): TypeDescriptor => ({ kind }));
  const leaf = fc.oneof(
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: fc.constantFrom<TypeDescriptor>(...BIGINTS) },
    { weight: 2, arbitrary: fc.constant<TypeDescriptor>({ kind: 'utf8' }) },
    { weight: 1, arbitrary: fc.constant<TypeDescriptor>({ kind: 'utf8', dictionary: true }) },
  );
  if (depth === 0) return leaf;
  const inner = anyRecord(depth - 1).map((record): TypeDescriptor => ({ kind: 'record', record }));
  return fc.oneof({ weight: 6, arbitrary: leaf }, { weight: 1, arbitrary: inner });
}

const BIGINTS: readonly TypeDescriptor[] = [
  { kind: 'i64', bigint: true },
  { kind: 'u64', bigint: true },
];

/**
 * Any record type of up to `fieldsMax` fields. Records of the same shape have the same name and others do not, as a
 * schema wants it.
 */
export function anyRecord(depth = 2, fieldsMax = 8): fc.Arbitrary<RecordDescriptor> {
  const field = fc.record({
    type: anyType(depth),
    nullable: fc.boolean(),
    deprecated: fc.constantFrom(false, false, false, true),
  });
  return fc
    .array(field, { minLength: 1, maxLength: fieldsMax })
    .filter((fields) => fields.some(({ deprecated }) => !deprecated))
    .map((fields): RecordDescriptor => {
      const named = fields.map((one, id): FieldDescriptor => ({ name: `f${id}`, ...one }));
      return { name: `R${textId(JSON.stringify(named))}`, fields: named };
    });
}

/** Any row of the type, as an object whose every field is given. */
export function anyRow(descriptor: RecordDescriptor): fc.Arbitrary<Record<string, unknown>> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const { name, type, nullable, deprecated } of descriptor.fields) {
    if (!deprecated) fields[name] = nullable ? fc.option(anyValue(type)) : anyValue(type);
  }
  return fc.record(fields, { noNullPrototype: true });
}

/** Texts of any code points but surrogates; fast-check's own unit for these takes seconds to start. */
const anyCodePoints: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff })),
    {
      maxLength: 8,
    },
  )
  .map((points) => String.fromCodePoint(...points));

/** Any value of the type as rows hold it. */
export function anyValue(type: TypeDescriptor): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'i8':
      return fc.integer({ min: -128, max: 127 });
    case 'u8':
      return fc.integer({ min: 0, max: 255 });
    case 'i16':
      return fc.integer({ min: -32_768, max: 32_767 });
    case 'u16':
      return fc.integer({ min: 0, max: 65_535 });
    case 'i32':
      return fc.integer();
    case 'u32':
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case 'f32':
      return fc.float();
    case 'f64':
      return fc.double();
    case 'u64':
      return type.bigint === true
        ? fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
        : fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, SAFE_MAX));
    case 'i64':
    case 'timestamp':
      return type.bigint === true
        ? fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
        : fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, SAFE_MAX, -SAFE_MAX)).map(noMinusZero);
    case 'utf8':
      return fc.oneof(
        fc.string({ maxLength: 12 }),
        anyCodePoints,
        fc.constantFrom('', '\uFEFFmark', 'a\0b'),
      );
    case 'bytes':
      return fc.uint8Array({ maxLength: 12 });
    case 'list':
      return fc.array(anyValue(type.of), { maxLength: 5 });
    case 'record':
      return anyRow(type.record);
  }
}

/** A record type with one of its rows. */
export function anyTypedRow(
  record: fc.Arbitrary<RecordDescriptor> = anyRecord(),
): fc.Arbitrary<{ descriptor: RecordDescriptor; row: Record<string, unknown> }> {
  return record.chain((descriptor) => anyRow(descriptor).map((row) => ({ descriptor, row })));
}

function noMinusZero(value: number): number {
  return value === 0 ? 0 : value;
}

/** A short name for a text; two texts of a test do not collide in practice. */
function textId(text: string): string {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return (hash >>> 0).toString(36);
}
