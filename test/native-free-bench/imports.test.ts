/** What the benchmarks import: they run built, inside an installed package, as well as from their sources. */

import { expect, test } from 'vitest';

import { readSources, readText } from '../support/source-files.ts';
import { scanImports } from '../support/source-scan.ts';

const files = readSources('native-free-bench');
/** Only for development; a benchmark that needs it says so where it is missing. */
const DEVELOPMENT = ['tinybench'];
const manifest = JSON.parse(readText('package.json')) as { dependencies: Record<string, string> };
const SHIPPED = ['millrace', ...Object.keys(manifest.dependencies)];

const sites = files.flatMap(({ path, text, masked }) =>
  scanImports(text, masked).map(({ specifier, line }) => ({ specifier, at: `${path}:${line}` })),
);

test('parts of the engine are named by package imports, not by paths', () => {
  expect(sites.filter(({ specifier }) => /^\.\.?\/.*\bsrc\//.test(specifier))).toEqual([]);
  expect(sites.filter(({ specifier }) => /^#(?!src\/)|^#.*\.[jt]s$/.test(specifier))).toEqual([]);
});

test('packages are those that an installation brings', () => {
  const known = [...SHIPPED, ...DEVELOPMENT];
  const bare = sites.filter(({ specifier }) => !/^(?:\.|#|node:)/.test(specifier));
  expect(bare.filter(({ specifier }) => !known.includes(specifier.split('/')[0]!))).toEqual([]);
});

test('modules beside a module are named without an ending, which built ones do not share', () => {
  const named = files.flatMap(({ path, text }) =>
    [...text.matchAll(/new URL\(['"`][^'"`]*\.ts['"`?]/g)].map((match) => `${path}: ${match[0]}`),
  );
  expect(named).toEqual([]);
});
