/** The text of the project: what loads under type stripping, what is fast, what is finished, what an error says. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { ERROR_TABLE, EngineError } from '../src/base/index.ts';
import type { ErrorCode, ErrorEntry } from '../src/base/index.ts';
import {
  erasableOnly,
  errorDetailProblems,
  facesByName,
  initialisedFields,
  noAny,
  noConsole,
  noForeignPaths,
  noLeftovers,
  opensWithSentence,
  placeholders,
  shortEnough,
} from './support/house-rules.ts';
import { ROOM_LINES } from './support/room-rules.ts';
import { listFiles, readSources, readText, ROOT, sourceOf } from './support/source-files.ts';

const src = readSources('src');
const all = [...src, ...['test', 'native-free-bench', 'schemas'].flatMap(readSources)];
const codes = Object.keys(ERROR_TABLE) as ErrorCode[];

describe('sources', () => {
  test.for([
    ['load under type stripping', erasableOnly, all],
    ['initialise their class fields', initialisedFields, all],
    ['have no any', noAny, all],
    ['leave nothing behind', noLeftovers, all],
    ['do not write to the console', noConsole, src],
    ['open with a sentence', opensWithSentence, src],
    ['are not longer than a reader bears', shortEnough, src],
    ['list what a room offers by name', facesByName, src],
  ] as const)('%s', ([, rule, files]) => {
    expect(files.flatMap(rule)).toEqual([]);
  });

  test('name no path outside the project', () => {
    const texts = ['src', 'test', 'native-free-bench', 'schemas', '.ci', '.github']
      .flatMap((folder) => listFiles(folder))
      .concat(['README.md', 'package.json', 'tsconfig.json'].filter(exists))
      .map((path) => sourceOf(path, readText(path)));
    expect(texts.flatMap(noForeignPaths)).toEqual([]);
  });
});

test('files that state laws name tests that exist', () => {
  const named = src.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/\btest\/[\w/.-]+\.ts\b/g), ([test_]) => ({ path, test: test_ })),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((one) => !exists(one.test))).toEqual([]);
});

describe('the error table', () => {
  test.for(codes)('%s constructs with message, hint and code', (code) => {
    const { message, hint, retryable }: ErrorEntry = ERROR_TABLE[code];
    const names = placeholders(`${message} ${hint}`);
    const details = Object.fromEntries(names.map((name) => [name, `<${name}>`]));
    const error = new EngineError(code, details);
    expect(error).toMatchObject({ code, retryable });
    for (const name of names) expect(`${error.message} ${error.hint}`).toContain(`<${name}>`);
    expect(`${error.message}${error.hint}`).not.toMatch(/undefined/);
    expect(message).not.toBe('');
    expect(hint).toMatch(/[.?})]$/);
  });

  test('names rooms by the prefix of a code', () => {
    const prefixes = [...ROOM_LINES.flat(), 'config'].map((room) => `ERR_${room.toUpperCase()}_`);
    expect(codes.filter((code) => !prefixes.some((prefix) => code.startsWith(prefix)))).toEqual([]);
  });

  test('has no code that nothing uses', () => {
    const used = src
      .filter(({ path }) => path !== 'src/base/error-table.ts')
      .map(({ text }) => text)
      .join('\n');
    expect(codes.filter((code) => !used.includes(`'${code}'`))).toEqual([]);
  });

  test('is given the details that its messages ask for', () => {
    expect(src.flatMap((file) => errorDetailProblems(file, ERROR_TABLE))).toEqual([]);
  });
});

test.runIf(exists('README.md'))('the README maps every room of src', () => {
  const readme = readText('README.md');
  const rooms = [...new Set(src.flatMap(({ path }) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []))];
  const [, map = ''] = /^#+ .*map of `?src`?.*$([\s\S]*?)(?=^#+ |$(?![\s\S]))/im.exec(readme) ?? [];
  expect(rooms.filter((room) => !new RegExp(`\\b${room}\\b`).test(map))).toEqual([]);
});

function exists(path: string): boolean {
  return existsSync(join(ROOT, path));
}
