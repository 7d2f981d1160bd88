/** Jobs that are rescaled, moved, suspended and drained while they run, on real threads. */

import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/rescale.ts', import.meta.url));
}, 90_000);

const value = <T = Record<string, unknown>>(name: string): T => program.value<T>(name);
/** Every row once at `collect` and in the files, every sum and window right. */
const EXACT = {
  rows: [3000, 3000],
  lines: [3000, 3000],
  unfinished: [],
  sums: 0,
  windows: [true, []],
};

describe('a job that is rescaled 1, 2, 4, 1 and moved while it runs', () => {
  test.each(['with checkpoints', 'without checkpoints'])('loses and repeats nothing %s', (name) => {
    expect(value(name)).toEqual({
      ...EXACT,
      widths: [
        [1, 2, 2, 2],
        [1, 4, 4, 4],
        [1, 1, 1],
      ],
      moved: true,
      restarts: 0,
      attempts: ['submitted', 'rescaled', 'rescaled', 'rescaled', 'moved'],
      states: ['deploying', 'running', 'restarting', 'deploying', 'running', 'restarting'],
    });
  });

  test('is refused what it cannot have, and goes on', () => {
    expect(value('refusals')).toEqual({
      tooMany: 'ERR_PLAN_SETTING',
      unknown: 'ERR_PLAN_OPERATOR',
      noWorker: 'ERR_CONTROL_MOVE',
      noChain: 'ERR_CONTROL_MOVE',
      noSubtask: 'ERR_CONTROL_MOVE',
      second: 'ERR_CONTROL_RESCALE',
      state: 'running',
      // Named operators get what was asked for; one with a number of its own keeps it.
      named: { asked: 2, sums: 3, rows: 1 },
      ended: 'ERR_CONTROL_RESCALE',
    });
  });

  test('goes on as it was when the new subtasks do not start', () => {
    expect(value('undone')).toEqual({
      ...EXACT,
      code: 'ERR_CONTROL_RESCALE',
      parallelism: 1,
      attempts: ['submitted', 'rescaled', 'undone'],
    });
  });
});

test('windows, sums, files and requests in flight go on through savepoints at 1, 4 and 2 subtasks', () => {
  expect(value('savepoints')).toEqual(EXACT);
});

test('a job that is stopped with a savepoint keeps its windows open', () => {
  expect(value('suspended')).toEqual({
    kind: 'savepoint',
    state: 'finished',
    fired: false,
    unfinished: true,
  });
});

test('a job that is drained fires all windows and finishes its files before it ends', () => {
  expect(value('drained')).toEqual({
    kind: 'savepoint',
    state: 'finished',
    fired: true,
    unfinished: false,
    rest: [0, 0],
  });
});
