/** Running jobs asked from outside, savepoints looked into and changed, and jobs that changed since. */

import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/savepoints.ts', import.meta.url), [
    '-C',
    'source',
  ]);
}, 90_000);

const value = <T = Record<string, unknown>>(name: string): T => program.value<T>(name);
const USERS = Array.from({ length: 10 }, (_, i) => `user ${i}`);

describe('a job that runs', () => {
  test('is listed, saved and stopped from outside', () => {
    const { own, wrong, ...told } = value<{
      own: [number, string];
      wrong: { code: number; err: string };
    }>('from outside');
    expect(told).toEqual({
      listed: {
        id: 'string',
        number: 0,
        name: 'visits',
        state: 'running',
        pid: 0,
        submittedAtMs: 0,
        stateSinceMs: 0,
        restarts: 0,
        checkpoints: 0,
        savepoints: 0,
        latest: null,
        checkpointFolder: expect.stringContaining('visits') as string,
      },
      pid: true,
      table: ['NAME', 'visits', null],
      stopped: { stopped: true, kind: 'savepoint', below: true },
      state: 'finished',
      after: { code: 0, out: '', err: 'no running jobs\n' },
    });
    expect(own[0]).toBe(0);
    expect(own[1]).toMatch(/^FOLDER\/checkpoints\/savepoints\/savepoint-visits-\d+\n$/);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('Did you mean visits?');
  });

  test('is canceled from outside', () => {
    const said = 'visits (ID) is canceled\n';
    expect(value('canceled')).toEqual({ code: 0, said, state: 'canceled', again: 2 });
  });

  test('ends behind the end of time when it is drained: timers fired, no window is open', () => {
    expect(value('drained')).toEqual({ notes: ['end at 1000000000000'], windows: [] });
  });
});

describe('a savepoint', () => {
  test('shows its operators, keys, states and record types', () => {
    expect(value('inspected')).toEqual({
      job: 'visits',
      intact: [true],
      totals: [
        {
          uid: 'totals',
          keys: 10,
          states: [
            'timers:event: timers',
            'timers:processing: timers',
            'total: value',
            'pages: map',
            'notes: list',
          ],
        },
        { uid: 'hours', keys: 3, states: ['windows: slices'] },
      ],
      fbs: expect.stringContaining('table Total {\n  visits:long') as string,
    });
  });

  test('gives its keyed state as lines', () => {
    const { wrong, ...told } = value<{ wrong: [string, string, string, number] }>('exported');
    expect(told).toEqual({
      keys: USERS,
      same: true,
      one: 'user 3',
      limited: 3,
      csv: ['key,timers:event,timers:processing,total,pages,notes', 12],
    });
    expect(wrong[0]).toContain("Did you mean 'totals'?");
    expect(wrong[1]).toContain("Did you mean 'total'?");
    expect(wrong[2]).toContain('ERR_SAVEPOINT_FOLDER');
    expect(wrong[3]).toBe(1);
  });

  test('is made of checkpoints that build on earlier ones, too', () => {
    expect(value('built on others')).toEqual({
      state: 'canceled',
      kind: 'checkpoint',
      keys: 10,
      consistent: true,
      copied: true,
      check: 0,
    });
  });

  test('that is damaged says so and ends with 1', () => {
    expect(value('damaged')).toEqual({ code: 1, out: true, err: 'ERR_CHECKPOINT_DAMAGED' });
  });

  test('is changed without a job: renamed operators, changed, removed and kept keys', () => {
    expect(value('renamed')).toMatchObject({
      before: [1, true],
      allowed: [0, true],
      after: 0,
      changed: true,
      notes: [9, 'changed'],
      again: 'ERR_SAVEPOINT_EXISTS',
      unknown: { code: 'ERR_SAVEPOINT_STATE', hint: expect.stringContaining('totals') as string },
    });
  });
});

describe('a job whose record type evolved', () => {
  test.each([
    ['appended', 'vip', 'appended: rows without it read as null', ['visits', 'spent', 'vip']],
    ['deprecated', 'spent', 'deprecated: its values are not read any more', ['visits']],
  ])('goes on where a field was %s', (release, field, note, fields) => {
    expect(value<Record<string, unknown>>('evolved')[release]).toEqual({
      compatible: true,
      notes: [{ field, note }],
      keys: true,
      grown: true,
      fields,
    });
  });

  test('is refused where a field has another type, by its name, before and when it starts', () => {
    const { message, ...told } = value<{ message: string }>('refused');
    expect(told).toEqual({
      compatible: false,
      code: 1,
      failure: { code: 'ERR_STATE_PART_KIND', operator: 'totals' },
      same: true,
    });
    expect(message).toContain('visits: was i64 and is utf8');
  });
});
