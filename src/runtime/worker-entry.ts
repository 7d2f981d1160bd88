/** Where the worker's entry file is, in sources and in the built package alike. */

import { extname } from 'node:path';

/** URL of `worker-main`, with the extension this file has itself. */
export const workerEntry: URL = new URL(
  `./worker-main${extname(import.meta.filename)}`,
  import.meta.url,
);
