/** What happens when user code does not return, on real threads. */

import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/watchdog.ts', import.meta.url));
}, 90_000);

const SOURCE = /\/test\/e2e\/jobs\/stuck\.ts:\d+:\d+$/;
const step = {
  worker: 1,
  job: 'stuck',
  operator: 'holding',
  subtask: 0,
  row: '{"n":50}',
  source: expect.stringMatching(SOURCE) as string,
  innermost: expect.stringMatching(/^hold \(.*stuck\.ts:\d+:\d+\)$/) as string,
};

describe('a step that does not return', () => {
  test.each(['loop', 'regex', 'wait'])(
    'because of a %s is reported with its line and row, its thread is replaced and its job goes on',
    (how) => {
      expect(program.value(how)).toMatchObject({
        state: 'finished',
        rows: 100,
        steps: [step],
        messages: ['step does not return'],
        failures: [
          {
            code: 'ERR_CONTROL_WORKER_STUCK',
            operator: 'holding',
            subtask: 0,
            row: '{"n":50}',
            source: expect.stringMatching(SOURCE) as string,
            message: expect.stringMatching(
              /^Worker thread 1 was held in operator holding of job stuck for .* by code/,
            ) as string,
          },
        ],
        alive: [true, true],
      });
    },
  );

  test('in time is only reported when nothing more is asked for, also that it returned', () => {
    expect(program.value<{ slow: object }>('slowAndParked').slow).toMatchObject({
      state: 'finished',
      rows: 100,
      steps: [step],
      messages: ['step does not return', 'step returned'],
      failures: [],
    });
  });

  test('leaves the job on the other thread alone', () => {
    const rows = Array.from({ length: 1000 }, (_, n) => n);
    expect(program.value('neighbour')).toEqual({ state: 'finished', restarts: 0, rows });
  });
});

test('workers without work are not taken for held ones', () => {
  const { parked } = program.value<{ parked: object }>('slowAndParked');
  expect(parked).toEqual({ steps: [], alive: [true, true] });
});

test('the process ends by itself, and nothing was left unhandled', () => {
  expect(program.value('close')).toBeUndefined();
  expect(program.value('unhandled')).toEqual([]);
  expect(program.exitCode).toBe(0);
});
