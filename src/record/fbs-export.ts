/**
 * Writes record types as a FlatBuffers schema, so that any language can read and write their rows.
 *
 * Law (tested in test/record/fbs.property.test.ts): for every type of `types`, `parseFbs(exportFbs(types))` has the same
 * descriptor under the same name. What a schema has no word for is an attribute (see fbs-words.ts).
 */

import { failFbs } from './fbs-tokens.ts';
import { FBS_NAME_OF_SCALAR, isFbsName, OWN_ATTRIBUTES, SCALAR_OF_FBS_NAME } from './fbs-words.ts';
import type {
  FieldDescriptor,
  RecordDescriptor,
  RecordType,
  TypeDescriptor,
} from './record-type.ts';
import { isScalar } from './wire.ts';

/**
 * The `.fbs` text of these record types and of those nested in them, inner ones first. One type alone is the
 * `root_type`. Ids are explicit; a nullable number is `= null`; a string, vector or record that is never null is
 * `(required)`, so that foreign writers must give it.
 *
 * @throws ERR_RECORD_FBS a name that a schema cannot have, two types of one name, a list of lists or of bytes
 * @example
 * await writeFile('bid.fbs', exportFbs([Bid]));
 */
export function exportFbs(types: readonly (RecordType | RecordDescriptor)[]): string {
  const tables = new Map<string, RecordDescriptor>();
  for (const type of types) collect('descriptor' in type ? type.descriptor : type, tables);
  const attributes = new Set<string>();
  const bodies = [...tables.values()].map((record) => tableText(record, attributes));
  const declared = Object.entries(OWN_ATTRIBUTES)
    .filter(([name]) => attributes.has(name))
    .map(([name, meaning]) => `attribute "${name}"; // ${meaning}`);
  const sections = [
    '// Rows of Millrace. A field is its id: append fields, deprecate them, never remove or move them.',
    ...(declared.length === 0 ? [] : [declared.join('\n')]),
    ...bodies,
  ];
  if (types.length === 1) sections.push(`root_type ${[...tables.keys()].at(-1)!};`);
  return `${sections.join('\n\n')}\n`;
}

/** Adds the record after those nested in it. */
function collect(record: RecordDescriptor, tables: Map<string, RecordDescriptor>): void {
  if (!isFbsName(record.name) || isTypeWord(record.name)) {
    failFbs('a record name that a schema can have', `'${record.name}'`, undefined);
  }
  const before = tables.get(record.name);
  for (const field of record.fields) {
    const inner = innerRecord(field.type);
    if (inner !== undefined) collect(inner, tables);
  }
  // An inner record of the same name shows as one that was not there before.
  const known = tables.get(record.name);
  if (known === undefined) {
    tables.set(record.name, record);
  } else if (before === undefined || !sameTable(known, record)) {
    failFbs('one shape for each record name', `two shapes named '${record.name}'`, undefined);
  }
}

/** Inner records are compared on their own, by name. */
function sameTable(a: RecordDescriptor, b: RecordDescriptor): boolean {
  return a === b || tableText(a, new Set()) === tableText(b, new Set());
}

function innerRecord(type: TypeDescriptor): RecordDescriptor | undefined {
  if (type.kind === 'record') return type.record;
  return type.kind === 'list' ? innerRecord(type.of) : undefined;
}

function isTypeWord(name: string): boolean {
  return name === 'string' || SCALAR_OF_FBS_NAME.has(name);
}

function tableText(record: RecordDescriptor, attributes: Set<string>): string {
  const names = new Set<string>();
  const lines = record.fields.map((field, id) => {
    const where = `${record.name}.${field.name}`;
    if (!isFbsName(field.name)) {
      failFbs('a field name that a schema can have', `'${where}'`, undefined);
    }
    if (names.has(field.name)) failFbs('one field for each name', `'${where}' twice`, undefined);
    names.add(field.name);
    const own = ownAttributes(field.type);
    const flags = [`id: ${id}`, ...own];
    if (field.deprecated) flags.push('deprecated');
    if (!isScalar(field.type) && !field.nullable) {
      if (field.deprecated) own.push('non_null');
      flags.push(field.deprecated ? 'non_null' : 'required');
    }
    for (const name of own) attributes.add(name);
    return `  ${field.name}:${wireType(field.type, where)}${defaultText(field)} (${flags.join(', ')});`;
  });
  return `table ${record.name} {\n${lines.map((line) => `${line}\n`).join('')}}`;
}

function defaultText(field: FieldDescriptor): string {
  return field.nullable && isScalar(field.type) ? ' = null' : '';
}

function wireType(type: TypeDescriptor, where: string): string {
  if (isScalar(type)) return FBS_NAME_OF_SCALAR[type.kind];
  switch (type.kind) {
    case 'utf8':
      return 'string';
    case 'bytes':
      return '[ubyte]';
    case 'record':
      return type.record.name;
    case 'list':
      if (type.of.kind === 'list' || type.of.kind === 'bytes') {
        failFbs(
          'a list of numbers, strings or records, which is all that FlatBuffers has',
          `'${where}', a list of ${type.of.kind === 'list' ? 'lists' : 'bytes'}`,
          undefined,
        );
      }
      return `[${wireType(type.of, where)}]`;
  }
}

/** What the wire type alone does not say; of a list, what its elements do not. */
function ownAttributes(type: TypeDescriptor): string[] {
  if (isScalar(type)) {
    const own = type.kind === 'timestamp' ? ['timestamp'] : [];
    if (type.bigint === true) own.push('bigint');
    return own;
  }
  switch (type.kind) {
    case 'utf8':
      return type.dictionary === true ? ['dictionary'] : [];
    case 'list':
      return type.of.kind === 'u8' ? ['list'] : ownAttributes(type.of);
    case 'bytes':
    case 'record':
      return [];
  }
}
