/** The second thread of the Piscina peer: takes messages of rows and says what each came to. */

import type { ChecksumState } from '../../nexmark/checksum.ts';
import type { Bid } from '../../nexmark/generator-records.ts';
import { TASKS, tallyOf } from './task.ts';

/** One message. */
export interface RowsMessage {
  readonly query: string;
  readonly checked: boolean;
  readonly bids: readonly Bid[];
}

export default function take({ query, checked, bids }: RowsMessage): ChecksumState {
  const tally = tallyOf(query, checked);
  const { keep, map } = TASKS[query]!;
  for (const bid of bids) if (keep(bid)) tally.emit(map(bid));
  return tally.result();
}
