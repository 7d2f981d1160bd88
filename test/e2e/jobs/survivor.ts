/** A job on worker 0 that goes on for ever. */

import { job } from 'millrace';
import { discard, generator } from 'millrace/connectors';

export default job('survivor', { parallelism: 1 }, (env) => {
  env
    .fromSource(generator({ row: (n) => ({ n }) }))
    .name('made')
    .sinkTo(discard());
});
