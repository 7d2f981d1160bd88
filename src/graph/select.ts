/** `select` as a job writes it: fields by name, and values computed from the row; the record type that follows. */

import { didYouMean, EngineError } from '../base/index.ts';
import { selectTransformation } from '../operators/index.ts';
import type { SelectSpec, Transformation } from '../operators/index.ts';
import { record } from '../record/index.ts';
import type { FieldLike, FieldType, RecordType } from '../record/index.ts';
import { argumentError, describeValue } from './arguments.ts';
import type { Row } from './row.ts';
import { callSite, placeOf } from './source-location.ts';

/** A field that a function computes from the row; made by {@link computed}. */
export interface Computed<T, V> {
  readonly type: FieldLike;
  readonly fn: (row: Row<T>) => V;
}

/** What `select` takes: by the name of each field of the result, a field of the row or what computes it. */
export type Selection<T> = Readonly<Record<string, (keyof T & string) | Computed<T, unknown>>>;

/** The row that a selection gives. */
export type SelectedFields<T, S> = {
  readonly [F in keyof S]: S[F] extends keyof T
    ? T[S[F]]
    : S[F] extends Computed<never, infer V>
      ? V
      : never;
};

/**
 * A field of a selection that is computed. The function is called once for each row, whether or not the field is read.
 *
 * @param type of the field, such as `f64` or `nullable(utf8)`
 * @example
 * bids.select('Converted', { auction: 'auction', euros: computed(f64, (bid) => 0.908 * bid.price) });
 */
export function computed<T, V>(
  type: FieldType<V> | RecordType<V>,
  fn: (row: Row<T>) => NoInfer<V>,
): Computed<T, V> {
  return { type, fn };
}

const EXAMPLE = "{ id: 'auction', euros: computed(f64, (bid) => 0.9 * bid.price) }";

/**
 * The operator of a selection and the type of its rows.
 *
 * @throws ERR_GRAPH_SELECT the stream has no record type, or a field is neither a name nor computed
 * @throws ERR_GRAPH_UNKNOWN_FIELD with the nearest name
 * @throws ERR_GRAPH_ARGUMENT nothing is selected
 * @throws ERR_RECORD_TYPE a name cannot be that of a type or field
 */
export function selection(
  type: RecordType | undefined,
  name: string,
  fields: Readonly<Record<string, unknown>>,
): { readonly transformation: Transformation; readonly type: RecordType } {
  if (typeof name !== 'string') {
    throw argumentError('select', "a name for the result's record type", name);
  }
  if (typeof fields !== 'object' || fields === null || Object.keys(fields).length === 0) {
    throw argumentError('select', `an object such as ${EXAMPLE}`, fields);
  }
  if (type === undefined) {
    throw failSelect('the stream', 'a stream with a record type', 'one without');
  }
  const likes: Record<string, FieldLike> = {};
  const from: Record<string, SelectSpec['fields'][string]> = {};
  for (const [field, what] of Object.entries(fields)) {
    if (typeof what === 'string') {
      likes[field] = fieldOf(type, field, what);
      from[field] = what;
      continue;
    }
    const { type: like, fn } = computedOf(field, what);
    likes[field] = like;
    from[field] = fn;
  }
  const result = namedRecord(name, likes);
  const spec: SelectSpec = { type: result, fields: from, from: type.fingerprint };
  return { transformation: selectTransformation(spec), type: result };
}

function fieldOf(type: RecordType, field: string, source: string): FieldLike {
  const known = type.descriptor.fields.filter(({ deprecated }) => !deprecated);
  const found = known.find((candidate) => candidate.name === source);
  if (found !== undefined) {
    return { type: found.type, nullable: found.nullable, deprecated: false };
  }
  const names = known.map((candidate) => candidate.name);
  throw new EngineError(
    'ERR_GRAPH_UNKNOWN_FIELD',
    {
      call: `select: ${field}`,
      field: source,
      type: type.name,
      fields: names.join(', '),
      nearest: didYouMean(source, names),
    },
    { place: placeOf(callSite()) },
  );
}

function computedOf(field: string, what: unknown): Computed<never, unknown> {
  const { type, fn } = (what ?? {}) as Partial<Computed<never, unknown>>;
  const isType = typeof type === 'object' && type !== null;
  if (isType && typeof fn === 'function' && !('deprecated' in type && type.deprecated)) {
    return { type, fn };
  }
  const got =
    isType && typeof fn === 'function' ? 'a deprecated field' : describeValue(fn ?? type ?? what);
  throw failSelect(`field ${field}`, 'the name of a field, or computed(type, function)', got);
}

/** The type, with the place of the call in what it throws. */
function namedRecord(name: string, likes: Readonly<Record<string, FieldLike>>): RecordType {
  try {
    return record(name, likes);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw error.at(placeOf(callSite()));
  }
}

function failSelect(what: string, expected: string, got: string): EngineError {
  return new EngineError(
    'ERR_GRAPH_SELECT',
    { what, expected, got, example: EXAMPLE },
    { place: placeOf(callSite()) },
  );
}

declare module './streams.ts' {
  interface Transformable<T> {
    /**
     * One row for each row, with fields of it by new names and values computed from it: Flink's `select` and `project`. A
     * `map` that the engine sees through: fields are read, and texts decoded, only where somebody reads them, and a text that
     * is only passed on goes on as bytes. Computed fields are computed once for each row. Timestamps and changelog kinds stay.
     *
     * @param name of the result's record type
     * @throws ERR_GRAPH_SELECT the stream has no record type, or a field is neither a name nor computed
     * @throws ERR_GRAPH_UNKNOWN_FIELD, ERR_GRAPH_ARGUMENT, ERR_RECORD_TYPE
     * @example
     * bids.select('Converted', {
     *   auction: 'auction',
     *   price: computed(f64, (bid) => 0.908 * bid.price),
     *   note: 'extra',
     * });
     */
    select<const S extends Selection<T>>(
      name: string,
      fields: S,
    ): OperatorStream<SelectedFields<T, S>>;
  }
}
