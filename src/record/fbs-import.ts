/**
 * Reads a FlatBuffers schema as descriptors of record types.
 *
 * Law (tested in test/record/fbs.property.test.ts): for every type of `types`, `parseFbs(exportFbs(types))` has the same
 * descriptor under the same name.
 *
 * A string, vector or table is nullable unless `required`; a number is nullable if its default is `null`. Defaults other
 * than 0 are refused, since a row does not hold what its writer elided. An enum becomes its integer.
 */

import { EngineError } from '../base/index.ts';
import { failFbs } from './fbs-tokens.ts';
import type { FbsToken } from './fbs-tokens.ts';
import { parseSchema } from './fbs-syntax.ts';
import type { FbsEnum, FbsField, FbsSchema, FbsTable } from './fbs-syntax.ts';
import { IGNORED_ATTRIBUTES, OWN_ATTRIBUTES, SCALAR_OF_FBS_NAME } from './fbs-words.ts';
import { recordFromDescriptor } from './record.ts';
import type { FieldDescriptor, RecordDescriptor, TypeDescriptor } from './record-type.ts';
import { isScalar } from './wire.ts';

/** A schema as record types, inner ones before those that hold them. */
export interface FbsRecords {
  readonly records: readonly RecordDescriptor[];
  /** The tables as written, by name. */
  readonly tables: ReadonlyMap<string, FbsTable>;
  readonly enums: readonly FbsEnum[];
  /** What was read and left out, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The record types of a schema, inner ones first.
 *
 * @param file named in errors
 * @throws ERR_RECORD_FBS with line and column: what was expected there and what stands there
 * @example
 * const [bid] = parseFbs('table Bid { price:long; channel:string (required); }');
 */
export function parseFbs(text: string, file?: string): RecordDescriptor[] {
  return [...resolveFbs(text, file).records];
}

/** The same with what a printer needs besides. @throws ERR_RECORD_FBS as `parseFbs` */
export function resolveFbs(text: string, file?: string): FbsRecords {
  return new Resolver(parseSchema(text, file), file).resolve();
}

class Resolver {
  readonly #schema: FbsSchema;
  readonly #file: string | undefined;
  readonly #tables = new Map<string, FbsTable>();
  readonly #enums = new Map<string, FbsEnum>();
  readonly #records = new Map<string, RecordDescriptor>();
  /** Tables being resolved, outermost first, to find a cycle. */
  readonly #open: string[] = [];
  readonly #notes = new Set<string>();

  constructor(schema: FbsSchema, file: string | undefined) {
    this.#schema = schema;
    this.#file = file;
  }

  resolve(): FbsRecords {
    const { tables, enums, notes } = this.#schema;
    for (const note of notes) this.#notes.add(note);
    for (const declared of [...enums, ...tables]) {
      if (this.#tables.has(declared.name) || this.#enums.has(declared.name)) {
        this.#fail('one declaration for each name', `${declared.name} again`, declared.at);
      }
      if ('fields' in declared) this.#tables.set(declared.name, declared);
      else this.#enums.set(declared.name, declared);
    }
    for (const declared of enums) {
      const base = SCALAR_OF_FBS_NAME.get(declared.base);
      if (base === undefined || base === 'f32' || base === 'f64') {
        this.#fail('an enum of an integer type', declared.base, declared.at);
      }
    }
    for (const table of tables) this.#record(table);
    return {
      records: [...this.#records.values()],
      tables: this.#tables,
      enums,
      notes: [...this.#notes],
    };
  }

  #record(table: FbsTable): RecordDescriptor {
    const known = this.#records.get(table.name);
    if (known !== undefined) return known;
    this.#open.push(table.name);
    const names = new Set<string>();
    const fields = this.#inIdOrder(table).map((field): FieldDescriptor => {
      if (names.has(field.name)) {
        this.#fail('one field for each name', `${table.name}.${field.name} again`, field.at);
      }
      names.add(field.name);
      return this.#field(table, field);
    });
    this.#open.pop();
    const record = this.#checked(table, { name: table.name, fields });
    this.#records.set(table.name, record);
    return record;
  }

