/**
 * Accumulators of a user's aggregate function on their way from where rows are produced to the operator that owns the
 * windows: rows with one field of bytes. The timestamp of such a row is the start of its slice.
 */

import { deserialize, serialize } from 'node:v8';
import { EngineError } from '../../base/index.ts';
import { bytes, record } from '../../record/index.ts';
import type { RecordType } from '../../record/index.ts';
import type { OperatorContext } from '../operator.ts';

const Part = record('AccumulatorPart', { accumulator: bytes });

/** Record type of accumulators under way. */
export const ACCUMULATOR_PART: RecordType = Part as RecordType;

/** One of them, used over and over. */
export interface AccumulatorRow {
  accumulator: Uint8Array;
}

/**
 * The bytes of an accumulator.
 *
 * @throws ERR_RECORD_UNCLONEABLE it holds a function, a symbol or the like
 */
export function accumulatorBytes(accumulator: unknown, context: OperatorContext): Uint8Array {
  try {
    return serialize(accumulator);
  } catch (cause) {
    const { operatorName: operator } = context;
    const details = { path: 'the accumulator', got: (cause as Error).message };
    throw new EngineError('ERR_RECORD_UNCLONEABLE', details, { cause, place: { operator } });
  }
}

/** The accumulator in a row: a value of its own each time. */
export function accumulatorOf(row: unknown): unknown {
  // Typed arrays in it would lie on these bytes, which are valid during the call only.
  return deserialize((row as AccumulatorRow).accumulator.slice());
}
