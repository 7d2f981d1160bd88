import { expect, test } from 'vitest';

import type { ProcessFunction } from 'millrace';
import { keepRow, tumbling } from 'millrace';
import { a, over, shown } from './rows.ts';
import type { Row } from './rows.ts';

test('rows may come without a timestamp; windows in event time say so, with the name of the operator', async () => {
  const plain = await over((rows) => rows.map((row) => keepRow(row)));
  plain.push(a(1));
  expect(plain.emitted).toEqual([{ row: a(1), timestamp: undefined }]);
  await plain.finish();
  const windows = await over((rows) => shown(rows.keyBy('key').window(tumbling(10))));
  expect(() => windows.push(a(1))).toThrow(
    expect.objectContaining({
      code: 'ERR_OPERATORS_NO_TIMESTAMP',
      place: expect.objectContaining({ operator: 'window' }) as unknown,
    }),
  );
  await windows.cancel();
});

test('watermarks only ever advance', async () => {
  const run = await over((rows) => rows.filter(() => true));
  for (const mark of [5, 3, 5, -9, 6]) run.watermark(mark);
  expect(run.watermarks).toEqual([5, 6]);
  await run.finish();
});

test('rows behind the watermark go on: it is the operator that says what late means', async () => {
  const seen: ProcessFunction<Row, string> = {
    processElement: ({ n }, { timestamp, watermark }, out) =>
      out.collect(`${n} at ${timestamp} behind ${watermark}`),
  };
  const run = await over((rows) => rows.filter(() => true).process(seen));
  run.watermark(100).push(a(1), 7).push(a(2), 100);
  expect(run.rows).toEqual(['1 at 7 behind 100', '2 at 100 behind 100']);
  await run.finish();
});

test('idleness and activity go through, once each', async () => {
  const run = await over((rows) => rows.filter(() => true), { channels: 2, parallelism: 1 });
  run.idle().idle();
  expect(run.output.statuses).toEqual([true]);
  run.first.channel(1).push(a(1), 1);
  expect(run.output.statuses).toEqual([true, false]);
  await run.finish();
});
