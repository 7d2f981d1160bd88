/** The job of first-output: one row, printed. */

import { job } from 'millrace';
import { fromCollection } from 'millrace/connectors';

export default job('first-output', { parallelism: 1 }, (env) => {
  env.fromSource(fromCollection(['ready'])).print();
});
