/** A job whose map does not return in its first attempts: `times` of them, as told by the lines of `log`. Then it finishes. */

import { appendFileSync, readFileSync } from 'node:fs';
import { job } from 'millrace';
import { collect, generator } from 'millrace/connectors';

const words = new Int32Array(new SharedArrayBuffer(4));

export default job('stuck', { parallelism: 1 }, (env) => {
  const { how, times } = env.parameters;
  const log = env.parameters['log'] as string;
  env
    .fromSource(generator({ count: 100, row: (n) => ({ n }) }))
    .name('made')
    .map((row) => {
      if (row.n === 50) {
        appendFileSync(log, 'attempt\n');
        const attempts = readFileSync(log, 'utf8').split('\n').length - 1;
        if (attempts <= Number(times)) hold(how);
      }
      return row;
    })
    .name('holding')
    .sinkTo(collect());
});

function hold(how: unknown): void {
  switch (how) {
    case 'loop':
      for (let turns = 0; turns >= 0; turns = (turns + 1) % 1000);
      return;
    case 'regex':
      /^(a+)+$/.test(`${'a'.repeat(50)}b`);
      return;
    case 'wait':
      Atomics.wait(words, 0, 0);
      return;
    case 'slow':
      Atomics.wait(words, 0, 0, 2000);
      return;
    default:
      throw new Error('no such way');
  }
}
