/** Laws of keys: every way to a hash code gives the same one. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileCodec } from '../../src/record/codec-compiler.ts';
import { hashText, hashUtf8 } from '../../src/record/java-hash.ts';
import { hashKeyValue } from '../../src/record/key.ts';
import { Memory } from '../../src/record/memory.ts';
import { plainCodec } from '../../src/record/plain-codec.ts';
import type { RecordDescriptor, RowCodec, TypeDescriptor } from '../../src/record/index.ts';
import { recordFromDescriptor } from '../../src/record/record.ts';
import { anyRow, anyType } from '../support/record-arbitraries.ts';

const RUNS = { numRuns: 80 };

const anyKeyType = anyType(0).filter(({ kind }) => kind !== 'list' && kind !== 'record');

/** A type of one to three key fields between others, with two rows of it. */
const anyKeyed = fc
  .array(fc.record({ type: anyKeyType, nullable: fc.boolean() }), { minLength: 1, maxLength: 3 })
  .chain((keys) => {
    const fields = keys.map(({ type, nullable }, i) => ({
      name: `k${i}`,
      type,
      nullable,
      deprecated: false,
    }));
    const tail = {
      name: 'tail',
      type: { kind: 'utf8' as const },
      nullable: false,
      deprecated: false,
    };
    const descriptor: RecordDescriptor = { name: 'Keyed', fields: [...fields, tail] };
    const row = anyRow(descriptor).filter((one) => fields.every(({ name }) => one[name] !== null));
    return fc.record({
      descriptor: fc.constant(descriptor),
      names: fc.shuffledSubarray(
        fields.map(({ name }) => name),
        { minLength: 1 },
      ),
      rows: fc.tuple(row, row),
    });
  });

function written(codec: RowCodec, row: unknown): Memory {
  const memory = Memory.ofBytes(codec.boundOf(row) + 16);
  memory.i32[2] = codec.write(row, memory, 16);
  return memory;
}

test('law 3: hashBytes = hashRow of the plain object = hashRow of the view, compiled and interpreted', () => {
  fc.assert(
    fc.property(anyKeyed, ({ descriptor, names, rows: [row] }) => {
      const type = recordFromDescriptor(descriptor);
      const codec = compileCodec(type);
      const memory = written(codec, row);
      const hash = codec.key(names).hashBytes(memory, 16);
      expect(hash).toBe(hash | 0);
      for (const other of [compileCodec(type), plainCodec(type)]) {
        const key = other.key(names);
        const view = other.createView();
        view.bind(memory);
        view.at = 16;
        expect(key.hashBytes(memory, 16)).toBe(hash);
        expect(key.hashRow(row)).toBe(hash);
        expect(key.hashRow(view)).toBe(hash);
        expect(key.hashRow(compileForeignView(descriptor, row))).toBe(hash);
        expect(key.valueOf(view)).toStrictEqual(codec.key(names).valueOf(row));
      }
    }),
    RUNS,
  );
});

test('law 3: the hash of the value is the hash of the field but for negative small integers and floats', () => {
  fc.assert(
    fc.property(anyKeyed, ({ descriptor, names, rows: [row] }) => {
      const key = compileCodec(recordFromDescriptor(descriptor)).key(names);
      const agrees = names.every((name) => {
        const { type } = descriptor.fields.find((field) => field.name === name)!;
        return !isFloat(type) && (!isJavaInteger(type) || Number(row[name]) >= 0);
      });
      fc.pre(agrees);
      expect(hashKeyValue(key.valueOf(row))).toBe(key.hashRow(row));
    }),
    RUNS,
  );
});

/** An Integer in Java, which hashes as itself; a function's number is a Long. */
function isJavaInteger({ kind }: TypeDescriptor): boolean {
  return kind === 'i8' || kind === 'i16' || kind === 'i32';
}

/** A Float or Double in Java; a function's number is a Long when it is an integer, else a Double. */
function isFloat({ kind }: TypeDescriptor): boolean {
  return kind === 'f32' || kind === 'f64';
}

test('equalBytes holds exactly when the values are equal, NaN like NaN and -0 like 0', () => {
  fc.assert(
    fc.property(anyKeyed, fc.boolean(), ({ descriptor, names, rows: [row, different] }, same) => {
      const type = recordFromDescriptor(descriptor);
      const other = same ? { ...row, tail: 'something else' } : different;
      const codec = compileCodec(type);
      const [a, b] = [written(codec, row), written(codec, other)];
      const { valueOf, equalBytes, hashBytes } = codec.key(names);
      const text = (value: unknown): string =>
        JSON.stringify([value].flat(), (_, part: unknown) =>
          typeof part === 'string'
            ? part
            : part instanceof Uint8Array
              ? [...part]
              : String(part as number),
        );
      const expected = text(valueOf(row)) === text(valueOf(other));
      expect(equalBytes(a, 16, b, 16)).toBe(expected);
      expect(plainCodec(type).key(names).equalBytes(a, 16, b, 16)).toBe(expected);
      if (expected) expect(hashBytes(a, 16)).toBe(hashBytes(b, 16));
    }),
    RUNS,
  );
});

test('a text hashes the same from its units and from its bytes, also beyond ASCII and when broken', () => {
  const anyText = fc.oneof(
    fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    }),
    fc
      .array(fc.integer({ min: 0x10000, max: 0x10ffff }))
      .map((points) => String.fromCodePoint(...points)),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      const bytes = Buffer.from(text, 'utf8');
      expect(hashUtf8(new Uint8Array(bytes), 0, bytes.length)).toBe(hashText(text));
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      expect(hashUtf8(bytes, 0, bytes.length)).toBe(hashText(Buffer.from(bytes).toString('utf8')));
    }),
    { numRuns: 300 },
  );
});

/** A view over the same row written as another type. */
function compileForeignView(descriptor: RecordDescriptor, row: unknown): unknown {
  const codec = compileCodec(recordFromDescriptor({ ...descriptor, name: 'Foreign' }));
  const view = codec.createView();
  view.bind(written(codec, row));
  view.at = 16;
  return view;
}
