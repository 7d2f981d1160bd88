/** How what user code threw is told: code, place, row, and the user's own line. */

import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/base/index.ts';
import { Memory, compileCodec, f64, i32, i64, record, utf8 } from '../../src/record/index.ts';
import { rowText, userError, userFrame } from '../../src/runtime/user-error.ts';

const place = { operator: 'map', subtask: 3, row: '{"id":1}' };
const root = new URL('../..', import.meta.url).pathname;

function withStack(stack: string): Error {
  const error = new Error('x');
  error.stack = stack;
  return error;
}

describe('an error of user code', () => {
  test('becomes ERR_RUNTIME_USER_FUNCTION with its place, and stays its cause', () => {
    const cause = new RangeError('boom');
    const error = userError(cause, place);
    expect(error.code).toBe('ERR_RUNTIME_USER_FUNCTION');
    expect(error.message).toBe('A user function of operator map threw RangeError: boom');
    expect(error.place).toMatchObject(place);
    expect(error.cause).toBe(cause);
  });

  test('of the engine keeps its code and what it knows of its place, and gains the rest', () => {
    const known = new EngineError('ERR_EXCHANGE_ROUTE', { got: 'NaN' }, { place: { row: 'x' } });
    const error = userError(known, place);
    expect(error.code).toBe('ERR_EXCHANGE_ROUTE');
    expect(error.place).toEqual({ operator: 'map', subtask: 3, row: 'x' });
  });

  test.each([
    ['a text', 'no', 'no'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 7, '7'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object', { a: 1n }, '{"a":"1"}'],
    ['an object without a prototype', Object.create(null) as object, '{}'],
  ])('may be %s', (_, thrown, text) => {
    const { message, place: where } = userError(thrown, { ...place, row: undefined });
    expect(message).toBe(`A user function of operator map threw ${text}`);
    expect(where).toEqual({ operator: 'map', subtask: 3 });
  });

  test('that cannot be read is told all the same, and crosses threads', () => {
    const trap = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('trapped');
      },
    });
    const plain = userError(trap, place).toPlain();
    expect(plain.code).toBe('ERR_RUNTIME_USER_FUNCTION');
    expect(structuredClone(plain)).toEqual(plain);
  });
});

describe('the line of user code', () => {
  test.each([
    ['of a named function', '    at fn (file:///home/me/job.ts:12:20)', '/home/me/job.ts:12:20'],
    ['of an arrow function', '    at file:///home/me/job.ts:1:2', '/home/me/job.ts:1:2'],
    ['of an async function', '    at async file:///home/me/job.ts:3:4', '/home/me/job.ts:3:4'],
    ['of a constructor', '    at new Foo (/home/me/a b/job.ts:5:6)', '/home/me/a b/job.ts:5:6'],
  ])('%s is found', (_, frame, found) => {
    expect(userFrame(withStack(`Error: x\n${frame}`))).toBe(found);
  });

  test('is the first that belongs neither to the engine nor to Node', () => {
    const stack = [
      'Error: x',
      '    at JSON.parse (<anonymous>)',
      '    at node:internal/process/task_queues:105:5',
      `    at SourceHead.step (file://${root}src/runtime/source-head.ts:1:1)`,
      `    at file://${root}src/examples/airport-delays.ts:30:3`,
      '    at file:///home/me/job.ts:1:2',
    ].join('\n');
    expect(userFrame(withStack(stack))).toBe(`${root}src/examples/airport-delays.ts:30:3`);
  });

  test.each([
    ['a text', 'at file:///home/me/job.ts:1:2'],
    ['an error without a stack', Object.assign(new Error('x'), { stack: undefined })],
    ['a stack of the engine alone', withStack(`Error\n    at file://${root}src/graph/job.ts:1:1`)],
    ['a stack that is none', withStack('nothing:to:see')],
  ])('is not found in %s', (_, thrown) => {
    expect(userFrame(thrown)).toBeUndefined();
  });
});

describe('the text of a row', () => {
  test('is JSON, with what JSON has no word for', () => {
    expect(rowText({ a: 1n, b: new Uint8Array(3), c: [null, 'é'] })).toBe(
      '{"a":"1n","b":"bytes(3)","c":[null,"é"]}',
    );
    expect(rowText('text')).toBe('"text"');
    expect(rowText(undefined)).toBe('undefined');
    expect(rowText({ f: () => 1 })).toBe('{"f":"() => 1"}');
  });

  test('of a view is that of the row it looks at', () => {
    const codec = compileCodec(record('Row', { id: i32, when: i64, text: utf8, x: f64 }));
    const memory = Memory.ofBytes(256);
    const row = { id: 1, when: 5, text: 'é', x: 0.5 };
    const bytes = codec.write(row, memory, 8);
    memory.i32[0] = bytes;
    const view = codec.createView();
    view.bind(memory);
    view.at = 8;
    expect(JSON.parse(rowText(view))).toEqual(row);
  });

  test('is cut off, and says how long it was', () => {
    const text = rowText('x'.repeat(2000));
    expect(text).toHaveLength(500 + '… (2002 characters)'.length);
    expect(text.endsWith('… (2002 characters)')).toBe(true);
  });

  test('says so when the row cannot be read', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(rowText(cyclic)).toMatch(/^\(not readable: .*circular/);
    const trap = {
      get x(): number {
        throw new Error('no');
      },
    };
    expect(rowText(trap)).toBe('(not readable: no)');
  });
});
