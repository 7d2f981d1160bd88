/** Modules beside a module, as sources and as built files: their names end as the asking one's does. */

import { extname } from 'node:path';

/**
 * The URL of the module `name` (without an ending) beside the one that asks.
 *
 * @example
 * new Worker(beside('twin-main', import.meta.url));
 */
export function beside(name: string, importMetaUrl: string): URL {
  return new URL(`${name}${endingOf(importMetaUrl)}`, importMetaUrl);
}

/** `.ts` in a checkout, `.js` in an installed package. */
export function endingOf(importMetaUrl: string): string {
  return extname(new URL(importMetaUrl).pathname);
}

/** What a child that runs such a module is started with: sources take the package from its sources. */
export function execArgvOf(importMetaUrl: string): readonly string[] {
  return endingOf(importMetaUrl) === '.ts' ? ['-C', 'source'] : [];
}
