/** The states of a job: every transition of the table, and what follows from it. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFinal, isReleasing, nextState } from '../../src/control/job-states.ts';
import type { JobEvent, JobState } from '../../src/control/job-states.ts';

const STATES: readonly JobState[] = [
  'created',
  'deploying',
  'running',
  'stopping',
  'restarting',
  'finishing',
  'cancelling',
  'failing',
  'finished',
  'canceled',
  'failed',
];
const EVENTS: readonly JobEvent[] = [
  'deploy',
  'started',
  'stop',
  'cancel',
  'failure',
  'restart',
  'handedOver',
  'suspended',
  'allFinished',
  'released',
];

/** The whole table once more, by hand: what is not in it changes nothing. */
const EXPECTED: Readonly<Record<string, JobState>> = {
  'created deploy': 'deploying',
  'created cancel': 'canceled',
  'created failure': 'failed',
  'deploying started': 'running',
  'deploying stop': 'cancelling',
  'deploying cancel': 'cancelling',
  'deploying failure': 'failing',
  'deploying restart': 'restarting',
  'running stop': 'stopping',
  'running cancel': 'cancelling',
  'running failure': 'failing',
  'running restart': 'restarting',
  'running handedOver': 'restarting',
  'running suspended': 'finishing',
  'running allFinished': 'finishing',
  'stopping cancel': 'cancelling',
  'stopping failure': 'failing',
  'stopping restart': 'restarting',
  'stopping handedOver': 'restarting',
  'stopping suspended': 'finishing',
  'restarting deploy': 'deploying',
  'restarting suspended': 'finishing',
  'restarting cancel': 'cancelling',
  'restarting failure': 'failing',
  'stopping allFinished': 'finishing',
  'finishing released': 'finished',
  'cancelling released': 'canceled',
  'failing released': 'failed',
};

describe('a job', () => {
  test.each(STATES.flatMap((state) => EVENTS.map((event) => ({ state, event }))))(
    'in $state takes $event as the table says',
    ({ state, event }) => {
      expect(nextState(state, event)).toBe(EXPECTED[`${state} ${event}`]);
    },
  );

  test('is final in three states, and lets go of its workers in three', () => {
    expect(STATES.filter(isFinal)).toEqual(['finished', 'canceled', 'failed']);
    expect(STATES.filter(isReleasing)).toEqual(['finishing', 'cancelling', 'failing']);
  });

  test('stays in a final state whatever happens', () => {
    for (const state of STATES.filter(isFinal)) {
      for (const event of EVENTS) expect(nextState(state, event)).toBeUndefined();
    }
  });

  test('can be ended from any state: cancel or release leads to a final one', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 12 }), (events) => {
        let state: JobState = 'created';
        for (const event of [...events, 'cancel', 'released'] as const) {
          state = nextState(state, event) ?? state;
        }
        expect(isFinal(state)).toBe(true);
      }),
    );
  });

  test('never comes back to a state it left, unless it is started again', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 20 }), (events) => {
        const seen: JobState[] = ['created'];
        for (const event of events) {
          const next = nextState(seen.at(-1)!, event);
          // A restart begins anew.
          if (next === 'restarting') seen.splice(0, seen.length, 'created', next);
          else if (next !== undefined) seen.push(next);
        }
        expect(new Set(seen).size).toBe(seen.length);
      }),
    );
  });
});
