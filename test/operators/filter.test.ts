import { expect, it } from 'vitest';
import { filterTransformation } from '../../src/operators/index.ts';
import { i32, record } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';

it('filter passes the rows for which the function holds, in order, with their timestamps', () => {
  const harness = new OperatorHarness(
    filterTransformation((row: { n: number }) => row.n > 1),
    {
      inputs: [{ type: record('N', { n: i32 }) }],
    },
  );
  [3, 1, 2].forEach((n, i) => harness.push({ n }, i));
  expect(harness.emitted).toEqual([
    { row: { n: 3 }, timestamp: 0 },
    { row: { n: 2 }, timestamp: 2 },
  ]);
  expect(harness.operator.fused?.form).toBe('filter');
});
