/** Sources that do not end by themselves; the parameter `source` chooses. Rows go to a `collect` sink or a file. */

import { job } from 'millrace';
import {
  callback,
  collect,
  discard,
  fromAsyncIterable,
  generator,
  jsonLines,
} from 'millrace/connectors';
import { textOf } from './parameters.ts';

async function* counting(from: number): AsyncGenerator<{ n: number }> {
  for (let n = from; ; n++) {
    yield { n };
    if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function* silent(): AsyncGenerator<{ n: number }> {
  await new Promise(() => undefined);
  yield { n: 0 };
}

export default job('endless', (env) => {
  const { source, file, rowsPerSecond } = env.parameters;
  switch (textOf(source)) {
    case 'spin':
      env
        .fromSource(generator({ row: (n) => ({ n }), splits: 2 }))
        .rebalance()
        .map((row) => ({ n: row.n + 1 }))
        .sinkTo(discard());
      return;
    case 'file':
      env
        .fromSource(generator({ row: (n) => ({ n }) }))
        .setParallelism(1)
        .keyBy((row) => row.n % 10)
        .process<{ n: number }>({
          processElement(row, context, out) {
            context.counter('seen').add(1);
            out.collect({ n: row.n });
          },
        })
        .setParallelism(2)
        .rebalance()
        .sinkTo(jsonLines(textOf(file)))
        .setParallelism(1);
      return;
    case 'slow':
      env
        .fromSource(generator({ row: (n) => ({ n }), rowsPerSecond: Number(rowsPerSecond) }))
        .sinkTo(collect());
      return;
    case 'iterable':
      env
        .fromSource(fromAsyncIterable(() => counting(0)))
        .sinkTo(collect())
        .setParallelism(1);
      return;
    case 'silent':
      env.fromSource(fromAsyncIterable(silent)).sinkTo(collect());
      return;
    case 'stuck':
      env
        .fromSource(generator({ row: (n) => ({ n }) }))
        .map((row) => {
          // A user function that never returns.
          for (;;) if (row.n < 0) return row;
        })
        .sinkTo(discard());
      return;
    case 'pending':
      env
        .fromSource(generator({ row: (n) => ({ n }) }))
        .sinkTo(callback(async () => new Promise<void>(() => undefined)));
      return;
    default:
      throw new Error(`no source ${textOf(source)}`);
  }
});
