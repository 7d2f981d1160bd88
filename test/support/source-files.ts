/** The project's own text files, for tests about structure and text. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { maskSource } from './source-scan.ts';

/** A source with its path from the project's root, forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** See {@link maskSource}. */
  readonly masked: string;
}

/** The project's root folder. */
export const ROOT: string = join(import.meta.dirname, '..', '..');

/** Makes a source of a text, for tests of the checkers. */
export function sourceOf(path: string, text: string): SourceFile {
  return { path, text, masked: maskSource(text) };
}

/** All files below `folder` (or the file itself) whose name ends with `suffix`, sorted; dependencies and what builds leave are left out. */
export function listFiles(folder: string, suffix: string = ''): string[] {
  const start = join(ROOT, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.includes('node_modules/') && !path.includes('/target/'))
    .toSorted();
}

/** The TypeScript sources below `folder`, generated code left out. */
export function readSources(folder: string): SourceFile[] {
  return listFiles(folder, '.ts')
    .filter((path) => !path.includes('/generated/'))
    .map((path) => sourceOf(path, readText(path)));
}

/** A file's text. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
