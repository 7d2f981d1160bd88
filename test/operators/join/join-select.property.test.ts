/** The declared result of a join, copied as bytes, against the one that is written from values. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileBytes, compileFields } from '../../../src/operators/join/join-select.ts';
import type { JoinSelect } from '../../../src/operators/join/join-select.ts';
import { compileCodec, Memory, recordFromDescriptor } from '../../../src/record/index.ts';
import type {
  FieldDescriptor,
  RecordDescriptor,
  RecordType,
  RowView,
} from '../../../src/record/index.ts';
import { anyRecord, anyTypedRow } from '../../support/record-arbitraries.ts';

/** Two records, their rows, and a selection of fields of both; each row as an object, as a view, or missing. */
const cases = fc
  .record({ left: anyTypedRow(flat()), right: anyTypedRow(flat()) })
  .chain(({ left, right }) => {
    const paths = [...pathsOf('left', left.descriptor), ...pathsOf('right', right.descriptor)];
    return fc.record({
      left: fc.constant(left),
      right: fc.constant(right),
      picked: fc.array(fc.constantFrom(...paths), { minLength: 1, maxLength: 12 }),
      present: fc.array(fc.tuple(shape, shape), { minLength: 1, maxLength: 4 }),
    });
  });

const shape = fc.constantFrom('view' as const, 'object' as const, 'missing' as const);

/** Records without lists and records, which go by values. */
function flat(): fc.Arbitrary<RecordDescriptor> {
  return anyRecord(0).map(({ name, fields }) => {
    const kept = fields.map((field): FieldDescriptor =>
      field.type.kind === 'list' ? { ...field, type: { kind: 'utf8' } } : field,
    );
    return { name: `${name}Flat`, fields: kept };
  });
}

type Path = `left.${string}` | `right.${string}`;

function pathsOf(
  side: 'left' | 'right',
  { fields }: RecordDescriptor,
): readonly { readonly path: Path; readonly field: FieldDescriptor }[] {
  const kept = fields.filter(({ deprecated }) => !deprecated);
  return kept.map((field) => ({ path: `${side}.${field.name}` as Path, field }));
}

function viewOf(type: RecordType, row: Record<string, unknown>): RowView {
  const codec = compileCodec(type);
  const memory = Memory.ofBytes(((8 + codec.boundOf(row)) | 7) + 9);
  memory.i32[2] = codec.write(row, memory, 16);
  const view = codec.createView();
  view.bind(memory);
  view.at = 16;
  return view;
}

function bytesOf(view: RowView): readonly number[] {
  return [...view.memory.u8.subarray(view.at, view.at + view.rowBytes)];
}

test('bytes are copied as the codec would write the values, whatever is null or missing', () => {
  fc.assert(
    fc.property(cases, ({ left, right, picked, present }) => {
      const types = [left, right].map(({ descriptor }) => recordFromDescriptor(descriptor));
      const inputs = types.map((type) => ({ type, codec: compileCodec(type), key: undefined }));
      const named = picked.map(({ path, field }, i) => ({ name: `g${i}`, path, field }));
      const select: JoinSelect = {
        fields: Object.fromEntries(named.map(({ name, path }) => [name, path])),
        type: recordFromDescriptor({
          name: 'Picked',
          fields: named.map(({ name, field }) => ({ ...field, name, nullable: true })),
        }),
      };
      const fast = compileBytes(select, { inputs })!;
      const plain = compileFields(select, { inputs });
      for (const shapes of present) {
        const rows = [left, right].map(({ row }, i) => {
          if (shapes[i] === 'missing') return undefined;
          return shapes[i] === 'view' ? viewOf(types[i]!, row) : row;
        });
        const expected = plain(rows[0], rows[1]);
        const made = fast(rows[0], rows[1]);
        const read = named.map(({ name }) => (made as unknown as Record<string, unknown>)[name]);
        const copy = expected.copy() as Record<string, unknown>;
        expect(read).toEqual(named.map(({ name }) => copy[name]));
        expect(bytesOf(made)).toEqual(bytesOf(expected));
        expect(made.copy()).toEqual(copy);
      }
    }),
    { numRuns: 200 },
  );
});

test('a field that is a list or a record goes by values', () => {
  const item = recordFromDescriptor({
    name: 'Item',
    fields: [
      { name: 'id', type: { kind: 'i32' }, nullable: false, deprecated: false },
      {
        name: 'tags',
        type: { kind: 'list', of: { kind: 'utf8' } },
        nullable: false,
        deprecated: false,
      },
    ],
  });
  const inputs = [item, item].map((type) => ({ type, codec: compileCodec(type), key: undefined }));
  const select: JoinSelect = { fields: { id: 'left.id', tags: 'right.tags' }, type: item };
  expect(compileBytes(select, { inputs })).toBe(undefined);
  const row = compileFields(select, { inputs })({ id: 1, tags: [] }, { id: 2, tags: ['a', 'b'] });
  expect(row.copy()).toEqual({ id: 1, tags: ['a', 'b'] });
});
