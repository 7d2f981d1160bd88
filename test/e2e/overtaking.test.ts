/** Checkpoints of a job whose rings are full: barriers overtake rows, on real threads and a real disk. */

import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/overtaking.ts', import.meta.url));
}, 90_000);

describe('a job whose rings are full', () => {
  test.each(['crashes', 'crashes timed'])('counts every row once when it %s', (name) => {
    expect(program.value(name)).toEqual({ restarts: 1, collected: 20_000, wrong: 0 });
  });

  test('goes on with other numbers of subtasks from rows on their way', () => {
    const exact = { wrong: 0, skipped: true };
    expect(program.value('goes on')).toEqual({ overtaken: true, ends: [exact, exact] });
  });
});

test('a timeout without a mode in which barriers overtake is an error', () => {
  expect(program.value('timeout')).toMatchObject({ code: 'ERR_CHECKPOINT_SETTING' });
});
