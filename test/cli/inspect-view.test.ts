/** What is shown of checkpoints, running jobs and upgrades, against files in test/golden. */

import { describe, expect, test } from 'vitest';

import { EngineError } from '../../src/base/index.ts';
import type { Manifest } from '../../src/checkpoint/index.ts';
import { exportJson, lineExport } from '../../src/cli/export-lines.ts';
import { checkpointLines, fbsOf, operatorLines, typeLines } from '../../src/cli/inspect-view.ts';
import { jobLines } from '../../src/cli/job-table.ts';
import { chooseJob } from '../../src/cli/running-jobs.ts';
import type { FoundJob } from '../../src/cli/running-jobs.ts';
import { styleOf } from '../../src/cli/style.ts';
import { textWidth } from '../../src/cli/text.ts';
import { upgradeLines } from '../../src/cli/upgrade-view.ts';
import type { UpgradeReport } from '../../src/control/index.ts';
import { bool, bytes, f64, i64, nullable, record, utf8 } from '../../src/record/index.ts';
import type { FoundCheckpoint, SavepointOperator } from '../../src/savepoint/index.ts';
import { FakeTerminal } from './terminal.ts';

const style = styleOf(new FakeTerminal(80, 24), { LANG: 'C.UTF-8' }, { noColor: true });
const Total = record('Total', { visits: i64, spent: f64, vip: nullable(bool) });
const NOW = Date.UTC(2026, 1, 3, 4, 5, 6);

const section = { file: 'f', offset: 8, bytes: 5000, checksum: 1, indexBytes: 20, pieces: 2 };
const held = { name: 'x', redistribution: 'split', section } as const;
const manifest = (checkpoint: number): Manifest => ({
  version: 2 as Manifest['version'],
  kind: 'checkpoint',
  checkpoint,
  job: 'visits',
  graphFingerprint: 'g',
  triggeredAtMs: NOW - 1200,
  completedAtMs: NOW,
  operators: [],
  subtasks: [
    {
      head: 'visits',
      index: 0,
      parallelism: 1,
      finished: false,
      splits: undefined,
      operators: { totals: { keyed: [], operator: [held] } },
      inFlight: [],
    },
  ],
});
const damage = { file: 'chk-000000000011-s0-0.state', offset: 4096, expected: 'a', got: 'b' };
const found: readonly FoundCheckpoint[] = [
  { checkpoint: 10, file: 'chk-10', manifest: manifest(10), error: undefined },
  {
    checkpoint: 11,
    file: 'chk-11',
    manifest: manifest(11),
    error: new EngineError('ERR_CHECKPOINT_DAMAGED', damage),
  },
];

const nothing = {
  parallelism: 2,
  maxParallelism: 128,
  keyType: undefined,
  states: [],
  operatorStates: [],
  keyedBytes: 0,
  keyGroups: 0,
  bytesBySubtask: [],
  positions: undefined,
  rowsInFlight: 0,
} satisfies Partial<SavepointOperator>;
const totals: SavepointOperator = {
  ...nothing,
  uid: 'totals',
  name: 'totals of each user, by the hour',
  keyType: record('Key', { k0: utf8 }).descriptor,
  states: [
    { name: 'total', kind: 'value', type: Total.descriptor, expires: true },
    { name: 'event-timers', kind: 'timers', type: undefined, expires: false },
  ],
  operatorStates: [{ name: 'rules', redistribution: 'broadcast', elements: 3, bytes: 300 }],
  keyedBytes: 5_000_000,
  keyGroups: 3,
  bytesBySubtask: [2_000_000, 3_000_000],
  rowsInFlight: 2,
};
const operators = [
  {
    operator: {
      ...nothing,
      uid: 'visits',
      name: 'visits',
      positions: { 'a.csv': { at: 1024 }, 'b.csv': { read: true } },
    },
    keys: new Map<number, number>(),
  },
  {
    operator: totals,
    keys: new Map([
      [0, 10],
      [7, 12],
      [9, 3000],
    ]),
  },
  { operator: { ...nothing, uid: 'p', name: 'print' }, keys: new Map<number, number>() },
];

const checkpoint = {
  checkpoint: 12,
  kind: 'checkpoint',
  folder: '/c/visits',
  completedAtMs: NOW - 2000,
  durationMs: 12,
  bytes: 4096,
} as const;
const job = (id: number, name: string, more: Partial<FoundJob['job']> = {}): FoundJob => ({
  entry: { pid: 4711, address: 'a', file: 'f' },
  id: `4711-${id}`,
  job: {
    id,
    name,
    state: 'running',
    submittedAtMs: NOW - 3_600_000,
    stateSinceMs: NOW,
    restarts: 0,
    checkpoints: 12,
    savepoints: 0,
    latest: checkpoint,
    checkpointFolder: `/c/${name}`,
    ...more,
  },
});
const jobs = [
  job(0, 'visits'),
  job(1, 'a job with a name that is rather long', { latest: null, savepoints: 2 }),
];

