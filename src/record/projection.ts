/** Record types with some of the fields of another: what is left of a row when nobody reads the rest. */

import { recordFromDescriptor } from './record.ts';
import type { RecordType } from './record-type.ts';

/** By type, then by the names; so that a thread has one type, and one view class, for one projection. */
const projections = new WeakMap<RecordType, Map<string, RecordType>>();

/**
 * The type with these fields of `type`, in the order of `type`; `type` itself when those are all. A row written in it says
 * nothing of the other fields, so it can be read again only as fields that it has (see evolution.ts).
 *
 * @param fields names; those that are no fields of `type` are passed over
 * @example
 * projectionOf(Bid, ['auction']).descriptor.fields.length; // 1
 */
export function projectionOf(type: RecordType, fields: readonly string[]): RecordType {
  const { descriptor } = type;
  const kept = descriptor.fields.filter(
    ({ name, deprecated }) => !deprecated && fields.includes(name),
  );
  const all = descriptor.fields.filter(({ deprecated }) => !deprecated);
  if (kept.length === all.length) return type;
  const known = projections.get(type) ?? new Map<string, RecordType>();
  projections.set(type, known);
  const key = kept.map(({ name }) => name).join(',');
  let projection = known.get(key);
  if (projection === undefined) {
    projection = recordFromDescriptor({ name: descriptor.name, fields: kept, projection: true });
    known.set(key, projection);
  }
  return projection;
}
