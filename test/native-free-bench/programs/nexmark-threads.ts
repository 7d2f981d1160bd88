/** Cases: some of Nexmark's queries on two real threads, several splits of events. Prints one JSON line. */

import { runQuery } from '../../../native-free-bench/nexmark/run-query.ts';
import { runCases } from '../../support/cases.ts';

/** 30 s of event time in four splits. */
export const STREAM = { events: 6000, rate: 200, splitEvents: 1500 } as const;

/** A query without state, a join, a window with a local fold, one row a key, a table of many changes. */
export const THREADED = ['q2', 'q3', 'q5', 'q6', 'q17'] as const;

if (import.meta.main) {
  await runCases(
    Object.fromEntries(
      THREADED.map((query) => [
        query,
        async () => {
          const { rows, checksum } = await runQuery({
            query,
            ...STREAM,
            workers: 2,
            parallelism: 2,
            pregenerated: false,
            checked: true,
            warmUp: 0,
          });
          return [rows, checksum];
        },
      ]),
    ),
  );
}
