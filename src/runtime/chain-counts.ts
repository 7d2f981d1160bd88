/** What a chain counted since the last look, added to the counters of its subtask. Owner: the subtask's worker. */

import type { SubtaskCounters } from '../metrics/index.ts';
import type { Chain } from './chain.ts';
import { settleCounts } from './chain-spec.ts';
import type { ChainOperator } from './chain-spec.ts';

/** Takes the rows of each operator, and the bytes of the gates. */
export function countChain(chain: Chain, counters: SubtaskCounters): void {
  const { spec, outputs, input } = chain;
  const { counts, operators } = spec;
  settleCounts(spec);
  for (let k = 0; 2 * k < counts.length; k++) {
    counters.operatorRowsIn[k]! += counts[2 * k]!;
    counters.operatorRowsOut[k]! += counts[2 * k + 1]!;
    if (leaves(operators[k]!)) counters.recordsOut += counts[2 * k + 1]!;
  }
  counts.fill(0);
  let bytesOut = 0;
  for (const gate of outputs) {
    gate.reportStatistics();
    for (const writer of gate.writers) bytesOut += writer.bytesWritten;
  }
  counters.bytesOut = bytesOut;
  if (input !== undefined) {
    let bytesIn = 0;
    for (const reader of input.readers) bytesIn += reader.bytesRead;
    counters.bytesIn = bytesIn;
  }
  counters.stateBytes = chain.stateBytes;
}

/** Whether rows of this operator leave the chain. */
function leaves({ edges, sides }: ChainOperator): boolean {
  return edges.length > 0 || Object.values(sides).some((side) => side.edges.length > 0);
}
