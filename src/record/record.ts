/** `record()`: declares a record type, checks it, and gives its rows a TypeScript type. */

import { EngineError } from '../base/index.ts';
import type { DeprecatedField, FieldLike, ValueOf } from './fields.ts';
import { fingerprintOf } from './fingerprint.ts';
import type {
  FieldDescriptor,
  RecordDescriptor,
  RecordType,
  TypeDescriptor,
} from './record-type.ts';
import { isScalar } from './scalar.ts';

/** The fields of a record type, in the order of their ids. */
export type Fields = Readonly<Record<string, FieldLike>>;

/** The rows of a record type with these fields; deprecated fields are left out. */
export type RowOfFields<F extends Fields> = {
  readonly [K in keyof F as F[K] extends DeprecatedField ? never : K]: ValueOf<F[K]>;
};

/** The rows of a record type: `RowOf<typeof Bid>`. */
export type RowOf<R> = R extends RecordType<infer Row> ? Row : never;

/** Names that a view, or every object, has for itself. */
const RESERVED: ReadonlySet<string> = new Set(
  [
    'at bind bytesOf copy memory rowBytes sliceOf toJSON typeFingerprint u8 u16 i32 f32 f64'.split(
      ' ',
    ),
    Object.getOwnPropertyNames(Object.prototype),
  ].flat(),
);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const FIELDS_MAX = 4096;
/**
 * Declares a record type. The order of the fields is the order of their ids: append new fields at the end, and mark old
 * ones `deprecated` instead of removing them, so that rows of older versions can be read.
 *
 * @param name an identifier, unique among the types of a job
 * @throws ERR_RECORD_TYPE a name is bad, reserved or taken, or a field is not a field
 * @example
 * const Bid = record('Bid', { auction: i64, price: i64, channel: utf8, url: nullable(utf8) });
 * type Bid = RowOf<typeof Bid>; // { auction: number, price: number, channel: string, url: string | null }
 */
export function record<const F extends Fields>(
  name: string,
  fields: F,
): RecordType<RowOfFields<F>> {
  const descriptors: FieldDescriptor[] = [];
  for (const [field, like] of Object.entries<unknown>(fields)) {
    descriptors.push(describeField(`${name}.${field}`, field, like));
  }
  return recordFromDescriptor({ name, fields: descriptors }) as RecordType<RowOfFields<F>>;
}

/**
 * The record type of a descriptor that came from a plan, a manifest or a schema file.
 *
 * @throws ERR_RECORD_TYPE as {@link record}
 * @example
 * recordFromDescriptor(Bid.descriptor).fingerprint === Bid.fingerprint; // true
 */
export function recordFromDescriptor(descriptor: RecordDescriptor): RecordType {
  const checked = checkRecord(descriptor, new Map());
  return Object.freeze({
    name: checked.name,
    descriptor: checked,
    fingerprint: fingerprintOf(checked),
  });
}

function describeField(what: string, name: string, like: unknown): FieldDescriptor {
  if (typeof like === 'object' && like !== null) {
    if ('descriptor' in like) {
      const { descriptor } = like as RecordType;
      return {
        name,
        type: { kind: 'record', record: descriptor },
        nullable: false,
        deprecated: false,
      };
    }
    if ('type' in like) return { name, ...(like as Omit<FieldDescriptor, 'name'>) };
  }
  return failType(what, 'a field such as i64, utf8, nullable(f64) or a record type', like);
}

/** A frozen copy with nothing but what belongs to a descriptor. */
function checkRecord(record: RecordDescriptor, seen: Map<string, string>): RecordDescriptor {
  if (typeof record?.name !== 'string' || !NAME.test(record.name)) {
    failType('record name', 'a letter or _, then letters, digits or _', record?.name);
  }
  const { name } = record;
  if (!Array.isArray(record.fields) || record.fields.length > FIELDS_MAX) {
    failType(name, `at most ${FIELDS_MAX} fields`, `${record.fields?.length} fields`);
  }
  const names = new Set<string>();
  const fields = record.fields.map((field): FieldDescriptor => {
    checkFieldName(name, field.name, names);
    const type = checkType(`${name}.${field.name}`, field.type, seen);
    return Object.freeze({
      name: field.name,
      type,
      nullable: field.nullable === true,
      deprecated: field.deprecated === true,
    });
  });
  const mark = record.projection === true ? ({ projection: true } as const) : {};
  const checked = Object.freeze({ name, fields: Object.freeze(fields), ...mark });
  const fingerprint = fingerprintOf(checked);
  if ((seen.get(name) ?? fingerprint) !== fingerprint) {
    failType(name, 'one record type of this name within a type', 'two that differ');
  }
  seen.set(name, fingerprint);
  return checked;
}

function checkFieldName(record: string, name: unknown, names: Set<string>): void {
  if (typeof name !== 'string' || !NAME.test(name)) {
    failType(`field name of ${record}`, 'a letter or _, then letters, digits or _', name);
  }
  if (RESERVED.has(name)) {
    failType(`field name of ${record}`, 'a name that views do not use themselves', name);
  }
  if (names.has(name)) failType(`field name of ${record}`, 'a name that is not taken', name);
  names.add(name);
}

function checkType(what: string, type: TypeDescriptor, seen: Map<string, string>): TypeDescriptor {
  if (typeof type !== 'object' || type === null) {
    return failType(what, 'the type of a field', type);
  }
  if (isScalar(type)) {
    if (type.bigint !== true) return Object.freeze({ kind: type.kind });
    if (type.kind !== 'i64' && type.kind !== 'u64') {
      failType(what, 'bigint on i64 or u64 only', `bigint on ${type.kind}`);
    }
    return Object.freeze({ kind: type.kind, bigint: true });
  }
  switch (type.kind) {
    case 'utf8':
      return Object.freeze(
        type.dictionary === true ? { kind: 'utf8', dictionary: true } : { kind: 'utf8' },
      );
    case 'bytes':
      return Object.freeze({ kind: 'bytes' });
    case 'record':
      return Object.freeze({ kind: 'record', record: checkRecord(type.record, seen) });
    case 'list': {
      const of = checkType(what, type.of, seen);
      if (of.kind === 'list' || of.kind === 'bytes') {
        failType(what, 'a list of scalars, utf8 or records', `a list of ${of.kind}`);
      }
      return Object.freeze({ kind: 'list', of });
    }
  }
  // Reached by descriptors that were not made by this version.
  return failType(what, 'a known kind of field', (type as TypeDescriptor).kind);
}

function failType(what: string, expected: string, got: unknown): never {
  throw new EngineError('ERR_RECORD_TYPE', { what, expected, got });
}
