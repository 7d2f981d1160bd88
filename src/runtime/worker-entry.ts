/** Where the worker's entry file is, in sources and in the built package alike. */

import { extname } from 'node:path';

/** URL of `worker-main`, with the extension this file has itself; from the folder above, since bundled it lies in another. */
export const workerEntry: URL = new URL(
  `../runtime/worker-main${extname(import.meta.filename)}`,
  import.meta.url,
);
