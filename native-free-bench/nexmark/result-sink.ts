/**
 * Where the results of a query go: counted, and summed up into the checksum that all engines compute; or only
 * counted, as into a black hole.
 */

import { driverChannelName } from 'millrace/connectors';
import type { Sink, SinkWriter } from 'millrace/connectors';
import { RowKind } from '#src/record/index';
import { TableChecksum } from './checksum.ts';
import type { Query } from './queries/query.ts';

/** What one subtask of the sink saw; taken with `run.collected()`. */
export interface ResultPart {
  /** Rows that came, changes of a changelog each. */
  readonly changes: number;
  /** Rows of the table: those added less those retracted. */
  readonly rows: number;
  readonly low: number;
  readonly high: number;
}

/** @param checked whether the checksum is computed */
export function resultSink(query: Query, checked: boolean): Sink<never> {
  return {
    kind: 'nexmark-result',
    params: { checked },
    functions: {},
    async: true,
    createWriter: (context) => {
      const checksum = new TableChecksum();
      const writer = checked ? new CheckingWriter(query, checksum) : new CountingWriter(checksum);
      return {
        write: writer.write,
        close: async (aborted) => {
          if (aborted) return;
          const { rows, low, high } = checksum;
          const part: ResultPart = { changes: writer.changes, rows, low, high };
          await context.toDriver(driverChannelName({ kind: 'collect', name: 'result' }), [part]);
        },
      };
    },
  };
}

type Write = SinkWriter<never>['write'];

class CheckingWriter {
  changes = 0;
  readonly write: Write;

  constructor(query: Query, checksum: TableChecksum) {
    this.write = (row, _timestamp, kind = RowKind.insert) => {
      this.changes++;
      checksum.begin();
      query.columns(row, checksum);
      if (kind === RowKind.insert || kind === RowKind.updateAfter) checksum.add();
      else checksum.retract();
    };
  }
}

class CountingWriter {
  changes = 0;
  readonly write: Write;

  constructor(checksum: TableChecksum) {
    this.write = (_row, _timestamp, kind = RowKind.insert) => {
      this.changes++;
      checksum.rows += kind === RowKind.insert || kind === RowKind.updateAfter ? 1 : -1;
    };
  }
}
