import { expect, it } from 'vitest';
import { mapTransformation } from '../../src/operators/index.ts';
import { i32, record } from '../../src/record/index.ts';
import { OperatorHarness } from '../support/operator-harness.ts';

it('map gives one row for each row, with its timestamp, and is one expression for the driver', () => {
  const transformation = mapTransformation((row: { n: number }) => row.n * 2);
  const harness = new OperatorHarness(transformation, {
    inputs: [{ type: record('N', { n: i32 }) }],
  });
  harness.push({ n: 1 }, 10);
  harness.push({ n: 2 });
  expect(harness.emitted).toEqual([
    { row: 2, timestamp: 10 },
    { row: 4, timestamp: undefined },
  ]);
  expect(harness.operator.fused?.form).toBe('map');
  expect(transformation).toMatchObject({ kind: 'map', params: {}, keyed: false });
});
