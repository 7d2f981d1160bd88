/** Checks of field names against the record type of a stream, when the call is made. */

import { didYouMean, EngineError } from '../base/index.ts';
import type { ErrorCode } from '../base/index.ts';
import type { FieldDescriptor, RecordType } from '../record/index.ts';
import { callSite, placeOf } from './source-location.ts';

const NUMERIC: ReadonlySet<string> = new Set('i8 u8 i16 u16 i32 u32 i64 u64 f32 f64'.split(' '));

/** What a call asks of a field, by the call. */
interface Demand {
  readonly code: ErrorCode;
  readonly expected: string;
  readonly allows: (field: FieldDescriptor) => boolean;
}

const KEY: Demand = {
  code: 'ERR_GRAPH_KEY_TYPE',
  expected: 'a number, text, boolean or bytes',
  allows: (field) => field.type.kind !== 'list' && field.type.kind !== 'record',
};
const SUMMABLE: Demand = {
  code: 'ERR_GRAPH_FIELD_TYPE',
  expected: 'a number',
  allows: (field) => NUMERIC.has(field.type.kind),
};
const ORDERED: Demand = {
  code: 'ERR_GRAPH_FIELD_TYPE',
  expected: 'a number, timestamp, boolean or text',
  allows: ({ type }) => NUMERIC.has(type.kind) || ['timestamp', 'bool', 'utf8'].includes(type.kind),
};

/**
 * Checks the fields of a `keyBy`. A stream without a record type is not checked: its rows are known only at run time.
 *
 * @throws ERR_GRAPH_UNKNOWN_FIELD with the nearest name
 * @throws ERR_GRAPH_KEY_TYPE a list or a record cannot be a key
 * @throws ERR_GRAPH_ARGUMENT no field, or one twice
 */
export function checkKeyFields(type: RecordType | undefined, fields: readonly string[]): void {
  const distinct = new Set(fields);
  if (fields.length === 0 || distinct.size < fields.length) {
    throw new EngineError(
      'ERR_GRAPH_ARGUMENT',
      {
        call: 'keyBy',
        expected: 'a function, or one or more different field names',
        got: fields.length === 0 ? 'nothing' : fields.map((field) => `'${field}'`).join(', '),
      },
      { place: placeOf(callSite()) },
    );
  }
  for (const field of fields) checkField(type, field, 'keyBy', KEY);
}

/**
 * Checks the field of a rolling aggregate.
 *
 * @throws ERR_GRAPH_UNKNOWN_FIELD with the nearest name
 * @throws ERR_GRAPH_FIELD_TYPE the field cannot be summed or compared
 */
export function checkAggregateField(
  type: RecordType | undefined,
  field: string,
  call: string,
): void {
  checkField(type, field, call, call === 'sum' ? SUMMABLE : ORDERED);
}

function checkField(
  type: RecordType | undefined,
  name: string,
  call: string,
  demand: Demand,
): void {
  if (type === undefined) return;
  const { fields } = type.descriptor;
  const field = fields.find((candidate) => candidate.name === name && !candidate.deprecated);
  if (field === undefined) {
    const known = fields.filter((candidate) => !candidate.deprecated).map(({ name: n }) => n);
    throw new EngineError(
      'ERR_GRAPH_UNKNOWN_FIELD',
      {
        call,
        field: name,
        type: type.name,
        fields: known.join(', '),
        nearest: didYouMean(name, known),
      },
      { place: placeOf(callSite()) },
    );
  }
  if (demand.allows(field)) return;
  throw new EngineError(
    demand.code,
    { call, field: name, type: type.name, expected: demand.expected, got: field.type.kind },
    { place: placeOf(callSite()) },
  );
}

/** The type of a stream, for messages. */
export function describeType(type: RecordType | undefined): string {
  return type === undefined ? 'no record type' : type.name;
}
