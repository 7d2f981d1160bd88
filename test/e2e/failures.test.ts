/** What happens when user code fails, on real threads. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { ErrorReport } from '../support/cases.ts';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/failures.ts', import.meta.url));
}, 90_000);

type Failure = ErrorReport & { readonly neighbour: string };

const ROW = '{"key":0,"value":700}';
const SOURCE = /\/test\/e2e\/jobs\/failing\.ts:\d+:\d+$/;

describe.each(['generated', 'interpreted'])(
  'with %s drivers, a user function that throws',
  (mode) => {
    test.each([
      { where: 'generator', operator: 'generator', row: undefined },
      { where: 'timestamp', operator: 'generator', row: ROW },
      { where: 'filter', operator: 'filter', row: ROW },
      { where: 'map', operator: 'map', row: ROW },
      // A key is found where the row leaves, so the error names the producer.
      { where: 'keyBy', operator: 'map', row: ROW },
      { where: 'reduce', operator: 'reduce', row: ROW },
      { where: 'process', operator: 'process', row: ROW },
      { where: 'watermark', operator: 'process', row: undefined },
      { where: 'open', operator: 'process', row: undefined },
      { where: 'finish', operator: 'process', row: undefined },
      { where: 'close', operator: 'process', row: undefined },
    ])('in $where is named by operator, row and line, and fails its job alone', (wanted) => {
      const failure = program.value<Failure>(`${mode} ${wanted.where}`);
      expect(failure).toMatchObject({
        code: 'ERR_RUNTIME_USER_FUNCTION',
        message: `A user function of operator ${wanted.operator} threw RangeError: boom`,
        operator: wanted.operator,
        cause: 'RangeError: boom',
        neighbour: 'running',
      });
      expect([0, 1]).toContain(failure.subtask);
      expect(failure.row).toBe(wanted.row);
      expect(failure.source).toMatch(SOURCE);
    });

    test.each([
      { where: 'sink', code: 'ERR_CONNECTORS_CALLBACK', operator: 'callback', row: ROW },
      { where: 'asyncSink', code: 'ERR_CONNECTORS_CALLBACK', operator: 'callback', row: undefined },
      {
        where: 'iterable',
        code: 'ERR_CONNECTORS_ITERABLE',
        operator: 'asyncIterable',
        row: undefined,
      },
    ])('in $where keeps the code of its connector', ({ where, code, operator, row }) => {
      const failure = program.value<Failure>(`${mode} ${where}`);
      expect(failure).toMatchObject({
        code,
        operator,
        cause: 'RangeError: boom',
        neighbour: 'running',
      });
      expect(failure.row).toBe(row);
      expect(failure.source).toMatch(SOURCE);
    });
  },
);

describe('a thrown value that is no proper error', () => {
  test.each([
    ['text', 'just a text'],
    ['nothing', 'undefined'],
    ['bare', '{}'],
    ['trap', '(object, not readable)'],
    ['cyclic', 'cyclic'],
  ])('is reported, be it %s', (what, text) => {
    const thrown = program.value<Failure>(`thrown ${what}`);
    expect(thrown).toMatchObject({ code: 'ERR_RUNTIME_USER_FUNCTION', neighbour: 'running' });
    expect(thrown.message.endsWith(text)).toBe(true);
    const rejected = program.value<Failure>(`rejected ${what}`);
    expect(rejected).toMatchObject({ code: 'ERR_CONNECTORS_ITERABLE', neighbour: 'running' });
    expect(rejected.message).toBe(`The iterable of a source failed after 2 items: ${text}`);
  });
});

describe('two failures', () => {
  test('of one subtask, in map and then in close: the first is told', () => {
    expect(program.value<Failure>('thrown close too').message).toBe(
      'A user function of operator map threw RangeError: boom',
    );
  });

  test('of two subtasks at once: one is told, the job ends', () => {
    const { failures, jobs } = program.value<{ failures: ErrorReport[]; jobs: number }>('bothFail');
    expect(failures).toHaveLength(10);
    for (const { code, cause } of failures) {
      expect(code).toBe('ERR_RUNTIME_USER_FUNCTION');
      expect(['Error: both 500', 'Error: both 1500']).toContain(cause);
    }
    expect(jobs).toBe(0);
  });
});

describe('user code that ends its thread', () => {
  test.each([
    ['exit', 'ERR_CONTROL_WORKER_EXIT', 'worker exited with code: 3'],
    ['rejection', 'ERR_CONTROL_WORKER_EXIT', 'nobody handles this'],
    ['timer', 'ERR_CONTROL_WORKER_EXIT', 'thrown by a timer'],
    ['heap', 'ERR_CONTROL_WORKER_HEAP', 'its limit is 64 MiB'],
  ])('by %s fails the jobs it hosted and no other, and the engine goes on', (how, code, text) => {
    const died = program.value<{ failure: ErrorReport }>(how);
    expect(died).toMatchObject({
      state: 'failed',
      survivor: 'running',
      again: 500,
      alive: [true, true],
    });
    expect(died.failure.code).toBe(code);
    expect(died.failure.message).toContain('Worker thread 1');
    expect(died.failure.message).toContain(text);
    expect(died.failure.operator).toContain('deadly');
  });

  test('within a step is told with the operator that did it and its subtask', () => {
    const { failure } = program.value<{ failure: ErrorReport }>('exit');
    expect(failure).toMatchObject({ operator: 'deadly', subtask: 0 });
    expect(failure.message).toContain(' in operator deadly of job deadly: ');
  });

  test('or tries to, by an abort or a stack that overflows, fails its job alone', () => {
    for (const [how, cause] of [
      ['overflow', 'RangeError: Maximum call stack size exceeded'],
      ['abort', 'TypeError: process.abort() is not supported in workers'],
    ] as const) {
      const tried = program.value<{ failure: ErrorReport }>(how);
      expect(tried).toMatchObject({ survivor: 'running', again: 500, alive: [true, true] });
      expect(tried.failure).toMatchObject({
        code: 'ERR_RUNTIME_USER_FUNCTION',
        operator: 'deadly',
        subtask: 0,
        cause,
      });
    }
  });

  test('does nothing to a job on the other thread: its output is exact, and it never restarts', () => {
    expect(program.value('neighbour')).toEqual({
      state: 'finished',
      restarts: 0,
      rows: 1500,
      exact: true,
      failures: 0,
    });
  });
});

describe('the smallest heap', () => {
  test('runs a job', () => {
    expect(program.value('smallestHeap')).toBe('finished');
  });
});

describe('the process', () => {
  test('ends by itself, and nothing was left unhandled', () => {
    expect(program.value('close')).toBeUndefined();
    expect(program.value('unhandled')).toEqual([]);
    expect(program.exitCode).toBe(0);
  });
});
