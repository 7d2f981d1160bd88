/** What a regular join is asked to do, and what it reads and keeps for that. */

import { defaultOf, FRAME_HEADER_BYTES, Memory } from '../../record/index.ts';
import type { OperatorContext } from '../operator.ts';
import { resultReads } from './join-result.ts';
import type { JoinResult } from './join-result.ts';
import { whereReads } from './join-where.ts';
import type { JoinWhere } from './join-where.ts';

/** Which sides keep rows without a match, and for how long rows are kept. */
export interface RegularJoinSpec {
  readonly leftOuter: boolean;
  readonly rightOuter: boolean;
  /** Milliseconds > 0 from a row's arrival; undefined: rows are kept for ever. */
  readonly ttlMs: number | undefined;
  /** `event`: a row arrives at its timestamp, and the watermark is now. `processing`: the clock. */
  readonly ttlTime: 'event' | 'processing';
  /** Whether no input takes rows back; undefined: not known. */
  readonly insertsOnly?: boolean;
  /** The side that has inserts only, at most one for each key; undefined: neither is known to. */
  readonly unique?: 'left' | 'right' | undefined;
}

/** What is kept for ever without a time to live, for the warning. */
export function unboundedState(unique: 'left' | 'right' | undefined): string {
  if (unique === undefined) return 'all rows of both inputs';
  const other = unique === 'left' ? 'right' : 'left';
  return `all rows of the ${unique} input, and those of the ${other} one that wait for theirs`;
}

/**
 * The fields that are read, by side.
 *
 * Of rows that differ in fields that nobody reads any may be taken back for the other: but when rows expire, it matters which
 * one, since they came at different times.
 */
export function readsOf(
  { ttlMs, insertsOnly }: RegularJoinSpec,
  result: JoinResult,
  where: JoinWhere | undefined,
): ReturnType<typeof resultReads> {
  if (ttlMs !== undefined && insertsOnly !== true) return undefined;
  const selected = resultReads(result);
  const compared = whereReads(where);
  if (selected === undefined || compared === undefined) return undefined;
  return [
    [...selected[0], ...compared[0]],
    [...selected[1], ...compared[1]],
  ];
}

/** A row with nothing in its fields: a view of the input's type, or an object. */
export function emptyRow(context: OperatorContext, isLeft: boolean): unknown {
  const { type, codec } = context.inputs[isLeft ? 0 : 1]!;
  if (type === undefined || codec === undefined) return {};
  const fields = type.descriptor.fields.filter(({ deprecated }) => !deprecated);
  const row = Object.fromEntries(fields.map((field) => [field.name, defaultOf(field)]));
  const memory = Memory.ofBytes(FRAME_HEADER_BYTES + codec.boundOf(row));
  memory.i32[0] = codec.write(row, memory, FRAME_HEADER_BYTES);
  const view = codec.createView();
  view.bind(memory);
  view.at = FRAME_HEADER_BYTES;
  return view;
}
