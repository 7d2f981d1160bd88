/**
 * Writes `row.fbs` from the record types of the example jobs. Run `node -C source schemas/generate-row-schema.ts`; with
 * `--print` it goes to standard output. A test proves the file current.
 */

import { writeFileSync } from 'node:fs';

import { buildGraph, loadJob } from '../src/graph/index.ts';
import { exportFbs } from '../src/record/index.ts';
import type { RecordType } from '../src/record/index.ts';

/** Jobs whose rows have a record type. */
const EXAMPLES = ['airport-delays.ts'];

const types = new Map<string, RecordType>();
for (const example of EXAMPLES) {
  const job = await loadJob(new URL(`../src/examples/${example}`, import.meta.url));
  for (const { outputType, sideOutputs } of buildGraph(job).nodes) {
    for (const type of [outputType, ...Object.values(sideOutputs)]) {
      if (type !== undefined) types.set(type.fingerprint, type);
    }
  }
}
const text = exportFbs([...types.values()]);
if (process.argv.includes('--print')) process.stdout.write(text);
else writeFileSync(new URL('row.fbs', import.meta.url), text);
