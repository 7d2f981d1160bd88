/** The job of start-up: one row from a source on one thread to a sink on another. */

import { i32, job, record } from 'millrace';
import { collect, generator } from 'millrace/connectors';

const One = record('One', { n: i32 });

export default job('start-up', { parallelism: 1 }, (env) => {
  env
    .fromSource(generator({ type: One, count: 1, row: () => ({ n: 1 }) }))
    .name('one')
    .map((row) => ({ n: row.n + 1 }), One)
    .keyBy('n')
    .sum('n')
    .name('sum')
    .sinkTo(collect());
});
