/** Import order between rooms, faces, entry files, cycles: the shape of the engine, over all of `src`. */

import { expect, test } from 'vitest';

import {
  entryProblems,
  findCycles,
  missingProblems,
  roomProblems,
  unknownRooms,
} from './support/room-rules.ts';
import { readSources } from './support/source-files.ts';

const files = readSources('src');

test('every room stands on a line of the import order', () => {
  expect(unknownRooms(files.map(({ path }) => path))).toEqual([]);
});

test('rooms import rooms on earlier lines only, through their faces, and touch of Node what they may', () => {
  expect(files.flatMap(roomProblems)).toEqual([]);
});

test('entry files export nothing but the task of a pool and are imported by nobody', () => {
  expect(entryProblems(files)).toEqual([]);
});

test('relative imports name files that exist', () => {
  expect(missingProblems(files)).toEqual([]);
});

test('no file imports itself by a detour, not even for types', () => {
  expect(findCycles(files, true)).toEqual([]);
});
