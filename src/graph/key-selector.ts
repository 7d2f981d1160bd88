/** What a stream is keyed by, from the arguments of `keyBy`. */

import type { KeyValue, RecordType } from '../record/index.ts';
import type { Partitioning, Position } from './draft.ts';
import { checkKeyFields } from './fields.ts';
import type { KeySelector } from './logical-graph.ts';
import { argumentError } from './scope.ts';

/** What the arguments of a `keyBy` say. */
export function keySelector(
  selector: readonly unknown[],
  type: RecordType | undefined,
): KeySelector {
  const [first] = selector;
  if (typeof first === 'function' && selector.length === 1) {
    return { kind: 'function', fn: first as (row: never) => KeyValue };
  }
  const wrong = selector.find((field) => typeof field !== 'string');
  if (wrong !== undefined) throw argumentError('keyBy', 'field names', wrong);
  const fields = selector as readonly string[];
  checkKeyFields(type, fields);
  return { kind: 'fields', fields };
}

/** The same positions, spread by key. */
export function keyed(positions: readonly Position[], key: KeySelector): readonly Position[] {
  const partitioning: Partitioning = { kind: 'keyGroup', explicit: true, route: undefined, key };
  return positions.map((position) => ({ ...position, ...partitioning }));
}
