/**
 * Whether rows of one version of a record type can be read as another version.
 *
 * The rules are FlatBuffers' (a field is its position, not its name), with ours for null:
 *
 *     append a field                    allowed; old rows read as its default (null, 0, '', ...)
 *     read with fewer fields            allowed; the rest is passed over
 *     deprecate a field                 allowed; never remove it, or later positions shift
 *     rename a field                    allowed, with a note: bytes do not change, code and plans do
 *     move or remove a field            refused: its bytes would be read as another field
 *     change a type                     refused, but for types of the same bytes and meaning (see `sameBytes`)
 *     make a field nullable             allowed
 *     make a nullable field never null  refused: a null would silently read as 0 or ''
 *
 * Where the writer or the reader has only some of the fields of a type (`RecordDescriptor.projection`), positions mean
 * nothing: fields are found by their names, and the writer must have all that the reader has.
 *
 * Law (tested in test/record/evolution.property.test.ts): if `checkEvolution(writer, reader)` is compatible, every row
 * written as `writer` reads as `reader` without an error, and each field they share has the value it was written with.
 * (The one exception: a 64-bit integer beyond 2^53 cannot leave a bigint field for a number field; a note says so.)
 */

import { EngineError } from '../base/index.ts';
import type { FieldDescriptor, RecordDescriptor, TypeDescriptor } from './record-type.ts';
import { isScalar } from './wire.ts';

/** Something that makes rows unreadable. `field` is a dotted path of the reader's names, the writer's where it has none. */
export interface EvolutionProblem {
  readonly field: string;
  readonly problem: string;
}

/** Something allowed that its author should know of. */
export interface EvolutionNote {
  readonly field: string;
  readonly note: string;
}

/** The verdict; `notes` may be empty. */
export type Evolution =
  | { readonly compatible: true; readonly notes: readonly EvolutionNote[] }
  | {
      readonly compatible: false;
      readonly problems: readonly EvolutionProblem[];
      readonly notes: readonly EvolutionNote[];
    };

interface Findings {
  readonly problems: EvolutionProblem[];
  readonly notes: EvolutionNote[];
}

/**
 * Whether rows written as `writer` can be read as `reader`, older or newer.
 *
 * @example
 * const verdict = checkEvolution(savepointType, Bid.descriptor);
 * if (!verdict.compatible) console.error(verdict.problems);
 */
export function checkEvolution(writer: RecordDescriptor, reader: RecordDescriptor): Evolution {
  const findings: Findings = { problems: [], notes: [] };
  compareRecords(writer, reader, '', findings);
  const { problems, notes } = findings;
  return problems.length === 0
    ? { compatible: true, notes }
    : { compatible: false, problems, notes };
}

/**
 * Returns the notes of a compatible evolution.
 *
 * @throws ERR_RECORD_EVOLUTION names the record, the first field and every problem
 * @example
 * for (const { field, note } of requireEvolution(stored, Bid.descriptor)) log.warn(`${field}: ${note}`);
 */
export function requireEvolution(
  writer: RecordDescriptor,
  reader: RecordDescriptor,
): readonly EvolutionNote[] {
  const verdict = checkEvolution(writer, reader);
  if (verdict.compatible) return verdict.notes;
  const { problems } = verdict;
  throw new EngineError('ERR_RECORD_EVOLUTION', {
    record: reader.name,
    field: problems[0]!.field,
    problems: problems.map(({ field, problem }) => `${field}: ${problem}`).join('; '),
  });
}

function compareRecords(
  writer: RecordDescriptor,
  reader: RecordDescriptor,
  path: string,
  findings: Findings,
): void {
  if (isByName(writer, reader)) return compareByName(writer, reader, path, findings);
  const writerIds = idsByName(writer);
  const readerIds = idsByName(reader);
  const shared = Math.min(writer.fields.length, reader.fields.length);
  for (let id = 0; id < shared; id++) {
    const was = writer.fields[id]!;
    const is = reader.fields[id]!;
    const field = path + is.name;
    if (was.name !== is.name) {
      const movedTo = readerIds.get(was.name);
      const movedFrom = writerIds.get(is.name);
      if (movedTo !== undefined || movedFrom !== undefined) {
        findings.problems.push({ field, problem: describeMove(was, is, id, movedTo, movedFrom) });
        continue;
      }
    }
    compareFields(was, is, field, findings);
  }
  for (const field of reader.fields.slice(shared)) {
    const movedFrom = writerIds.get(field.name);
    if (movedFrom !== undefined && movedFrom < shared) continue; // reported above
    noteAppended(field, path + field.name, findings);
  }
  for (const field of writer.fields.slice(shared)) {
    if (readerIds.has(field.name)) continue; // reported above
    findings.notes.push({
      field: path + field.name,
      note: 'the reader does not know this field and passes over it; a newer type must keep it, as deprecated',
    });
  }
}

