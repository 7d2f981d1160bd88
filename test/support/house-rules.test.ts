/** The checker is checked: each rule is fed a violation and its nearest innocent neighbour. */

import { expect, test } from 'vitest';

import {
  erasableOnly,
  errorDetailProblems,
  facesByName,
  initialisedFields,
  LINES_MAX,
  noAny,
  noConsole,
  noForeignPaths,
  noLeftovers,
  opensWithSentence,
  shortEnough,
} from './house-rules.ts';
import type { Rule } from './house-rules.ts';
import { sourceOf } from './source-files.ts';

const note = ['TO', 'DO'].join('');

const cases: readonly (readonly [string, Rule, string, string])[] = [
  [
    'an enum',
    erasableOnly,
    'export const enum E { a }',
    'const text = "enum E { a }"; let enumerate = 1;',
  ],
  ['a namespace', erasableOnly, 'export namespace N { }', 'const namespace = 1;'],
  [
    'a parameter property',
    erasableOnly,
    'class A { constructor(a: { readonly b: number }, readonly c: number) {} }',
    'class A { constructor(a: { readonly b: number }, options: { private?: 1 } = {}) {} }',
  ],
  [
    'a field that starts undefined',
    initialisedFields,
    'class A { n: string; }',
    'class A { n = 0; }',
  ],
  [
    'a field that only its constructor sets',
    initialisedFields,
    'class A { #n: number; }',
    'class A { readonly #n: number; declare m: number; }',
  ],
  ['any', noAny, 'const a: any = 1;', 'const many = { any: 1 }; // any'],
  ['any by assertion', noAny, 'f(x as any)', 'f(x as anything)'],
  ['any as an argument', noAny, 'new Map<string, any>()', "new Map<string, 'any'>()"],
  ['a note to oneself', noLeftovers, `// ${note}: later`, 'const METHODOLOGY = 1;'],
  ['a test that does not run', noLeftovers, "test.skip('x', f)", "test('skip', f)"],
  ['a trace', noConsole, 'console.log(1)', "const s = 'console.log(1)';"],
  ['a missing first sentence', opensWithSentence, "import 'x';", '/** What it is. */'],
  ['an empty first comment', opensWithSentence, '/**', '#!/usr/bin/env node\n/** What it is. */'],
  ['a long file', shortEnough, '\n'.repeat(LINES_MAX + 1), '\n'.repeat(LINES_MAX)],
  [
    'a path of this machine',
    noForeignPaths,
    `cd ${['', 'work', 'main'].join('/')}`,
    'src/work/main',
  ],
  [
    'a folder beside the project',
    noForeignPaths,
    `see ${['..', 'shared'].join('/')}`,
    '../sharedness',
  ],
];

test.for(cases)('%s is found, its neighbour is not', ([, rule, bad, good]) => {
  expect(rule(sourceOf('src/plan/a.ts', bad))).toEqual([
    expect.stringMatching(/^src\/plan\/a\.ts:\d+: .+, use .+/),
  ]);
  expect(rule(sourceOf('src/plan/a.ts', good))).toEqual([]);
});

test('a face that exports everything is found, other files may', () => {
  expect(facesByName(sourceOf('src/plan/index.ts', "export * from './a.ts';"))).toHaveLength(1);
  expect(facesByName(sourceOf('src/plan/index.ts', "export { a } from './a.ts';"))).toEqual([]);
});

test('the command line may write', () => {
  expect(noConsole(sourceOf('src/cli/a.ts', 'console.log(1)'))).toEqual([]);
});

test('details that a message asks for and does not get are found', () => {
  const table = { ERR_X: { message: 'Expected {what}, got {got}', hint: 'Look at {what}.' } };
  const check = (text: string): string[] =>
    errorDetailProblems(sourceOf('src/plan/a.ts', text), table);
  expect(check("throw new EngineError('ERR_X', { what: f(1, 2) });")).toEqual([
    'src/plan/a.ts:1: ERR_X lacks got, use details with it',
  ]);
  expect(check("throw new EngineError('ERR_X', { what, got: [1, { a: 2 }] }, { cause });")).toEqual(
    [],
  );
  expect(check("throw new EngineError('ERR_X', details);")).toEqual([]);
  expect(check("throw new EngineError('ERR_Y');")).toEqual([
    'src/plan/a.ts:1: unknown code ERR_Y, use the table',
  ]);
});
