/** The checker is checked: each rule is fed a violation and its nearest innocent neighbour. */

import { describe, expect, test } from 'vitest';

import {
  entryProblems,
  findCycles,
  missingProblems,
  roomProblems,
  unknownRooms,
} from './room-rules.ts';
import { sourceOf } from './source-files.ts';

const problems = (path: string, text: string): string[] => roomProblems(sourceOf(path, text));

describe('the import order', () => {
  test('refuses an import of a later line, also for types', () => {
    expect(problems('src/record/a.ts', "\nimport type { P } from '../plan/index.ts';")).toEqual([
      'src/record/a.ts:2: record imports plan, use rooms on earlier lines only: base',
    ]);
  });

  test('refuses an import of a room on the same line', () => {
    expect(problems('src/metrics/a.ts', "import { R } from '../record/index.ts';")).toHaveLength(1);
  });

  test('refuses a way past the face', () => {
    expect(problems('src/plan/a.ts', "import { R } from '../record/layout.ts';")).toEqual([
      'src/plan/a.ts:1: imports src/record/layout.ts, use src/record/index.ts',
    ]);
  });

  test('allows earlier lines through their faces, and files of the same room', () => {
    const text = "import { a } from '../record/index.ts';\nimport { b } from './b.ts';";
    expect(problems('src/plan/a.ts', text)).toEqual([]);
    expect(problems('src/operators/window/a.ts', "import { b } from '../b.ts';")).toEqual([]);
  });

  test('lets the public face import any face, and nothing but faces', () => {
    expect(problems('src/index.ts', "export { job } from './graph/index.ts';")).toEqual([]);
    expect(problems('src/index.ts', "export { job } from './graph/job.ts';")).toHaveLength(1);
  });

  test('wants file names in full and inside src', () => {
    expect(problems('src/plan/a.ts', "import { b } from './b.js';")).toHaveLength(1);
    expect(problems('src/plan/a.ts', "import { b } from '../../test/b.ts';")).toHaveLength(1);
  });

  test('lets examples use the package by name, Node, and nothing else', () => {
    const ok = "import { job } from 'millrace';\nimport { csv } from 'millrace/connectors';";
    expect(problems('src/examples/a.ts', ok)).toEqual([]);
    expect(problems('src/examples/a.ts', "import { readFileSync } from 'node:fs';")).toEqual([]);
    expect(problems('src/examples/a.ts', "import { job } from '../graph/index.ts';")).toHaveLength(
      1,
    );
    expect(problems('src/examples/a.ts', "import { parse } from 'yaml';")).toHaveLength(1);
    expect(problems('src/plan/a.ts', "import { job } from 'millrace';")).toHaveLength(1);
  });

  test('keeps the machine at the edge', () => {
    expect(problems('src/operators/a.ts', "import { readFileSync } from 'node:fs';")).toHaveLength(
      1,
    );
    expect(problems('src/connectors/a.ts', "import { readFileSync } from 'node:fs';")).toEqual([]);
    expect(
      problems('src/graph/a.ts', "import { Worker } from 'node:worker_threads';"),
    ).toHaveLength(1);
  });

  test('knows every room', () => {
    expect(unknownRooms(['src/plan/a.ts', 'src/utils/b.ts', 'src/index.ts'])).toEqual(['utils']);
  });
});

test('an entry file that exports, or is imported, is found', () => {
  const files = [
    sourceOf('src/runtime/worker-main.ts', 'export const x = 1;'),
    sourceOf('src/runtime/a.ts', "import './worker-main.ts';"),
    sourceOf('src/cli/cli-main.ts', "import { a } from './a.ts';"),
    sourceOf('src/runtime/pool-main.ts', 'export default async function work(): Promise<void> {}'),
  ];
  expect(entryProblems(files)).toEqual([
    'src/runtime/worker-main.ts:1: exports something, use another file for it',
    'src/runtime/a.ts:1: imports an entry file, use its URL',
  ]);
});

test('cycles are found, with and without types', () => {
  const files = [
    sourceOf('src/plan/a.ts', "import { b } from './b.ts';"),
    sourceOf('src/plan/b.ts', "import type { C } from './c.ts';"),
    sourceOf('src/plan/c.ts', "export { a } from './a.ts';"),
  ];
  expect(findCycles(files, true)).toEqual([
    'src/plan/a.ts -> src/plan/b.ts -> src/plan/c.ts -> src/plan/a.ts',
  ]);
  expect(findCycles(files, false)).toEqual([]);
});

test('an import of a file that is not there is found', () => {
  expect(missingProblems([sourceOf('src/plan/a.ts', "import { b } from './b.ts';")])).toEqual([
    'src/plan/a.ts:1: imports src/plan/b.ts, use a file that exists',
  ]);
});
