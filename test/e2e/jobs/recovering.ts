/** A job whose map fails in its first attempts: `times` of them, as told by the lines of `log`. Then it finishes. */

import { appendFileSync, readFileSync } from 'node:fs';
import { job } from 'millrace';
import { collect, generator } from 'millrace/connectors';

export default job('recovering', { parallelism: 1 }, (env) => {
  const { how, times } = env.parameters;
  const log = env.parameters['log'] as string;
  env
    .fromSource(generator({ count: 100, row: (n) => ({ n }) }))
    .map((row) => {
      if (row.n === 50) {
        appendFileSync(log, 'attempt\n');
        const attempts = readFileSync(log, 'utf8').split('\n').length - 1;
        if (attempts <= Number(times)) fail(how);
      }
      return row;
    })
    .name('shaky')
    .sinkTo(collect());
});

function fail(how: unknown): void {
  if (how === 'exit') process.exit(3);
  throw new RangeError('shaken');
}
