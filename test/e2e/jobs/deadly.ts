/** Jobs whose user code ends its thread, or tries to; the parameter `how` chooses. The operators are called `deadly`. */

import { job } from 'millrace';
import { discard, generator } from 'millrace/connectors';

const kept: unknown[] = [];

export default job('deadly', (env) => {
  const { how } = env.parameters;
  env
    .fromSource(generator({ row: (n) => ({ n }) }))
    .name('endless')
    .map((row) => {
      if (row.n === 1000) die(how);
      return row;
    })
    .name('deadly')
    .sinkTo(discard())
    .name('nowhere');
});

function die(how: unknown): void {
  switch (how) {
    case 'exit':
      process.exit(3);
      return;
    case 'rejection':
      void Promise.reject(new Error('nobody handles this'));
      return;
    case 'timer':
      setTimeout(() => {
        throw new Error('thrown by a timer');
      }, 5);
      return;
    case 'overflow':
      die(how);
      return;
    case 'signal':
      process.kill(process.pid, 'SIGTERM');
      return;
    case 'abort':
      process.abort();
      return;
    case 'heap':
      for (;;) kept.push({ a: kept.length, b: [kept.length] });
    default:
      throw new Error('no such way');
  }
}
