/** Case: windows that all fire at the end of the input, through a small ring. Prints one JSON line. */

import { Engine } from 'millrace';
import { runCases } from '../../support/cases.ts';

const engine = await Engine.start({
  config: { pool: { threads: 1 }, exchange: { ring: '16KiB' } },
});

await runCases({
  results: async () => {
    const run = await engine.submit(new URL('../jobs/last-windows.ts', import.meta.url), {
      parameters: { keys: 5000 },
    });
    await run.done;
    return run.collected();
  },
  close: () => engine.close(),
});
