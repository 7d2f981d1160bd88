/** Where in the user's own code a call of the API stands. */

import type { ErrorPlace } from '../base/index.ts';

/** A place in a file; line and column are counted from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** This package's own sources (or built files): `…/src/` as URL and as path. */
const OWN_URL = new URL('../', import.meta.url).href;
const OWN_PATH = decodeURIComponent(new URL('../', import.meta.url).pathname);
/** `at name (place:line:column)` or `at place:line:column`. */
const FRAME = /(?:^\s*at (?:async )?|\()((?:file:\/\/|\/|[A-Za-z]:[\\/]).*):(\d+):(\d+)\)?$/;

/**
 * The first frame of the current stack that is not the engine's own; the package's examples count as user code.
 * undefined when the stack has no such frame.
 */
export function callSite(): SourceLocation | undefined {
  return firstForeignFrame(new Error().stack ?? '');
}

/** The same for the text of any stack. */
export function firstForeignFrame(stack: string): SourceLocation | undefined {
  for (const text of stack.split('\n')) {
    const match = FRAME.exec(text.trimEnd());
    if (match === null || isOwn(match[1]!)) continue;
    return { file: plainPath(match[1]!), line: Number(match[2]), column: Number(match[3]) };
  }
  return undefined;
}

/** `job.ts:12:6`. */
export function formatLocation(location: SourceLocation): string {
  const name = location.file.slice(location.file.search(/[^\\/]*$/));
  return `${name}:${location.line}:${location.column}`;
}

/** Place of an error that this call caused. */
export function placeOf(location: SourceLocation | undefined, operator?: string): ErrorPlace {
  return {
    ...(location && { ...location, source: formatLocation(location) }),
    ...(operator === undefined ? {} : { operator }),
  };
}

function isOwn(file: string): boolean {
  for (const root of [OWN_URL, OWN_PATH]) {
    if (file.startsWith(root)) return !file.startsWith('examples/', root.length);
  }
  return file.startsWith('node:');
}

/** A path from a path or URL; a query such as `?v=2` is not part of it. */
export function plainPath(file: string): string {
  if (!file.startsWith('file://')) return file;
  return decodeURIComponent(new URL(file).pathname);
}
