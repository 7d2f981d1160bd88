/** When a subtask stands still behind a barrier, and what ends that. */

import { describe, expect, test } from 'vitest';

import { packOptions } from '../../src/checkpoint/index.ts';
import type { CheckpointKind } from '../../src/checkpoint/index.ts';
import type { BarrierWork } from '../../src/runtime/control-work.ts';
import { Suspension } from '../../src/runtime/suspension.ts';

function barrier(checkpoint: number, kind: CheckpointKind): BarrierWork {
  const options = packOptions({ kind, mode: 'aligned', alignedTimeoutMs: 0 });
  return { checkpoint, triggeredAtMs: 0, options };
}

function passed(checkpoint: number, kind: CheckpointKind): Suspension {
  const suspension = new Suspension();
  suspension.passed(barrier(checkpoint, kind));
  return suspension;
}

describe('a subtask', () => {
  test.each(['checkpoint', 'savepoint'] as const)('goes on behind the barrier of a %s', (kind) => {
    expect(passed(3, kind).holds).toBe(false);
  });

  test.each(['suspend', 'drain'] as const)(
    'stands still behind that of a %s until it is aborted, whatever becomes of others',
    (kind) => {
      const suspension = passed(3, kind);
      expect(suspension.ended(2, false)).toBe(false);
      expect(suspension.ended(2, true)).toBe(false);
      expect(suspension.holds).toBe(true);
      expect(suspension.ended(3, false)).toBe(false);
      expect(suspension.holds).toBe(false);
    },
  );

  test('ends when a drain is complete, and is let go of when a suspend is', () => {
    expect(passed(3, 'drain').ended(3, true)).toBe(true);
    const suspended = passed(3, 'suspend');
    expect(suspended.ended(3, true)).toBe(false);
    expect(suspended.holds).toBe(true);
  });

  test('sends the barrier of a drain once, behind what has to go ahead of it', () => {
    const suspension = new Suspension();
    expect(suspension.begins(barrier(3, 'suspend'))).toBe(false);
    expect(suspension.begins(barrier(4, 'drain'))).toBe(true);
    expect(suspension.takeDrain()).toEqual(barrier(4, 'drain'));
    expect(suspension.takeDrain()).toBeUndefined();
  });
});
