/**
 * Finds the benchmarks: files that export `benchmark`, named by their file, and files that export `benchmarks`, which are loaded to
 * learn their names. Nothing else is loaded here.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Benchmark } from './harness.ts';

/** A benchmark's name (its file's name without its ending) and path. */
export interface BenchFile {
  readonly name: string;
  readonly path: string;
  /** The file's name, where the file holds several benchmarks. */
  readonly family?: string;
}

/** Whether a file's text exports `benchmark`; helpers and thread entries beside it do not. */
export function exportsBenchmark(text: string): boolean {
  return /^export const benchmark\b/m.test(text);
}

/** Whether a file's text exports several as `benchmarks`. */
export function exportsBenchmarks(text: string): boolean {
  return /^export const benchmarks\b/m.test(text);
}

/** All benchmarks of the folders, in the folders' order, then by file. A folder that is not there holds none. */
export async function discover(folders: readonly string[]): Promise<BenchFile[]> {
  const paths = folders.filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => /\.[jt]s$/.test(file))
      .toSorted()
      .map((file) => join(folder, file)),
  );
  const found = await Promise.all(paths.map(benchmarksOf));
  return found.flat();
}

async function benchmarksOf(path: string): Promise<BenchFile[]> {
  const text = readFileSync(path, 'utf8');
  const name = basename(path, extname(path));
  if (exportsBenchmark(text)) return [{ name, path }];
  if (!exportsBenchmarks(text)) return [];
  const { benchmarks } = (await import(pathToFileURL(path).href)) as {
    benchmarks: readonly Benchmark[];
  };
  return benchmarks.map((each) => ({ name: each.name, path, family: name }));
}

/** The benchmarks asked for (all when none is named; by name, or by the name of their file), and the names that do not exist. */
export function select(
  all: readonly BenchFile[],
  names: readonly string[],
): { readonly chosen: BenchFile[]; readonly unknown: string[] } {
  if (names.length === 0) return { chosen: [...all], unknown: [] };
  const means = ({ name, family }: BenchFile, wanted: string): boolean =>
    name === wanted || family === wanted;
  return {
    chosen: all.filter((file) => names.some((name) => means(file, name))),
    unknown: names.filter((name) => !all.some((file) => means(file, name))),
  };
}
