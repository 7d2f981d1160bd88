/**
 * Bytes that installing the package puts on a disk: its own files, and those of its dependencies that are not optional.
 *
 *     node_modules/millrace (what package.json lists as `files`)  +  dependencies, and theirs
 *
 * A checkout that was not built is built into a temporary folder. The answer is that every dependency was found.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { builtPackage, ROOT } from '../built-package.ts';
import { expectAnswer } from '../harness.ts';
import type { Benchmark, BenchResult } from '../harness.ts';

const MIB = 1024 * 1024;
/** In a package whatever `files` says. */
const ALWAYS = ['package.json', 'README.md', 'LICENSE'];

interface Manifest {
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function bytesOf(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  // What is nested below is a dependency, counted on its own.
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

/** Folders of all dependencies, by the names that were found and those that were not. */
function dependenciesOf(root: string): { folders: Set<string>; missing: string[] } {
  const folders = new Set<string>();
  const missing: string[] = [];
  const visit = (folder: string): void => {
    for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
      const found = (createRequire(join(folder, 'x.js')).resolve.paths(name) ?? [])
        .map((modules) => join(modules, name))
        .find((candidate) => existsSync(join(candidate, 'package.json')));
      if (found === undefined) missing.push(name);
      else if (!folders.has(found)) {
        folders.add(found);
        visit(found);
      }
    }
  };
  visit(root);
  return { folders, missing };
}

/** Bytes of the built files. */
function builtBytes(): number {
  const { folder, dispose } = builtPackage();
  try {
    return bytesOf(join(folder, 'dist'));
  } finally {
    dispose();
  }
}

async function run(): Promise<BenchResult[]> {
  const listed = (manifestOf(ROOT).files ?? []).filter((name) => !/[!*]/.test(name));
  const others = [...ALWAYS, ...listed.filter((name) => name !== 'dist')];
  const own = others.reduce((sum, name) => sum + bytesOf(join(ROOT, name)), builtBytes());
  const { folders, missing } = dependenciesOf(ROOT);
  expectAnswer([], missing, 'dependencies that are missing');
  const dependencies = [...folders].reduce((sum, folder) => sum + bytesOf(folder), 0);
  const result = (name: string, bytes: number): BenchResult => {
    return { name, unit: 'MiB', value: bytes / MIB, ceiling: null, ratio: null };
  };
  return [
    { ...result('install-size', own + dependencies), packages: folders.size + 1 },
    result('install-size, own files', own),
  ];
}

export const benchmark: Benchmark = {
  name: 'install-size',
  topology: 'node_modules/millrace + its dependencies and theirs, on disk',
  threads: 1,
  run,
};
