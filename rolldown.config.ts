/** How the package is bundled: the engine in one file, since a thread spends a third of a second on loading one module at a time. */

import { relative } from 'node:path';
import { defineConfig } from 'rolldown';
import type { RolldownOptions } from 'rolldown';

/** What is imported by name from outside: the package's exports, the command, the thread, and what benchmarks look into. */
const ENTRIES = [
  'index',
  'flatbuffers',
  'connectors/index',
  'savepoint/index',
  'testing/index',
  'testing/vitest',
  'cli/cli-main',
  'runtime/worker-main',
  'base/index',
  'exchange/index',
  'metrics/index',
  'operators/index',
  'record/index',
  'record/java-hash',
  'state/index',
];

/** Loaded when first needed, with the libraries that they bring. */
const LATER = /^(placement\/config-(check|document|json-schema|schema)|flatbuffers)\.ts$/;

const config: RolldownOptions = defineConfig({
  input: Object.fromEntries(ENTRIES.map((name) => [name, `src/${name}.ts`])),
  platform: 'node',
  // Packages are installed beside this one.
  external: /^[^./]/,
  output: {
    dir: 'dist',
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    // One folder deep, as the rooms are: what finds its neighbours by address finds them from here, too.
    chunkFileNames: 'engine/[name].js',
    codeSplitting: {
      groups: [
        {
          name: 'engine',
          test: (id: string) => {
            const path = relative('src', id);
            return !/^(cli|testing)\//.test(path) && !LATER.test(path) && !path.startsWith('..');
          },
        },
      ],
    },
  },
});

export default config;
