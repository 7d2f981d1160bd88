/**
 * Compiles a record type into straight-line code: stores and loads at constant offsets.
 *
 * Hot path: writing a row of numbers allocates nothing and reads nothing but the row; a getter is one or two loads. Each
 * call compiles afresh (the text differs by a number), so that every edge has call sites and type feedback of its own.
 * The twin that interprets the same layout is `plain-codec.ts`; test/record/codec.property.test.ts compares them.
 */

import type { RowCodec } from './codec.ts';
import { copyRow } from './copy.ts';
import { compileKey } from './key-compiler.ts';
import { layoutOf } from './layout.ts';
import type { FieldLayout } from './layout.ts';
import { plainCodec } from './plain-codec.ts';
import { recordFromDescriptor } from './record.ts';
import type { RecordDescriptor, RecordType } from './record-type.ts';
import { compileCopier } from './row-copier.ts';
import type { RowCopier } from './row-copier.ts';
import { RowViewBase } from './row-view.ts';
import { SCALAR_HELPERS } from './scalar-source.ts';
import { RowSlice } from './slice.ts';
import { TextCache } from './text-cache.ts';
import { boundOfText, readBytes, readText, writeBytes, writeText } from './text.ts';
import { failRow, failValue, readWide } from './values.ts';
import { readSource, viewSource } from './view-source.ts';
import { boundSource, OTHER_SOURCE, writeSource } from './write-source.ts';

let compiled = 0;

/**
 * The view class of each type, shared by all its codecs on this thread: user functions see one hidden class however many
 * edges, subtasks and submissions pass rows of the type through them.
 */
const viewClasses = new WeakMap<RecordType, new () => RowViewBase>();

/**
 * A codec of its own for one place that reads or writes rows of `type`. Where code may not be generated from strings
 * (`--disallow-code-generation-from-strings`) it is the plain codec, whose `note` says so.
 *
 * @example
 * const codec = compileCodec(Bid);
 * const memory = Memory.ofBytes(1024);
 * const view = codec.createView();
 * view.bind(memory);
 * codec.write({ auction: 1, price: 2, channel: 'web', url: null }, memory, 8);
 * view.at = 8;
 * view.price; // 2
 */
export function compileCodec<T>(type: RecordType<T>): RowCodec<T> {
  const layout = layoutOf(type.descriptor);
  const nested = layout.fields.flatMap((field) => {
    const record = nestedOf(field);
    return record === undefined ? [] : [{ id: field.id, record }];
  });
  const fingerprint = JSON.stringify(type.fingerprint);
  const text = `'use strict';
const { ${Object.keys(LIBRARY).join(', ')} } = library;
${nested.map(({ id }, i) => `const nested${id} = nested[${i}].codec, nestedTable${id} = nested[${i}].tableAt;`).join('\n')}
${SCALAR_HELPERS}
${OTHER_SOURCE}
${boundSource(layout, fingerprint)}
${writeSource(layout, fingerprint)}
${readSource(layout)}
${viewSource(layout, fingerprint)}
return { boundOf, write, read, View };
//# sourceURL=millrace:codec/${type.name}/${++compiled}
`;
  let build: Build<T>;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the text holds checked identifiers and numbers only
    build = new Function(
      'library',
      'nested',
      'cache',
      'fail',
      'failRow',
      'wide',
      'copierOf',
      'type',
      text,
    ) as Build<T>;
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    return plainCodec(type, 'code generation from strings is not allowed, so rows are interpreted');
  }
  const fields: (FieldLayout | undefined)[] = [];
  const copiers = new Map<string, RowCopier | undefined>();
  for (const field of layout.fields) fields[field.id] = field;
  const { boundOf, write, read, View } = build(
    LIBRARY,
    nested.map(({ record }) => ({
      codec: compileCodec(recordFromDescriptor(record)),
      tableAt: layoutOf(record).tableAt,
    })),
    // Some 70 KiB for each edge, for dictionary fields alone.
    text.includes('cache.read(') ? new TextCache() : undefined,
    (id, value, element) => failField(type.name, fields[id]!, value, element),
    (row) => failRow(type.name, row),
    (low, high, id) => {
      const { name, type: fieldType } = fields[id]!;
      const { kind } = fieldType.kind === 'list' ? fieldType.of : fieldType;
      return readWide(low, high, type.name, name, kind as 'i64' | 'u64' | 'timestamp');
    },
    (row) => {
      const { typeFingerprint, $type } = row;
      if ($type === undefined) return undefined;
      if (!copiers.has(typeFingerprint)) {
        const copier = compileCopier($type.descriptor, type.descriptor, (id, value) =>
          failField(type.name, fields[id]!, value, undefined),
        );
        copiers.set(typeFingerprint, copier);
      }
      return copiers.get(typeFingerprint);
    },
    type,
  );
  const Shared = (viewClasses.get(type) ?? View) as typeof View;
  viewClasses.set(type, Shared);
  return {
    type,
    generic: false,
    fixedBytes: layout.fixedBytes,
    note: undefined,
    boundOf,
    write,
    read,
    createView: () => new Shared(),
    key: (names) => compileKey(type, names),
  };
}

const LIBRARY = {
  RowViewBase,
  RowSlice,
  copyRow,
  writeText,
  writeBytes,
  readText,
  readBytes,
  boundOfText,
  isList,
};

type Build<T> = (
  library: typeof LIBRARY,
  nested: readonly { readonly codec: RowCodec; readonly tableAt: number }[],
  cache: TextCache | undefined,
  fail: (id: number, value: unknown, element: number | undefined) => never,
  failRow: (row: unknown) => never,
  wide: (low: number, high: number, id: number) => number,
  copierOf: (row: RowViewBase) => RowCopier | undefined,
  type: RecordType,
) => Pick<RowCodec<T>, 'boundOf' | 'write' | 'read'> & {
  readonly View: new () => ReturnType<RowCodec<T>['createView']>;
};

function nestedOf({ type }: FieldLayout): RecordDescriptor | undefined {
  const of = type.kind === 'list' ? type.of : type;
  return of.kind === 'record' ? of.record : undefined;
}

/** What may be written as a list. */
function isList(value: unknown): boolean {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function failField(
  record: string,
  { name, type, nullable }: FieldLayout,
  value: unknown,
  element: number | undefined,
): never {
  if (element !== undefined && type.kind === 'list') {
    return failValue(record, `${name}[${element}]`, type.of, false, value);
  }
  return failValue(record, name, type, nullable, value);
}
