/** Results of windows that fire when the input ends, more than fit into the ring behind them. */

import { expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';

test('all results of the last windows arrive, each once, however small the ring', async () => {
  const program = await runProgram(new URL('./programs/last-windows.ts', import.meta.url));
  expect(program.value('results')).toEqual([{ once: 5000, other: 0 }]);
});
