import { expect, it } from 'vitest';
import { coMapTransformation } from '../../src/operators/index.ts';
import { i32, record, utf8 } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';

it('coMap sends each input through its own function, with the timestamp of the row', () => {
  const harness = new OperatorHarness(
    coMapTransformation(
      (row: { n: number }) => row.n,
      (row: { text: string }) => row.text.length,
    ),
    { inputs: [{ type: record('N', { n: i32 }) }, { type: record('Text', { text: utf8 }) }] },
  );
  harness.push({ n: 5 }, 1, 0);
  harness.push({ text: 'abc' }, 2, 1);
  expect(harness.emitted).toEqual([
    { row: 5, timestamp: 1 },
    { row: 3, timestamp: 2 },
  ]);
});
