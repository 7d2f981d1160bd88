/** Cases: bytes that a worker allocates per row on the numeric path. Prints one JSON line. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from 'millrace';
import { runCases } from '../../support/cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-allocation-'));
const engine = await Engine.start({ config: { pool: { threads: 1 } } });

async function measure(waste: boolean): Promise<unknown> {
  const file = join(folder, `${waste}.json`);
  const run = await engine.submit(new URL('../jobs/measured.ts', import.meta.url), {
    parameters: { file, waste, warm: 1_000_000, rows: waste ? 500_000 : 5_000_000 },
  });
  await run.done;
  return JSON.parse(readFileSync(file, 'utf8'));
}

await runCases({
  numeric: () => measure(false),
  wasteful: () => measure(true),
  close: async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  },
});
