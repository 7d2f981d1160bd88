/** What importing the package loads, in a process of its own. */

import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { ROOT } from '../support/source-files.ts';

/** Prints the URLs of all modules that importing these specifiers loads. */
function loadedBy(...specifiers: readonly string[]): string[] {
  const program = `
    import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
    for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier);
    console.log(JSON.stringify(urls));`;
  const argv = ['-C', 'source', '--input-type=module', '-e', program];
  return JSON.parse(
    execFileSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8' }),
  ) as string[];
}

test('importing the package loads its own files and nothing of its dependencies', () => {
  const urls = loadedBy('millrace', 'millrace/connectors');
  expect(urls.filter((url) => url.includes('/node_modules/'))).toEqual([]);
  expect(urls.filter((url) => url.includes('/src/')).length).toBeGreaterThan(100);
  expect(urls.filter((url) => /\/src\/(?:cli|dashboard)\//.test(url))).toEqual([]);
});
