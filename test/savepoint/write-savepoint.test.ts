/** Savepoints made of rows, and what is refused of those that are there. */

import { describe, expect, test } from 'vitest';

import {
  aggregatingState,
  listState,
  mapState,
  reducingState,
  valueState,
} from '../../src/index.ts';
import { f64, i32, record, utf8 } from '../../src/record/index.ts';
import { openSavepoint, writeSavepoint } from '../../src/savepoint/index.ts';
import type { NewOperator, Savepoint } from '../../src/savepoint/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const path = temporaryFolder();
const Visit = record('Visit', { user: utf8, page: i32 });
const Total = record('Total', { visits: i32, spent: f64 });

const total = valueState('total', { type: Total });
const operator: NewOperator = {
  uid: 'totals',
  input: { type: Visit, keyBy: ['user'] },
  states: [
    {
      state: total,
      entries: [
        ['ann', { visits: 3, spent: 1.5 }],
        ['bob', { visits: 1, spent: 0 }],
      ],
    },
    {
      state: listState('pages', { type: Total, ttl: { after: '1d' } }),
      entries: [['ann', [{ visits: 1, spent: 0 }]]],
    },
    { state: listState('notes'), entries: [['cid', ['new', 'old']]] },
    {
      state: mapState('counts'),
      entries: [
        [
          'ann',
          [
            ['home', 2],
            ['help', 1],
          ],
        ],
      ],
    },
    { state: reducingState<number>('most', Math.max), entries: [['bob', 7]] },
  ],
};
const functions: NewOperator = {
  uid: 'by function',
  states: [
    {
      state: valueState<string>('last'),
      entries: [
        [['a', 1], 'x'],
        [['b', 2], 'y'],
      ],
    },
  ],
};

async function held(savepoint: Savepoint, uid: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for await (const { key, values } of savepoint.keys(uid)) found[JSON.stringify(key)] = values;
  return found;
}

describe('a savepoint of rows', () => {
  test('holds them by key, in every kind of state', async () => {
    const { folder } = await writeSavepoint(path('all'), {
      job: 'visits',
      maxParallelism: 16,
      operators: [operator, functions],
    });
    const savepoint = await openSavepoint(folder);
    expect(savepoint).toMatchObject({ job: 'visits', kind: 'savepoint', folder: path('all') });
    expect(await held(savepoint, 'totals')).toEqual({
      '"ann"': {
        total: { visits: 3, spent: 1.5 },
        pages: [{ visits: 1, spent: 0 }],
        counts: [
          ['home', 2],
          ['help', 1],
        ],
      },
      '"bob"': { total: { visits: 1, spent: 0 }, most: 7 },
      '"cid"': { notes: ['new', 'old'] },
    });
    expect(await held(savepoint, 'by function')).toEqual({
      '["a",1]': { last: 'x' },
      '["b",2]': { last: 'y' },
    });
    expect([...(await savepoint.keyCounts('totals')).values()].reduce((a, b) => a + b)).toBe(3);
    await savepoint.verify();
  });

  test('never replaces another', async () => {
    const what = { job: 'visits', maxParallelism: 16, operators: [operator] };
    await writeSavepoint(path('once'), what);
    await expect(writeSavepoint(path('once'), what)).rejects.toMatchObject({
      code: 'ERR_SAVEPOINT_EXISTS',
    });
  });

  test('refuses two states of one name', async () => {
    const twice = { ...operator, states: [operator.states[0]!, operator.states[0]!] };
    const what = { job: 'visits', maxParallelism: 16, operators: [twice] };
    await expect(writeSavepoint(path('twice'), what)).rejects.toMatchObject({
      code: 'ERR_STATE_NAME',
    });
  });
});

describe('a changed copy', () => {
  const begun = async (name: string): Promise<Savepoint> => {
    const what = { job: 'visits', maxParallelism: 16, operators: [operator, functions] };
    const { folder } = await writeSavepoint(path(name), what);
    return openSavepoint(folder);
  };

  test('of removed operators and states has what is left', async () => {
    const savepoint = await begun('less');
    const { folder } = await savepoint
      .transform()
      .remove('by function')
      .removeState('totals', 'total')
      .removeState('totals', 'pages')
      .keepKeys('totals', (key) => key !== 'cid')
      .write(path('less-copy'));
    const copy = await openSavepoint(folder);
    expect(copy.operators().map(({ uid }) => uid)).toEqual(['totals']);
    expect(await held(copy, 'totals')).toEqual({
      '"ann"': {
        counts: [
          ['home', 2],
          ['help', 1],
        ],
      },
      '"bob"': { most: 7 },
    });
  });

  test('without changes has all', async () => {
    const savepoint = await begun('same');
    const copy = await openSavepoint((await savepoint.transform().write(path('same-copy'))).folder);
    for (const { uid } of savepoint.operators()) {
      expect(await held(copy, uid)).toEqual(await held(savepoint, uid));
    }
  });

  test('cannot have two operators of one uid', async () => {
    const savepoint = await begun('uids');
    const write = savepoint.transform().rename('totals', 'by function').write(path('uids-copy'));
    await expect(write).rejects.toMatchObject({ code: 'ERR_SAVEPOINT_STATE' });
  });

  test('refuses a value that is not of the record type', async () => {
    const savepoint = await begun('typed');
    const wrong = savepoint.transform().change('totals', 'total', () => ({ visits: 'many' }));
    await expect(wrong.write(path('typed-copy'))).rejects.toMatchObject({
      code: 'ERR_RECORD_VALUE',
    });
  });
});

test('state of a user’s own aggregate is its accumulator', async () => {
  const sum = {
    create: () => ({ sum: 0 }),
    add: (acc: { sum: number }, value: number) => ({ sum: acc.sum + value }),
    merge: (a: { sum: number }, b: { sum: number }) => ({ sum: a.sum + b.sum }),
    result: (acc: { sum: number }) => acc.sum,
  };
  const state = aggregatingState('sum', sum);
  const operators = [{ uid: 'sums', states: [{ state, entries: [['a', { sum: 3 }]] as const }] }];
  const { folder } = await writeSavepoint(path('sums'), { job: 'j', maxParallelism: 2, operators });
  const savepoint = await openSavepoint(folder);
  expect(await held(savepoint, 'sums')).toEqual({ '"a"': { sum: { sum: 3 } } });
});
