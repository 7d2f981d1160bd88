/**
 * The rules between rooms, as pure functions over sources: who may import whom, through which door, and what of Node.
 * A problem reads `file:line: what is wrong, use what instead`.
 */

import { posix } from 'node:path';

import type { SourceFile } from './source-files.ts';
import { scanImports } from './source-scan.ts';
import type { ImportSite } from './source-scan.ts';

/** Rooms from the ground up; a room imports rooms on lines before its own only. */
export const ROOM_LINES: readonly (readonly string[])[] = [
  ['base'],
  ['record', 'metrics', 'remote'],
  ['exchange', 'state', 'checkpoint'],
  ['operators'],
  ['connectors', 'savepoint'],
  ['graph'],
  ['plan'],
  ['placement'],
  ['runtime'],
  ['control'],
  ['testing', 'dashboard'],
  ['cli'],
];

/** Rooms that may touch the machine, by Node module; all others are given what they need as parameters. */
export const NODE_MODULES: Readonly<Record<string, readonly string[]>> = {
  'node:fs': [
    'connectors',
    'checkpoint',
    'graph',
    'placement',
    'runtime',
    'control',
    'dashboard',
    'cli',
  ],
  'node:fs/promises': [
    'remote',
    'connectors',
    'checkpoint',
    'graph',
    'placement',
    'control',
    'dashboard',
    'cli',
  ],
  'node:net': ['remote', 'connectors', 'dashboard', 'cli'],
  'node:http': ['connectors', 'dashboard', 'cli'],
  'node:https': ['connectors', 'cli'],
  'node:worker_threads': ['runtime', 'control'],
  'node:child_process': ['placement', 'control', 'cli'],
};

/** The room of a path (`src/plan/x.ts` is in `plan`); undefined for the public face and for files outside `src`. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** Rooms that stand on no line. */
export function unknownRooms(paths: readonly string[]): string[] {
  const known = [...ROOM_LINES.flat(), 'examples'];
  const rooms = new Set(paths.flatMap((path) => roomOf(path) ?? []));
  return [...rooms].filter((room) => !known.includes(room));
}

/** Imports that go down or sideways, enter a room past its face, or reach what the room may not touch. */
export function roomProblems(file: SourceFile): string[] {
  return scanImports(file.text, file.masked).flatMap((site) => {
    const problem = site.specifier.startsWith('.')
      ? relativeProblem(file.path, site)
      : bareProblem(file.path, site);
    return problem === undefined ? [] : [`${file.path}:${site.line}: ${problem}`];
  });
}

function relativeProblem(path: string, { specifier }: ImportSite): string | undefined {
  if (!specifier.endsWith('.ts')) return `imports ${specifier}, use the name with .ts`;
  const target = targetOf(path, specifier);
  const from = roomOf(path);
  const to = roomOf(target);
  if (!target.startsWith('src/')) return `imports ${target}, use files of src only`;
  if (from === to) return undefined;
  if (from === 'examples') return `imports ${specifier}, use the package by name`;
  if (to === undefined) return `imports ${target}, use the faces of rooms below`;
  if (to === 'examples') return `imports an example, use nothing of examples in the engine`;
  if (target !== `src/${to}/index.ts`) return `imports ${target}, use src/${to}/index.ts`;
  if (from !== undefined && lineOfRoom(to) >= lineOfRoom(from)) {
    return `${from} imports ${to}, use rooms on earlier lines only: ${below(from)}`;
  }
  return undefined;
}

function bareProblem(path: string, { specifier }: ImportSite): string | undefined {
  const room = roomOf(path);
  if (room === 'examples') {
    if (/^(?:millrace(?:\/|$)|node:)/.test(specifier)) return undefined;
    return `imports ${specifier}, use only the package by name, and Node`;
  }
  if (/^millrace(\/|$)/.test(specifier)) return `imports ${specifier}, use relative paths`;
  const allowed = NODE_MODULES[specifier];
  if (allowed === undefined || room === undefined || allowed.includes(room)) return undefined;
  return `${room} imports ${specifier}, use a parameter; allowed in ${allowed.join(', ')}`;
}

/**
 * Entry files (`-main.ts`) act on load or are called by a thread pool: nobody imports them, and they export nothing but
 * the one default function that a pool calls.
 */
export function entryProblems(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const imported = scanImports(file.text, file.masked)
      .filter(({ specifier }) => /-main(\.ts)?$/.test(specifier))
      .map(({ line }) => `${file.path}:${line}: imports an entry file, use its URL`);
    const exports =
      file.path.endsWith('-main.ts') &&
      /^\s*export\b(?! default (?:async )?function\b)/m.test(file.masked);
    return exports
      ? [...imported, `${file.path}:1: exports something, use another file for it`]
      : imported;
  });
}

/** Cycles between files, each as `a -> b -> a`; every file stands in one cycle at most. `import type` counts too. */
export function findCycles(files: readonly SourceFile[], withTypes: boolean): string[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      scanImports(file.text, file.masked)
        .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && (withTypes || !typeOnly))
        .map(({ specifier }) => targetOf(file.path, specifier)),
    ]),
  );
  const cycles: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      cycles.push([...trail.slice(at), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const target of edges.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of edges.keys()) visit(path);
  return cycles;
}

/** Relative imports of files that do not exist. */
export function missingProblems(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map(({ path }) => path));
  return files.flatMap((file) =>
    scanImports(file.text, file.masked)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier, line }) => ({ target: targetOf(file.path, specifier), line }))
      .filter(({ target }) => !paths.has(target) && !target.includes('/generated/'))
      .map(({ target, line }) => `${file.path}:${line}: imports ${target}, use a file that exists`),
  );
}

function targetOf(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

function lineOfRoom(room: string): number {
  return ROOM_LINES.findIndex((line) => line.includes(room));
}

function below(room: string): string {
  return ROOM_LINES.slice(0, lineOfRoom(room)).flat().join(', ');
}
