/** How jobs and engines begin and end, on real threads. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { ErrorReport } from '../support/cases.ts';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/lifecycle.ts', import.meta.url));
}, 90_000);

const value = <T = Record<string, unknown>>(name: string): T => program.value<T>(name);

describe('the states of a job', () => {
  test('of one that ends by itself come in order', () => {
    expect(value('statesFinish')).toEqual({
      seen: ['deploying', 'running', 'finishing', 'finished'],
      last: 'finished',
      jobs: 0,
    });
  });

  test('of one that is canceled come in order', () => {
    expect(value('statesCancel')).toEqual({
      seen: ['deploying', 'running', 'cancelling', 'canceled'],
      last: 'canceled',
      state: 'canceled',
      jobs: 0,
    });
  });

  test('of one that is stopped come in order', () => {
    expect(value('statesStop')).toEqual({
      seen: ['deploying', 'running', 'stopping', 'finishing', 'finished'],
      last: 'finished',
      state: 'finished',
      jobs: 0,
    });
  });

  test('of one that fails come in order', () => {
    expect(value('statesFail')).toEqual({
      seen: ['deploying', 'running', 'failing', 'failed'],
      last: 'failed',
      jobs: 0,
    });
  });
});

describe('cancel', () => {
  test('while sources open closes the reader that comes too late', () => {
    expect(value('cancelDeploying')).toEqual({
      seen: ['deploying', 'cancelling', 'canceled'],
      log: ['opening', 'opened', 'closed'],
    });
  });

  test('leaves no file under its final name or any other', () => {
    expect(value('cancelLeavesNoFile')).toEqual([]);
  });

  test.each(['cancelSlow', 'cancelIterable', 'cancelSilent', 'cancelPending'])(
    'ends sources and sinks that wait for something, in case %s',
    (name) => {
      expect(value(name)).toEqual({ state: 'canceled', gap: -1 });
    },
  );
});

describe('stop', () => {
  test('drains: every row that was made is in the file, once', () => {
    const { state, made, written, distinct, largest, seen } =
      value<Record<string, number>>('stopDrains');
    expect(state).toBe('finished');
    expect(written).toBe(made);
    expect(distinct).toBe(made);
    expect(largest).toBe(made! - 1);
    expect(seen).toBe(made);
  });

  test.each(['stopSlow', 'stopIterable', 'stopSilent'])(
    'ends sources that wait for something and loses no row before the end, in case %s',
    (name) => {
      expect(value(name)).toEqual({ state: 'finished', gap: -1 });
    },
  );
});

describe('an abort signal', () => {
  test('cancels the job; done, rows and a later submit reject with its reason', () => {
    expect(value('abort')).toEqual({
      done: 'enough',
      iterated: 'enough',
      before: 'enough',
      state: 'canceled',
    });
  });
});

describe('submit', () => {
  test('refuses parameters that are not plain data and keeps no job', () => {
    const { failure, jobs } = value<{ failure: ErrorReport; jobs: number }>(
      'uncloneableParameters',
    );
    expect(failure.code).toBe('ERR_CONTROL_PARAMETERS');
    expect(failure.message).toContain('() => 1 could not be cloned');
    expect(failure.hint).toContain('Functions cannot cross threads');
    expect(jobs).toBe(0);
  });

  test('refuses the second of two jobs submitted at once that do not fit together', () => {
    expect(value('overAdmission')).toEqual({
      fulfilled: 1,
      codes: ['ERR_PLACEMENT_SHORT'],
      jobs: 1,
    });
  });

  test('keeps a job going whose observers throw; what they throw reaches the process', () => {
    const { state, thrown } = value<{ state: string; thrown: string[] }>('observerThrows');
    expect(state).toBe('finished');
    expect(thrown).toEqual([
      ...Array.from({ length: 10 }, () => 'Error: onPrint'),
      ...Array.from({ length: 4 }, () => 'Error: onState'),
    ]);
  });
});

describe('an engine', () => {
  test('that leaves its `await using` block cancels its jobs', () => {
    expect(value('disposed')).toEqual({ state: 'canceled', done: 'canceled' });
  });

  test('closes once, cancels what runs, and takes no job during or after', () => {
    expect(value('closeTwiceAndSubmit')).toEqual({
      same: true,
      state: 'canceled',
      during: 'ERR_CONTROL_CLOSED',
      after: 'ERR_CONTROL_CLOSED',
    });
  });

  test('that is closed before its threads run leaves none behind', () => {
    expect(value('closeAtOnce')).toEqual({ alive: 0, left: 0 });
  });

  test('closes although a user function never returns', () => {
    expect(value('closeStuck')).toEqual({ state: 'canceled', done: 'canceled' });
  });

  test('closes although a promise of a sink never settles', () => {
    expect(value('closePending')).toEqual({ state: 'canceled', done: 'canceled' });
  });
});

describe('the process', () => {
  test('ends by itself, and a failure that nobody awaits does not end it before', () => {
    expect(value('unawaited')).toBe('failed');
    expect(program.value('close')).toBeUndefined();
    expect(program.value('unhandled')).toEqual([]);
    expect(program.exitCode).toBe(0);
  });
});
