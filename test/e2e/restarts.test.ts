/** Jobs that fail and are started again, on real threads. */

import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/restarts.ts', import.meta.url));
}, 90_000);

const value = <T = Record<string, unknown>>(name: string): T => program.value<T>(name);
const START = ['deploying', 'running'];

describe('a job with a restart strategy', () => {
  test('is started again when its code throws, and finishes', () => {
    const failure = { code: 'ERR_RUNTIME_USER_FUNCTION', restartDelayMs: 1 };
    expect(value('throws')).toMatchObject({
      seen: [...START, 'restarting', ...START, 'restarting', ...START, 'finishing', 'finished'],
      restarts: 2,
      failures: [failure, failure],
      history: [1, 2].map((attempt) => ({
        attempt,
        operator: 'shaky',
        subtask: 0,
        recovered: true,
      })),
      jobs: 0,
    });
  });

  test('is started again when its thread ends', () => {
    expect(value('exits')).toMatchObject({
      seen: [...START, 'restarting', ...START, 'finishing', 'finished'],
      restarts: 1,
      failures: [{ code: 'ERR_CONTROL_WORKER_EXIT', restartDelayMs: 1 }],
    });
  });

  test('fails when the strategy gives up, and keeps the history of its failures', () => {
    const { seen, failures } = value<{ seen: string[]; failures: object[] }>('givesUp');
    expect(seen.slice(-2)).toEqual(['failing', 'failed']);
    expect(failures).toHaveLength(3);
    expect(failures[2]).toEqual({ code: 'ERR_RUNTIME_USER_FUNCTION' });
  });

  test('is canceled at once while it waits', () => {
    expect(value('canceledWhileWaiting')).toEqual({ state: 'canceled', jobs: 0 });
  });

  test('is told of a setting that its strategy does not take', () => {
    const { code, message } = value<{ code: string; message: string }>('wrongSetting');
    expect(code).toMatch(/^ERR_CONFIG/);
    expect(message).toContain('what the strategy fixed-delay takes: attempts, delay');
  });
});

test('a job without a restart strategy fails at its first failure', () => {
  expect(value('none')).toMatchObject({ seen: [...START, 'failing', 'failed'] });
});

describe('a row at which the code throws', () => {
  test('is left out when the configuration says so, and told of', () => {
    expect(value('leavesOut')).toEqual({
      state: 'finished',
      restarts: 0,
      badRows: 1,
      collected: 99,
      told: [
        {
          operator: 'shaky',
          subtask: 0,
          row: '{"n":50}',
          source: expect.stringMatching(/recovering\.ts:\d+:\d+$/) as string,
        },
      ],
    });
  });

  test('cannot be left out by a sink', () => {
    expect(value('cannotLeaveOut')).toMatchObject({ code: 'ERR_GRAPH_BAD_ROW' });
  });
});
