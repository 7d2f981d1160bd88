/** The package: what is imported from outside by name is a file of its own beside the bundle. */

import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import bundle from '../rolldown.config.ts';
import { readSources } from './support/source-files.ts';

/** Modules below `src`, without an ending. */
const entries = new Set(Object.values(bundle.input as Record<string, string>).map(nameOf));

function nameOf(path: string): string {
  return path.replace(/^(\.\/)?src\//, '').replace(/\.ts$/, '');
}

test('every export of the package is bundled under its own name', () => {
  const exported = Object.values(manifest.exports).filter((one) => typeof one === 'object');
  const names = exported.map((one) => nameOf(one.source));
  expect(names.length).toBeGreaterThan(3);
  expect(names.filter((name) => !entries.has(name))).toEqual([]);
});

test('so is what benchmarks look into, and what is started by path', () => {
  const looked = readSources('native-free-bench').flatMap(({ text }) =>
    Array.from(text.matchAll(/'#src\/([\w/-]+)'/g), ([, name]) => name!),
  );
  expect(looked.length).toBeGreaterThan(5);
  const names = [...looked, 'cli/cli-main', 'runtime/worker-main'];
  expect(names.filter((name) => !entries.has(name))).toEqual([]);
});
