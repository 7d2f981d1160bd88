/** Laws of src/checkpoint/protocol.ts under any events, sensible ones or not. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { checkpointSettings, isSettled } from '../../src/checkpoint/index.ts';
import type { CheckpointKind, ProtocolEvent, ProtocolSubtask } from '../../src/checkpoint/index.ts';
import { reportOf } from '../support/checkpoint-states.ts';
import { ProtocolObserver } from '../support/protocol-observer.ts';

const SUBTASKS: readonly ProtocolSubtask[] = [
  { subtask: 0, producers: [] },
  { subtask: 1, producers: [] },
  { subtask: 2, producers: [0, 1] },
  { subtask: 3, producers: [2] },
];

const settings = fc
  .record({
    intervalMs: fc.constantFrom(undefined, 10, 25, 40),
    timeoutMs: fc.integer({ min: 5, max: 80 }),
    minPauseMs: fc.integer({ min: 0, max: 30 }),
    concurrentMax: fc.integer({ min: 1, max: 3 }),
    failuresTolerated: fc.nat(2),
    retained: fc.integer({ min: 1, max: 3 }),
    mode: fc.constantFrom('aligned' as const, 'at-least-once' as const),
  })
  .map(checkpointSettings);

const kinds = fc.constantFrom<CheckpointKind>(
  'checkpoint',
  'checkpoint',
  'savepoint',
  'savepoint',
  'suspend',
  'drain',
);

/** What happens next; `which` and `subtask` pick among what is under way, or what never was. */
const happening = fc.record({
  afterMs: fc.nat(15),
  kind: fc.constantFrom(
    ...(['tick', 'tick', 'all', 'all', 'all', 'acknowledge', 'acknowledge'] as const),
    ...(['outcome', 'outcome', 'outcome', 'request', 'decline', 'finish', 'restart'] as const),
  ),
  which: fc.nat(6),
  subtask: fc.nat(4),
  rare: fc.nat(9),
  asks: kinds,
});

test('the laws hold whatever happens', () => {
  const seen = { complete: 0, aborted: 0, dropped: 0, failed: 0, ended: 0, concurrent: 0 };
  fc.assert(
    fc.property(
      settings,
      fc.array(happening, { minLength: 60, maxLength: 100 }),
      (how, happenings) => {
        const observer = new ProtocolObserver(how);
        let request = 0;
        let nowMs = 0;
        const give = (event: ProtocolEvent): void => {
          for (const { kind } of observer.give(event)) {
            if (kind === 'drop') seen.dropped++;
            if (kind === 'failJob') seen.failed++;
            if (kind === 'endJob') seen.ended++;
          }
          if (observer.open.length > 1) seen.concurrent++;
        };
        give({ kind: 'start', nowMs, subtasks: SUBTASKS });
        for (const { afterMs, kind, which, subtask, rare, asks } of happenings) {
          nowMs += afterMs;
          const { open } = observer;
          const checkpoint = open[which]?.checkpoint ?? which;
          switch (kind) {
            case 'tick':
              give({ kind: 'tick', nowMs });
              break;
            case 'acknowledge':
              give({ kind: 'acknowledged', nowMs, checkpoint, report: reportOf(subtask) });
              break;
            case 'all':
              for (const { subtask: each } of SUBTASKS) {
                give({ kind: 'acknowledged', nowMs, checkpoint, report: reportOf(each) });
              }
              break;
            case 'outcome': {
              const at = open.find(({ published }) => published)?.checkpoint ?? which;
              if (rare < 8) give({ kind: 'published', nowMs, checkpoint: at });
              else give({ kind: 'publishFailed', nowMs, checkpoint: at, reason: 'no room' });
              break;
            }
            case 'request':
              give({
                kind: 'request',
                nowMs,
                request: request++,
                checkpointKind: asks,
                // One that ends the attempt may go to the store of checkpoints.
                target: asks === 'suspend' && rare < 5 ? undefined : 's',
              });
              break;
            case 'decline':
              give({ kind: 'declined', nowMs, checkpoint, subtask, reason: 'busy' });
              break;
            case 'finish':
              // Rarely all: then nothing more happens.
              if (rare === 0)
                give({ kind: 'finished', nowMs, subtask, lastCheckpoint: checkpoint - 1 });
              break;
            case 'restart':
              give({ kind: 'halt', nowMs, reason: 'the job failed' });
              expect(observer.open.filter(({ published }) => !published)).toEqual([]);
              expect(isSettled(observer.state)).toBe(observer.open.length === 0);
              if (isSettled(observer.state)) give({ kind: 'start', nowMs, subtasks: SUBTASKS });
              break;
          }
        }
        // Whatever was under way has an outcome in the end, and who asked an answer.
        give({ kind: 'halt', nowMs, reason: 'the end' });
        for (const { checkpoint } of observer.open) give({ kind: 'published', nowMs, checkpoint });
        expect(observer.open).toEqual([]);
        expect(observer.unanswered).toEqual([]);
        for (const { outcome } of observer.all.values()) seen[outcome!]++;
      },
    ),
    { numRuns: 100 },
  );
  // The events were not all idle.
  expect(Object.entries(seen).filter(([, count]) => count === 0)).toEqual([]);
});
