/** The second thread of the Piscina peer: takes messages of rows in their order, and says what they came to so far. */

import type { ChecksumState } from '../../nexmark/checksum.ts';
import type { Bid } from '../../nexmark/generator-records.ts';
import { TASKS, tallyOf } from './task.ts';
import type { Tally } from './task.ts';

let tally: Tally | undefined;

/** One message. */
export interface RowsMessage {
  readonly query: string;
  readonly checked: boolean;
  readonly bids: readonly Bid[];
  /** Whether a run begins. */
  readonly first: boolean;
}

export default function take({ query, checked, bids, first }: RowsMessage): ChecksumState {
  if (tally === undefined || first) tally = tallyOf(query, checked);
  const { keep, map } = TASKS[query]!;
  for (const bid of bids) if (keep(bid)) tally.emit(map(bid));
  return tally.result();
}
