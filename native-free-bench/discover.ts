/** Finds the benchmarks: files that export `benchmark`, named by their file. Nothing is loaded here. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

/** A benchmark's name (its file's name without its ending) and path. */
export interface BenchFile {
  readonly name: string;
  readonly path: string;
}

/** Whether a file's text exports `benchmark`; helpers and thread entries beside it do not. */
export function exportsBenchmark(text: string): boolean {
  return /^export const benchmark\b/m.test(text);
}

/** All benchmarks of the folders, in the folders' order, then by name. A folder that is not there holds none. */
export function discover(folders: readonly string[]): BenchFile[] {
  return folders.flatMap((folder) => {
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((file) => /\.[jt]s$/.test(file))
      .toSorted()
      .map((file) => ({ name: basename(file, extname(file)), path: join(folder, file) }))
      .filter(({ path }) => exportsBenchmark(readFileSync(path, 'utf8')));
  });
}

/** The benchmarks asked for (all when none is named), and the names that do not exist. */
export function select(
  all: readonly BenchFile[],
  names: readonly string[],
): { readonly chosen: BenchFile[]; readonly unknown: string[] } {
  if (names.length === 0) return { chosen: [...all], unknown: [] };
  return {
    chosen: all.filter((file) => names.includes(file.name)),
    unknown: names.filter((name) => !all.some((file) => file.name === name)),
  };
}
