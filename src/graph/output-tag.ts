/** The name of a side output together with what rows it carries. */

import type { RecordType } from '../record/index.ts';

/** A side output's name and record type; undefined leaves its rows untyped. */
export interface OutputTag<T = unknown> {
  readonly tag: string;
  readonly type: RecordType<T> | undefined;
}

/**
 * Names a side output once, for the function that writes to it and the call that reads it.
 *
 * @example
 * const late = outputTag('late', Bid);
 * bids.process({ processElement: (bid, ctx) => ctx.output(late.tag, bid) }).getSideOutput(late);
 */
export function outputTag<T = unknown>(tag: string, type?: RecordType<T>): OutputTag<T> {
  return { tag, type };
}
