/** Rows, keyed windows and small helpers that the rules are told with. */

import { f64, record, utf8 } from 'millrace';
import type { RecordType, Stream, WindowedStream } from 'millrace';
import { testOperator } from 'millrace/testing';
import type { OperatorTest, OperatorTestOptions } from 'millrace/testing';

export interface Row {
  readonly key: string;
  readonly n: number;
}
export const Row: RecordType<Row> = record('Row', { key: utf8, n: f64 });

/** A row of key `a`. */
export const a = (n: number): Row => ({ key: 'a', n });
export const b = (n: number): Row => ({ key: 'b', n });

/** One operator over rows. */
export function over<U>(
  build: (rows: Stream<Row>) => Stream<U>,
  options: OperatorTestOptions<Row> = {},
): Promise<OperatorTest<Row, U>> {
  return testOperator(build, { type: Row, ...options });
}

/** What a window gave: `a[0,10) 1 2`, its rows in ascending order. */
export function shown(windows: WindowedStream<Row, string, never>): Stream<string> {
  return windows.process<string>({
    process(rows, { key, window: { start, end } }, out) {
      const numbers = Array.from(rows, ({ n }) => n).toSorted((x, y) => x - y);
      out.collect(`${key}[${start},${end}) ${numbers.join(' ')}`);
    },
  });
}

/** Rows with timestamps: `text @time`. */
export function stamped(test: {
  readonly emitted: readonly { readonly row: unknown; readonly timestamp: number | undefined }[];
}): string[] {
  return test.emitted.map(({ row, timestamp }) => `${String(row)} @${timestamp}`);
}
