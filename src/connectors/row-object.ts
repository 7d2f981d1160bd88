/** The object that a reader emits again and again: one hidden class per record type, fields in declared order. */

import type { FieldDescriptor, RecordType } from '../record/index.ts';

export { keepRow } from '../operators/index.ts';

/** The fields of a type that rows carry: all but the deprecated ones. */
export function liveFields(type: RecordType): readonly FieldDescriptor[] {
  return type.descriptor.fields.filter((field) => !field.deprecated);
}

/** The class of each type's rows, shared on this thread so that user functions see one hidden class in every run. */
const rowClasses = new WeakMap<RecordType, new () => unknown>();

/**
 * A maker of reusable rows. A row has the type's fields as own properties and, like a view, a `copy()` on its prototype that
 * gives a plain object to keep (shallow: a reader never reuses the arrays inside a row).
 *
 * @example
 * const row = rowFactory(Flight)(); row.delay = 5; row.copy(); // { date: 0, delay: 5, … }
 */
export function rowFactory<T>(type: RecordType<T>): () => T {
  let Row = rowClasses.get(type);
  if (Row === undefined) rowClasses.set(type, (Row = rowClass(type)));
  const Made = Row as new () => T;
  return () => new Made();
}

function rowClass(type: RecordType): new () => unknown {
  const fields = liveFields(type);
  const declared = fields.map((field) => `${JSON.stringify(field.name)} = ${initial(field)};`);
  const copied = fields.map(({ name }) => `${JSON.stringify(name)}: this[${JSON.stringify(name)}]`);
  const source = `return class Row { ${declared.join(' ')}
    copy() { return { ${copied.join(', ')} }; } };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- one class per type is the point
  return new Function(source)() as new () => unknown;
}

/** A first value of the right representation, so that V8 need not change the hidden class with the first row. */
function initial(field: FieldDescriptor): string {
  if (field.nullable) return 'null';
  switch (field.type.kind) {
    case 'bool':
      return 'false';
    case 'utf8':
      return "''";
    case 'bytes':
    case 'list':
    case 'record':
      return 'null';
    case 'i64':
    case 'u64':
      return field.type.bigint === true ? '0n' : '0';
    case 'i8':
    case 'u8':
    case 'i16':
    case 'u16':
    case 'i32':
    case 'u32':
    case 'f32':
    case 'f64':
    case 'timestamp':
      return '0';
  }
}
