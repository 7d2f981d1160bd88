/**
 * Bundles the package into `dist` before the tests, as `npm run build` does, without its declarations. Tests of the command run
 * what people install: it starts in a fifth of the time that the sources take.
 */

import { rolldown } from 'rolldown';
import config from '../../rolldown.config.ts';
import { ROOT } from './source-files.ts';

/** Called once by Vitest, before any test file. */
export default async function setup(): Promise<void> {
  const { output, ...input } = config;
  const bundle = await rolldown({ ...input, cwd: ROOT });
  await bundle.write(output as Exclude<typeof output, readonly unknown[] | undefined>);
  await bundle.close();
}
