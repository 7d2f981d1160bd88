/** The record type of what aggregates give: key fields, the window, then the results by their names. */

import { EngineError, textHash } from '../../base/index.ts';
import { recordFromDescriptor } from '../../record/index.ts';
import type { FieldDescriptor, RecordType } from '../../record/index.ts';
import type { AggregateSpec } from './aggregate.ts';

/** Names of the window's ends in results. */
export const WINDOW_FIELDS: readonly string[] = ['windowStart', 'windowEnd'];
/** Name of the key in results of a stream that is keyed by a function. */
export const KEY_FIELD = 'key';

/**
 * Record type of the results: the key fields as the rows have them, `windowStart` and `windowEnd` (timestamps) when
 * `windowed`, then the aggregates in the order declared. Undefined when the rows have no record type or are keyed by a
 * function (then a result has `key`).
 *
 * @param keyFields of the stream's key; empty when it is not keyed, undefined when it is keyed by a function
 * @throws ERR_OPERATORS_RESULT_NAME an aggregate has the name of another field of the result
 * @throws ERR_OPERATORS_FIELD a field is missing or cannot be folded so
 * @example
 * aggregateResultType(Bid, ['auction'], { bids: count() }, true, 'window'); // auction, windowStart, windowEnd, bids
 */
export function aggregateResultType(
  inputType: RecordType | undefined,
  keyFields: readonly string[] | undefined,
  aggregates: AggregateSpec,
  windowed: boolean,
  operator: string,
): RecordType | undefined {
  const taken = new Set([...(keyFields ?? [KEY_FIELD]), ...(windowed ? WINDOW_FIELDS : [])]);
  for (const name of Object.keys(aggregates)) {
    if (!taken.has(name)) continue;
    throw new EngineError(
      'ERR_OPERATORS_RESULT_NAME',
      { operator, name, taken: [...taken].join(', ') },
      { place: { operator } },
    );
  }
  const bound = Object.entries(aggregates).map(
    ([name, aggregate]) => [name, aggregate.bind({ operator, type: inputType })] as const,
  );
  if (inputType === undefined || keyFields === undefined) return undefined;
  const fields: FieldDescriptor[] = keyFields.map((key) =>
    inputType.descriptor.fields.find(({ name }) => name === key)!,
  );
  const plain = { nullable: false, deprecated: false };
  for (const name of windowed ? WINDOW_FIELDS : []) {
    fields.push({ name, type: { kind: 'timestamp' }, ...plain });
  }
  for (const [name, { result }] of bound) {
    if (result === undefined) return undefined;
    fields.push({ name, ...result, deprecated: false });
  }
  // Two results with the same fields are of one type; others have other names.
  const digest = textHash(JSON.stringify(fields)).slice(0, 8);
  const name = `${inputType.name}${windowed ? 'Windows' : 'Aggregates'}_${digest}`;
  return recordFromDescriptor({ name, fields });
}
