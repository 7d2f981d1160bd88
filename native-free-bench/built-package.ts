/** The package as it is installed: the one this runs in, or one built from a checkout into a temporary folder. */

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the package or checkout that this runs in. */
export const ROOT: string = dirname(fileURLToPath(import.meta.resolve('millrace/package.json')));

/** A package that can be run. */
export interface BuiltPackage {
  /** Where its `package.json` and `dist` are. */
  readonly folder: string;
  /** Removes what was built for the purpose. */
  readonly dispose: () => void;
}

/**
 * The built package; from a checkout it is made as `npm run build` would, beside links to the checkout's dependencies, which
 * takes some seconds.
 *
 * @example
 * const { folder, dispose } = builtPackage();
 */
export function builtPackage(): BuiltPackage {
  const folder = ROOT;
  if (!existsSync(join(folder, 'src'))) return { folder, dispose: () => undefined };
  const app = mkdtempSync(join(tmpdir(), 'millrace-built-'));
  const dispose = (): void => rmSync(app, { recursive: true, force: true });
  try {
    return { folder: build(app), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function build(app: string): string {
  const modules = join(app, 'node_modules');
  const folder = join(modules, 'millrace');
  const dist = join(folder, 'dist');
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const run = (tool: readonly string[], ...options: readonly string[]): void => {
    const path = join(ROOT, 'node_modules', ...tool);
    execFileSync(process.execPath, [path, ...options], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  };
  const tsc = ['typescript', 'bin', 'tsc'];
  const bench = join(ROOT, 'native-free-bench', 'tsconfig.build.json');
  run(tsc, '-p', join(ROOT, 'src'), '--outDir', dist, '--noCheck', '--emitDeclarationOnly');
  run(['rolldown', 'bin', 'cli.mjs'], '-c', '-d', dist, '--logLevel', 'silent');
  run(tsc, '-p', bench, '--outDir', join(dist, 'bench'), '--noCheck');
  return folder;
}
