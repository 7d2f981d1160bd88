/**
 * Fields of a row by new names, and values computed from it: a row that reads through to the one selected from.
 *
 * Nothing is decoded or copied before somebody reads it, and a text that is only passed on goes on as bytes. Values are
 * computed once for each row, in the order of the fields, when the row comes: a function is called as often as that of a
 * `map`, whatever is read behind it.
 */

import { RowViewBase, SelectedRow } from '../record/index.ts';
import type { RecordType } from '../record/index.ts';
import { generate } from './generated.ts';
import type { Plain, Transformation } from './operator.ts';

/** Where each field of the result comes from, in the order of the type's fields. */
export interface SelectSpec {
  readonly type: RecordType;
  /** The name of a field of the row, or a function of the row. */
  readonly fields: Readonly<Record<string, string | ((row: never) => unknown)>>;
  /** Fingerprint of the rows selected from. */
  readonly from: string;
}

/**
 * One row with these fields for each row; valid until the next one.
 *
 * @example
 * selectTransformation({ type: Priced, fields: { id: 'auction', euros: (bid) => 0.9 * bid.price }, from: Bid.fingerprint });
 */
export function selectTransformation(spec: SelectSpec): Transformation {
  const entries = Object.entries(spec.fields);
  // A function may look at any field.
  const functions = entries.flatMap(([name, from]) =>
    typeof from === 'function' ? [[name, from] as const] : [],
  );
  const shown = entries.map(([name, from]): [string, Plain] => [
    name,
    typeof from === 'function' ? { computed: true } : from,
  ]);
  return {
    kind: 'select',
    params: { fields: Object.fromEntries(shown) },
    functions: Object.fromEntries(functions),
    reads: [
      functions.length === 0 ? Object.values(spec.fields as Record<string, string>) : undefined,
    ],
    keyed: false,
    changelog: 'keeps',
    leavesOut: true,
    create: () => ({ fused: { form: 'map', fn: compileSelect(spec) ?? plainSelect(spec) } }),
  };
}

type Select = (row: unknown) => unknown;

/** The twin that makes an object, and what runs where code generation is forbidden. */
export function plainSelect({ fields }: SelectSpec): Select {
  const entries = Object.entries(fields);
  return (row) => {
    // Computed first: a function that throws does so before anything is decoded.
    const computed = entries.map(([, from]) =>
      typeof from === 'function' ? from(row as never) : undefined,
    );
    const values = entries.map(([name, from], i) => [
      name,
      typeof from === 'function' ? computed[i] : (row as Readonly<Record<string, unknown>>)[from],
    ]);
    return Object.fromEntries(values) as unknown;
  };
}

type SelectedClass = new () => SelectedRow;

/**
 * Classes by their text, shared by all selections of a thread that are alike: the functions behind see one hidden class
 * however often the job is submitted.
 */
const classes = new Map<string, SelectedClass>();

/** One instance's function, which gives one row object again and again; undefined where code generation is forbidden. */
export function compileSelect(spec: SelectSpec): Select | undefined {
  const text = classSource(spec);
  const Selected =
    classes.get(text) ??
    generate<SelectedClass>(`${spec.type.name} selected`, text, { RowViewBase, SelectedRow, kept });
  if (Selected === undefined) return undefined;
  classes.set(text, Selected);
  const names = Object.entries(spec.fields).flatMap(([name, from], i) =>
    typeof from === 'function' ? [{ name, slot: `$${i}`, fn: `f${i}` }] : [],
  );
  const bindings = names.map(({ name, fn }) => [fn, spec.fields[name]] as const);
  return generate<Select>(
    'select',
    `return function select(row) {
  ${names.map(({ slot, fn }) => `selected.${slot} = ${fn}(row);`).join('\n  ')}
  selected.$source = row;
  return selected;
};`,
    { selected: new Selected(), ...Object.fromEntries(bindings) },
  );
}

/** A getter for each field; computed values lie in `$<index>`, which no field can be named. */
function classSource({ type, fields, from }: SelectSpec): string {
  const parts = type.descriptor.fields.map((field, i) => {
    const source = fields[field.name]!;
    return typeof source === 'function'
      ? { field, slot: `$${i}`, read: `this.$${i}`, source: undefined }
      : { field, slot: undefined, read: `this.$source.${source}`, source };
  });
  const computed = parts.flatMap(({ slot, field }) =>
    slot === undefined ? [] : [{ slot, first: firstValue(field) }],
  );
  const slices = parts.flatMap(({ field: { name, type: of }, source }) =>
    source !== undefined && (of.kind === 'utf8' || of.kind === 'bytes')
      ? `case '${name}': return source.sliceOf('${source}');`
      : [],
  );
  const copied = parts.map(({ field: { name, type: of } }) =>
    of.kind === 'record' ? `${name}: kept(this.${name})` : `${name}: this.${name}`,
  );
  return `// of ${JSON.stringify(from)}
return class Selected extends SelectedRow {
  ${computed.map(({ slot, first }) => `${slot} = ${first};`).join(' ')}
  get typeFingerprint() { return ${JSON.stringify(`${type.name}, selected`)}; }
  ${parts.map(({ field: { name }, read }) => `get ${name}() { return ${read}; }`).join('\n  ')}
  copy() { return { ${copied.join(', ')} }; }
  over(source) {
    const other = new Selected();
    ${computed.map(({ slot }) => `other.${slot} = this.${slot};`).join(' ')}
    other.$source = source;
    return other;
  }
  sliceOf(field) {
    const source = this.$source;
    if (!(source instanceof RowViewBase)) return undefined;
    switch (field) {
      ${slices.join('\n      ')}
      default: return undefined;
    }
  }
};`;
}

function kept(row: unknown): unknown {
  return row instanceof RowViewBase ? row.copy() : row;
}

/** A first value of the right representation: what is written over it needs no new hidden class and no new number object. */
function firstValue({ type: of, nullable }: RecordType['descriptor']['fields'][number]): string {
  if (nullable) return 'null';
  switch (of.kind) {
    case 'bool':
      return 'false';
    case 'utf8':
      return "''";
    case 'i64':
    case 'u64':
      return of.bigint === true ? '0n' : '0.5';
    case 'f32':
    case 'f64':
    case 'timestamp':
    case 'u32':
      return '0.5';
    case 'i8':
    case 'u8':
    case 'i16':
    case 'u16':
    case 'i32':
      return '0';
    case 'bytes':
    case 'list':
    case 'record':
      return 'null';
  }
}
