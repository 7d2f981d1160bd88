/** A job whose operators take their time to open, and tell a file what they did. */

import { appendFileSync } from 'node:fs';
import { job } from 'millrace';
import { discard, fromAsyncIterable, generator } from 'millrace/connectors';
import type { Source } from 'millrace/connectors';
import { textOf } from './parameters.ts';

/** A source that opens slowly and says so when it is closed. */
function slowSource(log: string): Source<number> {
  const source = generator<number>({ row: (i) => i, count: 10 });
  return {
    ...source,
    kind: 'slow',
    async open(split, context, position) {
      appendFileSync(log, 'opening\n');
      await new Promise((resolve) => setTimeout(resolve, 200));
      const reader = await source.open(split, context, position);
      appendFileSync(log, 'opened\n');
      return {
        poll: (output, rowsMax) => reader.poll(output, rowsMax),
        position: () => reader.position(),
        close: () => appendFileSync(log, 'closed\n'),
      };
    },
  };
}

export default job('slow-to-open', (env) => {
  const log = textOf(env.parameters['log']);
  env.fromSource(slowSource(log)).setParallelism(1).sinkTo(discard());
  env.fromSource(fromAsyncIterable(() => [1, 2, 3])).sinkTo(discard());
});
