/** Paths as a job writes them: text relative to the working directory, or a `file:` URL. */

import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The path as text. A URL such as `new URL('./in.csv', import.meta.url)` finds a file beside the job.
 *
 * @throws TypeError for a URL that is not a `file:` URL
 */
export function filePath(path: string | URL): string {
  return typeof path === 'string' ? path : fileURLToPath(path);
}

/**
 * Where subtask `subtask` of a file sink writes: `{subtask}` in the path is replaced by its number; without one, and with more than
 * one subtask, the number goes before the extension.
 *
 * @example
 * subtaskPath('out/delays.csv', 1, 4); // 'out/delays-1.csv'
 */
export function subtaskPath(path: string, subtask: number, parallelism: number): string {
  if (path.includes('{subtask}')) return path.replaceAll('{subtask}', String(subtask));
  if (parallelism === 1) return path;
  const extension = extname(path);
  return join(dirname(path), `${basename(path, extension)}-${subtask}${extension}`);
}