/** Whether fields are found by their names and not by their positions. */
export function isByName(writer: RecordDescriptor, reader: RecordDescriptor): boolean {
  return writer.projection === true || reader.projection === true;
}

function compareByName(
  writer: RecordDescriptor,
  reader: RecordDescriptor,
  path: string,
  findings: Findings,
): void {
  for (const is of reader.fields) {
    if (is.deprecated) continue;
    const field = path + is.name;
    const was = writer.fields.find(({ name, deprecated }) => name === is.name && !deprecated);
    if (was !== undefined) compareFields(was, is, field, findings);
    else {
      const problem = 'was not kept with the rows: nothing read it when they were written';
      findings.problems.push({ field, problem });
    }
  }
}

function compareFields(
  was: FieldDescriptor,
  is: FieldDescriptor,
  field: string,
  findings: Findings,
): void {
  const { problems, notes } = findings;
  if (is.deprecated) {
    // Nobody reads it, so its type and its nulls cannot matter.
    if (!was.deprecated)
      notes.push({ field, note: 'deprecated: its values are not read any more' });
    return;
  }
  if (was.name !== is.name) {
    notes.push({ field, note: `renamed from '${was.name}': same bytes, other name` });
  }
  if (was.deprecated) {
    notes.push({
      field,
      note: 'no longer deprecated: rows written in between read as its default',
    });
  }
  if (was.nullable && !is.nullable) {
    problems.push({ field, problem: 'was nullable and is not: a null would read as a value' });
  }
  compareTypes(was.type, is.type, field, findings);
}

function compareTypes(
  was: TypeDescriptor,
  is: TypeDescriptor,
  field: string,
  findings: Findings,
): void {
  if (was.kind === 'record' && is.kind === 'record') {
    compareRecords(was.record, is.record, `${field}.`, findings);
    return;
  }
  if (was.kind === 'list' && is.kind === 'list') {
    compareTypes(was.of, is.of, `${field}[]`, findings);
    return;
  }
  if (!sameBytes(was, is)) {
    findings.problems.push({
      field,
      problem: `was ${typeText(was)} and is ${typeText(is)}: the same bytes mean something else`,
    });
    return;
  }
  if (isBigInt(was) && !isBigInt(is)) {
    findings.notes.push({ field, note: 'was a bigint: a value beyond 2^53 cannot be read' });
  }
}

/**
 * Types whose bytes mean the same: equal kinds, i64 and timestamp, bytes and a list of u8. How a 64-bit integer or a
 * dictionary string is held in memory is not in the bytes.
 */
function sameBytes(a: TypeDescriptor, b: TypeDescriptor): boolean {
  return wireKind(a) === wireKind(b);
}

function wireKind(type: TypeDescriptor): string {
  if (type.kind === 'timestamp') return 'i64';
  if (type.kind === 'list') return type.of.kind === 'u8' ? 'bytes' : 'list';
  return type.kind;
}

function isBigInt(type: TypeDescriptor): boolean {
  return 'bigint' in type && type.bigint === true;
}

/** A type as its author wrote it, e.g. `list(i32)`. */
function typeText(type: TypeDescriptor): string {
  if (isScalar(type)) return type.bigint === true ? `${type.kind}.asBigInt()` : type.kind;
  switch (type.kind) {
    case 'utf8':
      return type.dictionary === true ? 'dictionary()' : 'utf8';
    case 'list':
      return `list(${typeText(type.of)})`;
    case 'record':
      return type.record.name;
    case 'bytes':
      return 'bytes';
  }
}

function noteAppended(field: FieldDescriptor, path: string, findings: Findings): void {
  if (field.deprecated) return;
  const reads = field.nullable ? 'null' : 'its default';
  findings.notes.push({ field: path, note: `appended: rows without it read as ${reads}` });
}

function describeMove(
  was: FieldDescriptor,
  is: FieldDescriptor,
  id: number,
  movedTo: number | undefined,
  movedFrom: number | undefined,
): string {
  if (movedFrom === undefined) {
    return `put at position ${id}, where '${was.name}' was, which moved to ${movedTo}; append instead`;
  }
  if (movedTo === undefined) {
    return `moved from position ${movedFrom} to ${id}, where '${was.name}' was; deprecate '${was.name}' instead of removing it`;
  }
  return `moved from position ${movedFrom} to ${id}; fields keep their positions: append '${is.name}' only at the end`;
}

function idsByName(record: RecordDescriptor): Map<string, number> {
  return new Map(record.fields.map((field, id) => [field.name, id]));
}
