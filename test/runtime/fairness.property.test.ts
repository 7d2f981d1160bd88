/**
 * Laws of the time accounts: over any stretch in which two subtasks always have work, the time they got differs from the
 * ratio of their weights by at most one quantum and one step each; an idle subtask collects no credit.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimeAccount } from '../../src/runtime/fairness.ts';

interface Model {
  readonly account: TimeAccount;
  readonly msPerRow: number;
  usedMs: number;
  longestMs: number;
}

function model(quantumMs: number, msPerRow: number, rowsMax = 1024): Model {
  return { account: new TimeAccount(quantumMs, rowsMax), msPerRow, usedMs: 0, longestMs: 0 };
}

/** One turn: the subtask takes all it is allowed. */
function turn(subtask: Model): number {
  const rows = subtask.account.allowance();
  if (rows === 0) return 0;
  const elapsedMs = rows * subtask.msPerRow;
  subtask.account.charge(rows, elapsedMs);
  subtask.usedMs += elapsedMs;
  subtask.longestMs = Math.max(subtask.longestMs, elapsedMs);
  return rows;
}

describe('time accounts', () => {
  test('share time by weight when both subtasks always have work', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.25, max: 4, noNaN: true }),
        fc.double({ min: 0.25, max: 4, noNaN: true }),
        // A row costs enough that the quantum is the limit, not the largest step.
        fc.double({ min: 0.005, max: 2, noNaN: true }),
        fc.double({ min: 0.005, max: 2, noNaN: true }),
        fc.integer({ min: 50, max: 400 }),
        (weightA, weightB, costA, costB, turns) => {
          const a = model(weightA, costA);
          const b = model(weightB, costB);
          for (let i = 0; i < turns; i++) {
            turn(a);
            turn(b);
          }
          const slackTurns = (one: Model): number =>
            (one.account.quantumMs + one.longestMs) / one.account.quantumMs;
          const turnsA = a.usedMs / weightA;
          const turnsB = b.usedMs / weightB;
          expect(Math.abs(turnsA - turnsB)).toBeLessThanOrEqual(
            slackTurns(a) + slackTurns(b) + 1e-6,
          );
        },
      ),
    );
  });

  test('let the others run after a step of a second, until its time is paid back', () => {
    const greedy = model(1, 1);
    const meek = model(1, 0.001);
    greedy.account.allowance();
    greedy.account.charge(1, 1000);
    let turns = 0;
    while (greedy.account.allowance() === 0) {
      turn(meek);
      turns++;
    }
    expect(turns).toBeGreaterThanOrEqual(998);
    expect(meek.usedMs).toBeGreaterThan(900);
  });

  test('give an idle subtask no credit: after a long wait it gets one quantum', () => {
    const account = new TimeAccount(1, 1024);
    account.allowance();
    account.charge(100, 0.5);
    for (let i = 0; i < 1000; i++) {
      account.allowance();
      account.idle();
    }
    account.allowance();
    expect(account.balanceMs).toBeLessThanOrEqual(1);
  });

  test('keep the debt of a subtask that goes idle', () => {
    const account = new TimeAccount(1, 1024);
    account.allowance();
    account.charge(10, 50);
    const { balanceMs } = account;
    account.idle();
    expect(account.balanceMs).toBe(balanceMs);
  });

  test('allow whole rows, at least one unless in debt and never more than the largest step', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { maxLength: 50 }),
        (rowsMax, elapsed) => {
          const account = new TimeAccount(1, rowsMax);
          for (const elapsedMs of elapsed) {
            const before = account.balanceMs + 1;
            const rows = account.allowance();
            expect(Number.isInteger(rows)).toBe(true);
            expect(rows).toBeLessThanOrEqual(rowsMax);
            expect(rows > 0).toBe(before > 0);
            if (rows > 0) account.charge(rows, elapsedMs);
          }
        },
      ),
    );
  });
});
