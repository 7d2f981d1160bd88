/** Jobs, files and settings that are wrong: a stable code, a hint, a place, and nothing half done. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { ErrorReport } from '../support/cases.ts';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/bad-input.ts', import.meta.url));
}, 90_000);

interface Case {
  readonly name: string;
  readonly code: string;
  readonly text: string;
  readonly hint: string;
  readonly place?: Record<string, unknown>;
}

const inBad = (text: string): unknown => expect.stringMatching(new RegExp(`bad\\.ts:${text}`));
const path = (name: string): unknown => expect.stringMatching(new RegExp(`/${name}$`));

describe('a job module', () => {
  test.each<Case>([
    {
      name: 'noDefault',
      code: 'ERR_GRAPH_NO_DEFAULT',
      text: 'exports only x',
      hint: 'export default job(',
      place: { file: path('no-default.ts') },
    },
    {
      name: 'syntax',
      code: 'ERR_GRAPH_MODULE',
      text: 'SyntaxError',
      hint: 'Correct the module',
      place: { file: path('syntax.ts'), line: 2, column: 11 },
    },
    {
      name: 'absent',
      code: 'ERR_GRAPH_MODULE',
      text: 'Cannot find module',
      hint: 'Correct the module',
      place: { file: path('absent.ts') },
    },
    {
      name: 'build',
      code: 'ERR_GRAPH_BUILD',
      text: 'TypeError: the build function failed',
      hint: 'Correct the job',
      place: { file: path('bad.ts'), source: inBad('\\d+:\\d+') },
    },
    {
      name: 'graph',
      code: 'ERR_GRAPH_FINGERPRINT',
      text: 'planned discard',
      hint: 'depends on time, chance or the thread',
    },
    {
      name: 'strict',
      code: 'ERR_GRAPH_STRICT_TYPES',
      text: 'from numbers to discard',
      hint: 'give the source numbers',
      place: { operator: 'numbers', source: inBad('\\d+:\\d+') },
    },
  ])('in case $name gives $code', (wanted) => holds(wanted));
});

describe('a row', () => {
  const row = '{"id":42}';
  const place = { operator: 'keys', row };
  const hint = 'Let every row have the key';
  test.each<Case>([
    { name: 'keyMissing', code: 'ERR_RECORD_KEY', text: 'got undefined', hint, place },
    { name: 'keyNull', code: 'ERR_RECORD_KEY', text: 'got null', hint, place },
    { name: 'keyObject', code: 'ERR_RECORD_KEY', text: 'got an object', hint, place },
    { name: 'keyNullField', code: 'ERR_RECORD_KEY', text: 'Row.name', hint, place },
    {
      name: 'range',
      code: 'ERR_RECORD_VALUE',
      text: 'field id: expected an integer -2147483648 to 2147483647 (i32), got 2147483648',
      hint: 'a type that fits',
      place: { operator: 'widened', row },
    },
    {
      name: 'large',
      code: 'ERR_EXCHANGE_ROW_TOO_LARGE',
      text: 'the ring has 4096 bytes',
      hint: 'exchange.ring to at least 8192',
      place: { operator: 'texts' },
    },
    {
      name: 'overdraft',
      code: 'ERR_EXCHANGE_OVERDRAFT',
      text: 'the bound is 65536',
      hint: 'exchange.overdraft',
      place: { operator: 'many', row: expect.stringMatching(/^\{"id":[01]\}$/) },
    },
    {
      name: 'function',
      code: 'ERR_RUNTIME_DRIVER_ROW',
      text: 'could not be cloned',
      hint: 'Collect plain data',
      place: { operator: 'collect' },
    },
  ])('in case $name gives $code', (wanted) => holds(wanted));
});

describe('a file', () => {
  test.each<Case>([
    {
      name: 'csvFail',
      code: 'ERR_CONNECTORS_ROW',
      text: 'field id: expected an i32 integer',
      hint: 'Correct the file',
      place: { operator: 'reader', file: path('rows.csv'), line: 3, column: 1, row: 'x,b' },
    },
    {
      name: 'jsonFail',
      code: 'ERR_CONNECTORS_ROW',
      text: 'expected JSON',
      hint: 'Correct the file',
      place: { operator: 'reader', file: path('rows.jsonl'), line: 2, row: '{"id":2,"na' },
    },
    {
      name: 'csvAbsent',
      code: 'ERR_CONNECTORS_FILE',
      text: 'ENOENT',
      hint: 'Check that the file exists',
      place: { operator: 'reader', file: path('absent.csv') },
    },
    {
      name: 'parquetCut',
      code: 'ERR_CONNECTORS_PARQUET',
      text: 'truncated',
      hint: 'written and copied completely',
      place: { operator: 'reader', file: path('cut.parquet') },
    },
    {
      name: 'parquetNone',
      code: 'ERR_CONNECTORS_PARQUET',
      text: 'no Parquet file',
      hint: 'written and copied completely',
      place: { operator: 'reader', file: path('text.parquet') },
    },
  ])('in case $name gives $code', (wanted) => holds(wanted));

  test.each([
    ['csv', 'rows.csv', 3, 'x,b'],
    ['json', 'rows.jsonl', 2, '{"id":2,"na'],
  ])(
    'of %s with a bad row is read around it: skip counts it, sideOutput sends it on',
    (kind, name, line, raw) => {
      expect(program.value(`${kind}Skip`)).toEqual({ ids: [1, 3], bad: [], badRows: 1 });
      expect(program.value(`${kind}Side`)).toEqual({
        ids: [1, 3],
        bad: [
          { raw, line, file: path(name), reason: expect.stringContaining('expected') as unknown },
        ],
        badRows: 1,
      });
    },
  );

  test('that cannot be written is named, and nothing is made', () => {
    const { failure, exists } = program.value<{ failure: ErrorReport; exists: boolean }>('sink');
    expect(failure).toMatchObject({ code: 'ERR_CONNECTORS_SINK', operator: 'writer' });
    expect(failure.message).toContain('ENOENT');
    expect(exists).toBe(false);
  });
});

describe('a job that does not fit', () => {
  test('is refused with the term that is short, and starts nothing', () => {
    const { failure, states, jobs } = program.value<{
      failure: ErrorReport;
      states: string[];
      jobs: number;
    }>('short');
    expect(failure.code).toBe('ERR_PLACEMENT_SHORT');
    expect(failure.message).toContain('state of reduce needs 20 GiB');
    expect(failure.hint).toContain('raise pool.memory');
    expect(states).toEqual([]);
    expect(jobs).toBe(0);
  });
});

describe('a setting', () => {
  test.each<Case>([
    { name: 'configKey', code: 'ERR_CONFIG_KEY', text: 'pool.thread', hint: '"threads"' },
    {
      name: 'configFile',
      code: 'ERR_CONFIG_VALUE',
      text: 'got "many"',
      hint: 'Correct the value',
      place: { file: path('bad.yaml'), line: 2, column: 12 },
    },
    { name: 'configOperator', code: 'ERR_CONFIG_OPERATOR', text: 'nombers', hint: '"numbers"' },
    {
      name: 'configParallelism',
      code: 'ERR_PLAN_SETTING',
      text: 'got 0',
      hint: 'Correct the setting',
    },
  ])('in case $name gives $code', (wanted) => holds(wanted));
});

describe('the engine', () => {
  test('runs the next job after all of this, and the process ends by itself', () => {
    expect(program.value('after')).toBe('finished');
    expect(program.value('close')).toBeUndefined();
    expect(program.value('unhandled')).toEqual([]);
    expect(program.exitCode).toBe(0);
  });
});

function holds({ name, code, text, hint, place = {} }: Case): void {
  const failure = program.value<ErrorReport & { jobs?: number }>(name);
  expect(failure).toMatchObject({ code, ...place });
  expect(failure.message).toContain(text);
  expect(failure.hint).toContain(hint);
  // Nothing of the job is left.
  expect(failure.jobs ?? 0).toBe(0);
}
