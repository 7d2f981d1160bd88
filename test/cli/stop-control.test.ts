/** What signals do to a run. */

import { describe, expect, test } from 'vitest';

import { StopControl } from '../../src/cli/stop-control.ts';
import type { JobRun } from '../../src/control/index.ts';

interface Trace {
  readonly control: StopControl;
  readonly said: string[];
  readonly done: string[];
  readonly attach: () => void;
}

function traced(): Trace {
  const said: string[] = [];
  const done: string[] = [];
  const control = new StopControl({
    onStopping: (how, signal) => said.push(`${how} by ${signal}`),
    onGivenUp: (signal) => said.push(`given up by ${signal}`),
  });
  const run = {
    stop: async () => void done.push('stop'),
    cancel: async () => void done.push('cancel'),
  };
  return { control, said, done, attach: () => control.attach(run as unknown as JobRun) };
}

describe('a run', () => {
  test('drains on the first signal, is cancelled by the second and given up on the third', () => {
    const { control, said, done, attach } = traced();
    attach();
    control.receive('SIGINT');
    control.receive('SIGTERM');
    control.receive('SIGINT');
    expect(done).toEqual(['stop', 'cancel']);
    expect(said).toEqual(['drain by SIGINT', 'cancel by SIGINT', 'given up by SIGINT']);
    expect(control.signal).toBe('SIGINT');
  });

  test('is cancelled at once when nobody reads its results, however often that is told', () => {
    const { control, said, done, attach } = traced();
    attach();
    control.receive('SIGPIPE');
    control.receive('SIGPIPE');
    expect(done).toEqual(['cancel', 'cancel']);
    expect(said).not.toContain('given up by SIGPIPE');
  });

  test('is not submitted when the signal comes before it', () => {
    const { control, done } = traced();
    control.receive('SIGTERM');
    expect(control.beforeRun.aborted).toBe(true);
    expect(done).toEqual([]);
  });

  test('drains when the signal came while it was being submitted', () => {
    const { control, done, attach } = traced();
    control.receive('SIGINT');
    attach();
    expect(done).toEqual(['stop']);
  });
});