const note = { field: 'vip', note: 'appended: rows without it read as null' };
const upgrade: UpgradeReport = {
  job: 'visits',
  folder: '/backups/savepoint-visits-12',
  checkpoint: 12,
  compatible: false,
  operators: [
    {
      uid: 'totals',
      name: 'totals',
      fate: 'restored',
      parallelism: { before: 2, after: 4 },
      states: [
        { name: 'total', kind: 'value', fate: 'evolved', notes: [note] },
        { name: 'pages', kind: 'map', fate: 'incompatible', notes: [] },
        { name: 'old', kind: 'list', fate: 'unclaimed', notes: [] },
      ],
    },
    {
      uid: 'n',
      name: 'new',
      fate: 'new',
      parallelism: { before: undefined, after: 1 },
      states: [],
    },
    {
      uid: 'o',
      name: 'old',
      fate: 'dropped',
      parallelism: { before: 1, after: undefined },
      states: [],
    },
  ],
  problems: [{ uid: 'totals', error: new EngineError('ERR_STATE_PART_KIND', {}) }],
};

describe.each([40, 80, 120])('at %i columns', (columns) => {
  test('checkpoints, operators, jobs and upgrades are as agreed', async () => {
    const lines = [
      ...checkpointLines(found, style, columns),
      '',
      ...operatorLines(operators, style, columns),
      '',
      ...jobLines(jobs, NOW, style, columns),
      '',
      ...upgradeLines(upgrade, style, columns),
    ];
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
      `../golden/cli-savepoints-${columns}.txt`,
    );
  });
});

test('record types are a schema; those that none can say are JSON', () => {
  expect(typeLines([totals])).toContain('table Total {');
  const other = record('Total', { blob: bytes });
  expect(fbsOf([Total.descriptor, other.descriptor]).match(/^table Total/gm)).toHaveLength(2);
});

describe('exported values', () => {
  test('are JSON, and text where JSON has no word', () => {
    const value = [12n, NaN, -Infinity, new Uint8Array([1, 2]), new Map([['a', 1]]), new Set([2])];
    expect(exportJson(value)).toBe('["12","NaN","-Infinity","AQI=",[["a",1]],[2]]');
    expect(exportJson(undefined)).toBe('null');
  });

  test('are columns of CSV: fields of rows, or one value', () => {
    const [total, timers] = totals.states;
    const rows = lineExport('csv', totals, total);
    expect(rows.head).toBe('key,visits,spent,vip\n');
    const values = { total: { visits: 3, spent: 0.5, vip: null } };
    expect(rows.line({ key: 'a "b", c', keyGroup: 0, values })).toBe('"a ""b"", c",3,0.5,\n');
    const list = lineExport('csv', totals, timers);
    const due = { 'event-timers': [{ namespace: 0, time: 5 }] };
    expect(list.line({ key: 'a', keyGroup: 0, values: due })).toBe(
      'a,"[{""namespace"":0,""time"":5}]"\n',
    );
  });

  test('have a column for each part of the key', () => {
    const keyType = record('Key', { k0: utf8, k1: i64 }).descriptor;
    const { head, line } = lineExport('csv', { ...totals, keyType }, undefined);
    expect(head).toBe('key0,key1,total,event-timers\n');
    expect(line({ key: ['a', 1], keyGroup: 0, values: {} })).toBe('a,1,,\n');
  });
});

describe('the job that is meant', () => {
  const choose = (wanted: string | undefined, among = jobs): string =>
    chooseJob(among, wanted, '/c', 'stop').id;

  test('is found by name, by ID, by the folder of its checkpoints, or as the only one', () => {
    expect(choose('visits')).toBe('4711-0');
    expect(choose('4711-1')).toBe('4711-1');
    expect(choose('/c/visits')).toBe('4711-0');
    expect(choose('visits/')).toBe('4711-0');
    expect(choose(undefined, jobs.slice(0, 1))).toBe('4711-0');
  });

  test.each([
    ['vists', jobs, 'Did you mean visits?'],
    [undefined, jobs, 'Give one of the IDs: `millrace stop 4711-0`.'],
    ['visits', [jobs[0]!, job(2, 'visits')], 'Give one of the IDs: `millrace stop 4711-0`.'],
    ['visits', [], '`control: true`'],
  ])('%s is an error with what to do', (wanted, among, hint) => {
    expect(() => choose(wanted, among)).toThrow(
      expect.objectContaining({
        code: 'ERR_CLI_JOB',
        hint: expect.stringContaining(hint) as string,
      }),
    );
  });
});
