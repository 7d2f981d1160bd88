/**
 * Writes a FlatBuffers schema as the TypeScript text of the same record types.
 *
 * Law (tested in test/record/fbs-source.test.ts): the text of `importFbs(exportFbs(types))`, run, defines the same types.
 */

import { resolveFbs } from './fbs-import.ts';
import type { FbsRecords } from './fbs-import.ts';
import type { FbsEnum } from './fbs-syntax.ts';
import type { FieldDescriptor, RecordDescriptor, TypeDescriptor } from './record-type.ts';
import { isScalar } from './wire.ts';

/** Words that a generated constant cannot have as its name. */
const RESERVED: ReadonlySet<string> = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends
  false finally for function if implements import in instanceof interface let new null package private protected
  public return static super switch this throw true try typeof var void while with yield`.split(
    /\s+/,
  ),
);

/**
 * A TypeScript module that declares the tables of a schema as record types, inner ones first, one exported constant each.
 * Comments (`///`) are kept; what was left out (enum names, namespaces, file identifiers) stands in the header.
 *
 * @param file the schema's name, for errors
 * @throws ERR_RECORD_FBS as `parseFbs`
 * @example
 * await writeFile('bid.ts', importFbs(await readFile('bid.fbs', 'utf8'), 'bid.fbs'));
 */
export function importFbs(text: string, file?: string): string {
  const schema = resolveFbs(text, file);
  const words = new Set(['record']);
  const expressions = schema.records.map((record) =>
    record.fields.map((field) => fieldText(field, words)),
  );
  const names = constantNames(schema.records, words);
  const bodies = schema.records.map((record, index) =>
    recordText(record, expressions[index]!, names, schema),
  );
  const imports = [...words].toSorted().join(', ');
  return (
    [
      `/** Record types read from a FlatBuffers schema${file === undefined ? '' : ` (${commentText(file)})`}. */`,
      ...headerNotes(schema),
      `import { ${imports} } from 'millrace';`,
      ...bodies,
    ].join('\n\n') + '\n'
  );
}

/** An expression whose inner records stand as `<name>`, since their constants are named last. */
function fieldText(field: FieldDescriptor, words: Set<string>): string {
  let text = typeExpression(field.type, words);
  if (field.nullable) text = call('nullable', text, words);
  if (field.deprecated) text = call('deprecated', text, words);
  return text;
}

function typeExpression(type: TypeDescriptor, words: Set<string>): string {
  if (isScalar(type)) {
    return `${word(type.kind, words)}${type.bigint === true ? '.asBigInt()' : ''}`;
  }
  switch (type.kind) {
    case 'utf8':
      return type.dictionary === true ? call('dictionary', '', words) : word('utf8', words);
    case 'list':
      return call('list', typeExpression(type.of, words), words);
    case 'record':
      return `<${type.record.name}>`;
    case 'bytes':
      return word('bytes', words);
  }
}

function call(name: string, argument: string, words: Set<string>): string {
  return `${word(name, words)}(${argument})`;
}

function word(name: string, words: Set<string>): string {
  words.add(name);
  return name;
}

function recordText(
  record: RecordDescriptor,
  expressions: readonly string[],
  names: ReadonlyMap<string, string>,
  { tables }: FbsRecords,
): string {
  const table = tables.get(record.name)!;
  const docs = new Map(table.fields.map((field) => [field.name, field.doc]));
  const lines = [
    ...docComment(table.doc, ''),
    `export const ${names.get(record.name)!} = record('${record.name}', {`,
  ];
  record.fields.forEach((field, id) => {
    lines.push(...docComment(docs.get(field.name)!, '  '));
    // Written plainly, this one name would set the object's prototype.
    const key = field.name === '__proto__' ? "['__proto__']" : field.name;
    lines.push(`  ${key}: ${expressions[id]!.replace(/<(\w+)>/, (_, name) => names.get(name)!)},`);
  });
  lines.push('});');
  return lines.join('\n');
}

/** The record's own name, unless it is a word of the language, one that the module imports, or taken. */
function constantNames(
  records: readonly RecordDescriptor[],
  words: ReadonlySet<string>,
): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set([...words, ...RESERVED]);
  for (const { name } of records) {
    let constant = name;
    while (taken.has(constant)) constant += 'Type';
    taken.add(constant);
    names.set(name, constant);
  }
  return names;
}

function headerNotes({ notes, enums }: FbsRecords): string[] {
  const lines = [...notes.map((note) => `// ${note}`), ...enums.map(enumNote)];
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function enumNote({ name, base, values }: FbsEnum): string {
  const members = [...values].map(([member, value]) => `${member} = ${value}`).join(', ');
  return `// enum ${name} is kept as its ${base}: ${members}`;
}

function docComment(doc: readonly string[], indent: string): string[] {
  if (doc.length === 0) return [];
  if (doc.length === 1) return [`${indent}/** ${commentText(doc[0]!)} */`];
  return [
    `${indent}/**`,
    ...doc.map((line) => `${indent} * ${commentText(line)}`.trimEnd()),
    `${indent} */`,
  ];
}

/** Text that cannot end the comment it stands in. */
function commentText(text: string): string {
  return text.replaceAll('*/', '* /').replaceAll(/[\r\n\u2028\u2029]+/g, ' ');
}
