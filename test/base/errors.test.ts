import { describe, expect, test } from 'vitest';

import {
  assert,
  EngineError,
  formatError,
  toEngineError,
  unreachable,
} from '../../src/base/index.ts';

const details = { unit: 'bytes', examples: '64MiB', got: '12 pints' };

describe('an engine error', () => {
  test('fills its message from the details', () => {
    const error = new EngineError('ERR_BASE_UNIT', details);
    expect(error.message).toBe('Expected bytes such as 64MiB, got 12 pints');
    expect(error).toMatchObject({ code: 'ERR_BASE_UNIT', name: 'EngineError', retryable: false });
  });

  test('is the same after crossing threads as plain data', () => {
    const error = new EngineError('ERR_BASE_UNIT', details, {
      cause: new TypeError('no such unit'),
      place: { file: 'job.ts', line: 3 },
    });
    const back = EngineError.fromPlain(structuredClone(error.toPlain()));
    expect(back).toBeInstanceOf(EngineError);
    expect(back.toPlain()).toEqual(error.toPlain());
    expect(back.message).toBe(error.message);
    expect((back.cause as Error).name).toBe('TypeError');
  });

  test('crosses threads whatever its details hold', () => {
    const wild = { n: 1n, f: () => 0, s: Symbol('x'), e: new Error('inner') };
    const plain = new EngineError('ERR_BASE_UNEXPECTED', { reason: wild }).toPlain();
    expect(() => structuredClone(plain)).not.toThrow();
    expect(plain.details).toMatchObject({ reason: { n: '1n', s: 'Symbol(x)', e: 'inner' } });
  });

  test('learns more of its place without losing what it knew', () => {
    const error = new EngineError('ERR_BASE_UNIT', details, { place: { line: 3 } });
    const moved = error.at({ file: 'job.ts', line: 9 });
    expect(moved.place).toEqual({ file: 'job.ts', line: 3 });
    expect(moved.stack).toBe(error.stack);
  });

  test('prints headline, place, cause and hint', () => {
    const error = new EngineError('ERR_BASE_UNIT', details, {
      cause: new Error('why'),
      place: { file: 'job.ts', line: 3, column: 7, operator: 'filter', subtask: 1 },
    });
    expect(formatError(error).split('\n')).toEqual([
      'ERR_BASE_UNIT: Expected bytes such as 64MiB, got 12 pints',
      '  at job.ts:3:7',
      '  operator: filter, subtask 1',
      '  cause: Error: why',
      '  hint: Write a number with its unit.',
    ]);
  });
});

test('whatever was thrown becomes an engine error; one that is already stays itself', () => {
  const known = new EngineError('ERR_BASE_UNIT', details);
  expect(toEngineError(known)).toMatchObject({ code: 'ERR_BASE_UNIT' });
  expect(toEngineError('text')).toMatchObject({
    code: 'ERR_BASE_UNEXPECTED',
    message: 'Unexpected failure: text',
  });
  expect(toEngineError(new Error('boom')).cause).toBeInstanceOf(Error);
});

test('a failed assertion is a bug of the engine and says so', () => {
  expect(() => assert(true, 'holds')).not.toThrow();
  expect(() => assert(false, 'two is one')).toThrow(
    expect.objectContaining({
      code: 'ERR_BASE_INVARIANT',
      message: 'An invariant of the engine does not hold: two is one',
    }),
  );
  expect(() => unreachable('x' as never)).toThrow('unreachable case "x"');
});
