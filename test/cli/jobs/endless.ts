/** A job without end: numbers at a steady rate, each printed; with parameter `slow`, by a sink that falls ever further behind. */

import { setTimeout as sleep } from 'node:timers/promises';

import { job } from 'millrace';
import { callback, generator } from 'millrace/connectors';

export default job('endless', { parallelism: 1 }, (env) => {
  const perSecond = Number(env.parameters['perSecond'] ?? 200);
  const rows = env
    .fromSource(generator({ row: (index) => index, rowsPerSecond: perSecond }))
    .map((index) => `row ${index}`);
  if (env.parameters['slow'] !== true) rows.print();
  else {
    // In a ring between two chains rows pile up; even a single one takes long to run out.
    rows.rebalance().sinkTo(
      callback(async (row: string) => {
        console.log(row);
        await sleep(2000);
      }),
    );
  }
});
