/** Law: what was thrown can be told, whatever it is; nothing here throws. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thrownMessage, thrownText } from '../../src/base/index.ts';

describe('what was thrown', () => {
  test('is told by name, message and stack when it is an error', () => {
    const error = new RangeError('boom');
    expect(thrownText(error)).toEqual({ name: 'RangeError', message: 'boom', stack: error.stack });
  });

  test('is told as text when it is anything else', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        expect(typeof thrownMessage(value)).toBe('string');
      }),
    );
  });

  test('is told as not readable when it cannot be read', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(thrownMessage(cyclic)).toBe('(object, not readable)');
    const error = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('trapped');
      },
    });
    expect(thrownMessage(error)).toBe('(object, not readable)');
  });

  test('is text, also where a name or message is none', () => {
    const error = Object.assign(new Error('x'), { message: 5, name: { a: 1 }, stack: 7 });
    expect(thrownText(error)).toEqual({ name: '[object Object]', message: '5', stack: undefined });
  });
});
