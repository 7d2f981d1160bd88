/** Checkpoints, savepoints and what jobs go on from, on real threads and a real disk. */

import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/checkpoints.ts', import.meta.url));
}, 90_000);

const value = <T = Record<string, unknown>>(name: string): T => program.value<T>(name);

describe('a job with checkpoints', () => {
  test.each(['throws', 'exits'])('counts every row once when its code %s', (name) => {
    expect(value(name)).toEqual({
      restarted: true,
      collected: 20_000,
      wrong: 0,
      taken: true,
      rising: true,
      left: [],
    });
  });

  test.each(['throws', 'exits'])('writes every row to its files once when its code %s', (how) => {
    const written = { lines: 20_000, distinct: 20_000, unfinished: [] };
    expect(value(`file ${how}`)).toEqual({ restarted: true, ...written });
  });

  test('keeps as many as it was told to when it is canceled', () => {
    expect(value('retained')).toEqual({ manifests: 3, files: false });
  });

  test.each([1, 2, 4])('goes on from the latest with %i subtasks', (parallelism) => {
    expect(value(`goes on at ${parallelism}`)).toEqual({ wrong: 0, skipped: true });
  });

  test('goes on from an older one when the latest is damaged, and says so', () => {
    expect(value('damaged')).toEqual({ wrong: 0, rejected: ['ERR_CHECKPOINT_DAMAGED'] });
  });

  test('is not started when none is intact', () => {
    const { code, message } = value<{ code: string; message: string }>('allDamaged');
    expect(code).toBe('ERR_CHECKPOINT_NONE');
    expect(message).toContain('ERR_CHECKPOINT_MANIFEST');
  });

  test('is not started when there is none, and leaves nothing behind', () => {
    expect(value('nothingThere')).toMatchObject({
      empty: { code: 'ERR_CHECKPOINT_NONE' },
      jobs: 0,
    });
  });

  test('is not started with another number of key groups', () => {
    const { code, message } = value<{ code: string; message: string }>('otherKeyGroups');
    expect(code).toBe('ERR_CHECKPOINT_RESTORE');
    expect(message).toContain('32 key groups');
  });

  test('is told that an interval needs a folder', () => {
    expect(value('intervalWithoutDirectory')).toMatchObject({ code: 'ERR_CONFIG_VALUE' });
  });
});

test('a savepoint has a folder of its own, is gone on from at another parallelism, and stays', () => {
  expect(value('savepoint')).toEqual({
    kind: 'savepoint',
    below: true,
    wrong: 0,
    skipped: true,
    kept: true,
  });
});

test('a job stopped with a savepoint goes on as if it had never ended, its files included', () => {
  expect(value('suspended')).toEqual({
    states: ['finishing', 'finished'],
    skipped: true,
    lines: 20_000,
    distinct: 20_000,
  });
});
