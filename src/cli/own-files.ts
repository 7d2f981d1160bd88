/** Where the package's own files are, as sources and built. The folder this file is in lies one below `src`, and its bundle one below `dist`. */

import { fileURLToPath } from 'node:url';

/** Whether the package runs from its sources. */
export const UNBUILT: boolean = import.meta.url.endsWith('.ts');

/** The package's description. */
export const MANIFEST: URL = new URL('../../package.json', import.meta.url);

/** The benchmarks' own command: beside `src` in a checkout, below `dist` in a package. */
export const BENCHMARKS: string = fileURLToPath(
  new URL(UNBUILT ? '../../native-free-bench/run.ts' : '../bench/run.js', import.meta.url),
);
