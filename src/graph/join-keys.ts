/** Whether two streams are keyed so that equal keys meet, and what is selected from their rows. */

import { EngineError } from '../base/index.ts';
import type { JoinSelect } from '../operators/index.ts';
import { recordFromDescriptor } from '../record/index.ts';
import type { FieldDescriptor, RecordType } from '../record/index.ts';
import type { Position } from './draft.ts';
import { argumentError } from './arguments.ts';
import { describeType } from './fields.ts';
import { callSite, placeOf } from './source-location.ts';

/**
 * Fields of a record type are hashed by their type, values by what they are: keys meet only if both streams hash alike (see
 * record/key.ts).
 *
 * @throws ERR_GRAPH_JOIN_KEYS
 */
export function checkJoinKeys(
  call: string,
  first: readonly Position[],
  second: readonly Position[],
): void {
  const a = keyKinds(first[0]);
  const b = keyKinds(second[0]);
  if (a !== undefined && b !== undefined && a.kinds === b.kinds) return;
  throw new EngineError(
    'ERR_GRAPH_JOIN_KEYS',
    { call, first: a?.text ?? 'no key', second: b?.text ?? 'no key' },
    { place: placeOf(callSite()) },
  );
}

/** How keys are hashed, and how a person says it. */
function keyKinds(
  position: Position | undefined,
): { readonly kinds: string; readonly text: string } | undefined {
  const key = position?.key;
  if (key === undefined || position === undefined) return undefined;
  const { type } = position;
  if (key.kind === 'function') return { kinds: 'values', text: 'a function' };
  if (type === undefined) {
    return { kinds: 'values', text: `${key.fields.join(', ')} of rows without a record type` };
  }
  const parts = key.fields.map((name) => {
    const field = type.descriptor.fields.find((candidate) => candidate.name === name);
    return { name, kind: field === undefined ? '?' : kindOf(field) };
  });
  return {
    kinds: parts.map(({ kind }) => kind).join(','),
    text: parts.map(({ name, kind }) => `${type.name}.${name} (${kind})`).join(', '),
  };
}

function kindOf({ type }: FieldDescriptor): string {
  return 'bigint' in type && type.bigint === true ? `${type.kind} as bigint` : type.kind;
}

/** Sides whose fields may be missing. */
export interface OuterSides {
  readonly left: boolean;
  readonly right: boolean;
}

/**
 * The record type of selected fields: each has the type of the field it is copied from, nullable where its side may be missing.
 *
 * @throws ERR_GRAPH_JOIN_SELECT a stream without a record type, a field that there is not, no field at all
 */
export function joinSelect(
  call: string,
  name: string,
  fields: Readonly<Record<string, string>>,
  first: RecordType | undefined,
  second: RecordType | undefined,
  outer: OuterSides,
): JoinSelect {
  if (typeof fields !== 'object' || fields === null || Object.keys(fields).length === 0) {
    throw argumentError(call, "an object such as { id: 'left.id', price: 'right.price' }", fields);
  }
  const descriptors = Object.entries(fields).map(([field, path]): FieldDescriptor => {
    const [, side, source] = /^(left|right)\.(.+)$/.exec(String(path)) ?? [];
    const type = side === 'left' ? first : second;
    const found = type?.descriptor.fields.find((f) => f.name === source && !f.deprecated);
    if (side === undefined || found === undefined) {
      const example = type?.descriptor.fields[0]?.name ?? 'id';
      throw new EngineError(
        'ERR_GRAPH_JOIN_SELECT',
        {
          call,
          name: field,
          expected:
            side === undefined
              ? "a field as 'left.field' or 'right.field'"
              : `a field of ${describeType(type)}`,
          got: `'${String(path)}'`,
          example: `'${side ?? 'left'}.${example}'`,
        },
        { place: placeOf(callSite()) },
      );
    }
    const missing = side === 'left' ? outer.left : outer.right;
    return { ...found, name: field, nullable: found.nullable || missing };
  });
  return {
    fields: fields as JoinSelect['fields'],
    type: recordFromDescriptor({ name, fields: descriptors }),
  };
}
