/** What a run says of its failures, see src/control/failure-history.ts. */

import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/base/index.ts';
import { FailureHistory } from '../../src/control/failure-history.ts';

const ERROR = new EngineError(
  'ERR_RUNTIME_USER_FUNCTION',
  { operator: 'map', reason: 'boom' },
  { place: { operator: 'map', subtask: 1 } },
);

describe('a failure that is answered', () => {
  test('says where it was, from what the job went on, how long that took and what is done again', () => {
    const history = new FailureHistory();
    expect(history.running(1000, undefined)).toEqual([]);
    const failure = history.failed(ERROR, 5000, 100, 1);
    expect(failure).toMatchObject({ attempt: 1, operator: 'map', subtask: 1, atMs: 5000 });
    expect(failure.recovery).toBeUndefined();
    expect(history.running(5600, { checkpoint: 3, triggeredAtMs: 4200 })).toEqual([failure]);
    expect(failure.recovery).toEqual({ checkpoint: 3, durationMs: 600, redoneMs: 800 });
    expect(history.all).toEqual([failure]);
  });

  test('by beginning anew does all of its attempt again', () => {
    const history = new FailureHistory();
    history.running(1000, undefined);
    const failure = history.failed(ERROR, 5000, 0, 1);
    history.running(5600, undefined);
    expect(failure.recovery).toEqual({ checkpoint: undefined, durationMs: 600, redoneMs: 4000 });
  });

  test('is answered late when the next attempt fails before it runs, which does nothing again', () => {
    const history = new FailureHistory();
    history.running(1000, undefined);
    const first = history.failed(ERROR, 5000, 100, 1);
    const second = history.failed(new Error('plain'), 5300, 200, 2);
    expect(second).toMatchObject({ operator: undefined, subtask: undefined });
    expect(history.running(6000, { checkpoint: 3, triggeredAtMs: 4900 })).toEqual([first, second]);
    expect(first.recovery).toEqual({ checkpoint: 3, durationMs: 1000, redoneMs: 100 });
    expect(second.recovery).toEqual({ checkpoint: 3, durationMs: 700, redoneMs: 0 });
  });

  test('counts the work of its own attempt, however old the checkpoint is', () => {
    const history = new FailureHistory();
    history.running(1000, undefined);
    history.failed(ERROR, 2000, 0, 1);
    history.running(3000, { checkpoint: 1, triggeredAtMs: 1500 });
    const again = history.failed(ERROR, 3400, 0, 2);
    history.running(4000, { checkpoint: 1, triggeredAtMs: 1500 });
    expect(again.recovery).toEqual({ checkpoint: 1, durationMs: 600, redoneMs: 400 });
  });
});

test('a failure that ends the job has no recovery', () => {
  const history = new FailureHistory();
  history.running(1000, undefined);
  const last = history.failed(ERROR, 2000, undefined, 1);
  expect(history.running(3000, undefined)).toEqual([]);
  expect(last.recovery).toBeUndefined();
});
