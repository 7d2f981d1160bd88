/** A job on worker 0 that counts up to `rows`, 250 a second, so that it lives beside others, and collects every row. */

import { job } from 'millrace';
import { collect, generator } from 'millrace/connectors';

export default job('measure', { parallelism: 1 }, (env) => {
  const rows = env.parameters['rows'] as number;
  env
    .fromSource(generator({ count: rows, rowsPerSecond: 250, row: (n) => ({ n }) }))
    .name('measured')
    .sinkTo(collect());
});