  /** What `record()` would refuse, such as a name that views use themselves, is an error of this text. */
  #checked(table: FbsTable, record: RecordDescriptor): RecordDescriptor {
    try {
      return recordFromDescriptor(record).descriptor;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return this.#fail('a table that a record type can have', error.message, table.at);
    }
  }

  /** Positions are the ids if there are any: then all fields have one, from 0 without a gap. */
  #inIdOrder(table: FbsTable): readonly FbsField[] {
    if (!table.fields.some(({ attributes }) => attributes.has('id'))) return table.fields;
    const ordered: FbsField[] = [];
    for (const field of table.fields) {
      const id = field.attributes.get('id');
      if (id === undefined) this.#fail('an id on every field or on none', 'none here', field.at);
      const position = Number(id.value);
      const count = table.fields.length;
      if (!/^\d+$/.test(id.value) || position >= count) {
        this.#fail(`ids 0 .. ${count - 1} without a gap`, `id: ${id.value}`, id.at);
      }
      if (ordered[position] !== undefined) {
        this.#fail('one field for each id', `id: ${id.value} again`, id.at);
      }
      ordered[position] = field;
    }
    return ordered;
  }

  #field(table: FbsTable, field: FbsField): FieldDescriptor {
    const { attributes } = field;
    this.#checkAttributes(table, field);
    const type = this.#type(field);
    return {
      name: field.name,
      type,
      nullable: !isScalar(type)
        ? this.#referenceIsNullable(field, type)
        : this.#scalarIsNullable(field),
      deprecated: attributes.has('deprecated'),
    };
  }

  #type(field: FbsField): TypeDescriptor {
    const { type } = field;
    const element = this.#element(field);
    if (!type.vector) return element;
    const asList = field.attributes.has('list');
    if (element.kind === 'u8' && !asList) return { kind: 'bytes' };
    return { kind: 'list', of: element };
  }

  #element(field: FbsField): TypeDescriptor {
    const { type, attributes } = field;
    const { name, at } = type;
    if (name === 'string') {
      this.#checkOwn(field, ['dictionary']);
      return attributes.has('dictionary') ? { kind: 'utf8', dictionary: true } : { kind: 'utf8' };
    }
    const scalar = SCALAR_OF_FBS_NAME.get(this.#enums.get(name)?.base ?? name);
    if (scalar !== undefined) {
      const isWide = scalar === 'i64' || scalar === 'u64';
      const isByte = scalar === 'u8' && type.vector;
      this.#checkOwn(field, [
        ...(isWide ? ['bigint'] : []),
        ...(scalar === 'i64' && !attributes.has('bigint') ? ['timestamp'] : []),
        ...(isByte ? ['list'] : []),
      ]);
      const kind = attributes.has('timestamp') ? 'timestamp' : scalar;
      return attributes.has('bigint') ? { kind, bigint: true } : { kind };
    }
    this.#checkOwn(field, []);
    const table = this.#tables.get(name);
    if (table === undefined) {
      this.#fail('a scalar, string, or a table or enum of this text', `'${name}'`, at);
    }
    if (this.#open.includes(name)) {
      this.#fail(
        'tables that do not contain themselves',
        [...this.#open.slice(this.#open.indexOf(name)), name].join(' > '),
        at,
      );
    }
    return { kind: 'record', record: this.#record(table) };
  }

  #referenceIsNullable(field: FbsField, type: TypeDescriptor): boolean {
    const { default: fallback, attributes } = field;
    if (attributes.has('required') || attributes.has('non_null')) return false;
    if (fallback === undefined || (fallback.kind === 'name' && fallback.text === 'null')) {
      return true;
    }
    const isEmpty =
      type.kind === 'utf8'
        ? fallback.kind === 'string' && fallback.text === ''
        : type.kind !== 'record' && fallback.text === '[]';
    if (!isEmpty) {
      this.#fail('no default, or an empty one', `default ${fallback.text}`, fallback);
    }
    return false;
  }

  #scalarIsNullable(field: FbsField): boolean {
    const { default: fallback } = field;
    if (fallback === undefined) return false;
    if (fallback.kind === 'name' && fallback.text === 'null') return true;
    const named = this.#enums.get(field.type.name)?.values.get(fallback.text);
    const isZero =
      named === undefined
        ? fallback.text === 'false' || (fallback.kind === 'number' && Number(fallback.text) === 0)
        : named === 0n;
    if (!isZero) {
      this.#fail(
        'default 0 or null: rows do not hold a value that equals its default',
        `default ${fallback.text}`,
        fallback,
      );
    }
    return false;
  }

  /** Attributes of ours that this type has no use for are mistakes. */
  #checkOwn(field: FbsField, allowed: readonly string[]): void {
    for (const [name, { at }] of field.attributes) {
      if (name === 'non_null' || !Object.hasOwn(OWN_ATTRIBUTES, name) || allowed.includes(name))
        continue;
      const { type } = field;
      const text = type.vector ? `[${type.name}]` : type.name;
      this.#fail(`an attribute that fits ${text}`, `'${name}'`, at);
    }
  }

  #checkAttributes(table: FbsTable, field: FbsField): void {
    for (const [name, { at }] of field.attributes) {
      if (name === 'id' || name === 'deprecated' || name === 'required') continue;
      if (Object.hasOwn(OWN_ATTRIBUTES, name)) continue;
      if (!IGNORED_ATTRIBUTES.has(name) && !this.#schema.attributes.has(name)) {
        this.#fail('an attribute that FlatBuffers or this text declares', `'${name}'`, at);
      }
      this.#notes.add(`attribute '${name}' of ${table.name}.${field.name} is left out`);
    }
  }

  #fail(expected: string, got: string, token: FbsToken): never {
    failFbs(expected, got, token, this.#file);
  }
}
