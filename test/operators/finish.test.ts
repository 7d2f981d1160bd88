/** Law of `finish`: a bounded number of rows per call, false until all are out. */

import { describe, expect, it } from 'vitest';
import { FINISH_ROWS_MAX } from '../../src/operators/operator.ts';
import { rollingAggregateTransformation } from '../../src/operators/index.ts';
import { i32, record } from '../../src/record/index.ts';
import type { RecordType } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';
import type { HarnessOptions } from '../support/operator-harness.ts';

interface Point {
  key: number;
  n: number;
}
const Point: RecordType<Point> = record('Point', { key: i32, n: i32 });

const backends: readonly [string, HarnessOptions['inputs']][] = [
  ['bytes', [{ type: Point, keyBy: ['key'] }]],
  ['the heap', [{ keyBy: ['key'] }]],
];

describe.each(backends)('a rolling aggregate in batch mode with state on %s', (_, inputs) => {
  it('emits at most 1,024 results per call of finish, every key once', () => {
    const harness = new OperatorHarness(rollingAggregateTransformation('sum', 'n'), {
      inputs: inputs!,
      mode: 'batch',
    });
    const keys = 2 * FINISH_ROWS_MAX + 5;
    for (let key = 0; key < keys; key++) harness.push({ key, n: 1 });
    const perCall: number[] = [];
    let more = true;
    while (more) {
      const before = harness.emitted.length;
      more = harness.operator.finish?.() === false;
      perCall.push(harness.emitted.length - before);
    }
    expect(perCall).toEqual([FINISH_ROWS_MAX, FINISH_ROWS_MAX, 5]);
    expect(new Set(harness.emitted.map(({ row }) => (row as Point).key)).size).toBe(keys);
  });
});
