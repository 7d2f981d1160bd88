/** The plan before a run and the report after it, against files in test/golden. */

import { describe, expect, test } from 'vitest';

import { planSummary } from '../../src/cli/plan-summary.ts';
import { reportLines } from '../../src/cli/report.ts';
import type { RunOutcome } from '../../src/cli/report.ts';
import { styleOf } from '../../src/cli/style.ts';
import { textWidth } from '../../src/cli/text.ts';
import { warningText } from '../../src/cli/warnings.ts';
import { place, resolveConfig } from '../../src/placement/index.ts';
import type { Placement } from '../../src/placement/index.ts';
import { buildMachine } from '../placement/plan-builder.ts';
import { FakeOutput } from './fake-io.ts';
import { running } from './running-job.ts';
import { FakeTerminal } from './terminal.ts';

const style = styleOf(new FakeTerminal(80, 24), { LANG: 'C.UTF-8' }, { noColor: true });
const config = await resolveConfig({ pool: { threads: 2, heap: '64MiB' } });
const placement = place(running.plan, buildMachine(2, 2 ** 31), config) as Placement;

const outcome: RunOutcome = {
  plan: running.plan,
  state: 'finished',
  durationMs: 1370,
  restarts: 0,
  failures: [],
  startMs: 120,
  metrics: running.metrics,
  workers: [
    { worker: 0, cpuMs: 1210, heapUsedBytes: 15 * 2 ** 20 },
    { worker: 1, cpuMs: 1040, heapUsedBytes: 12 * 2 ** 20 },
  ],
  latency: {
    count: 46,
    meanUs: 9000,
    p50Us: 4200,
    p90Us: 21_000,
    p99Us: 48_000,
    p999Us: 48_000,
    p9999Us: 48_000,
    maxUs: 48_100,
  },
  memoryMaxBytes: 220 * 2 ** 20,
  warnings: [],
};

describe.each([40, 80, 120])('at %i columns', (columns) => {
  test('the plan is as agreed', async () => {
    const lines = planSummary(running.plan, placement, style, columns);
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../golden/cli-plan-${columns}.txt`);
  });

  test('the report is as agreed', async () => {
    const lines = reportLines(outcome, style, columns);
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
      `../golden/cli-report-${columns}.txt`,
    );
  });
});

describe('a warning', () => {
  const warning = {
    code: 'WARN_GRAPH_GENERIC_CODEC',
    message: 'rows from map to print have no record type and are cloned one by one',
    operator: 'map',
    location: 'job.ts:3:4',
  };

  test('is one line where it may be searched', () => {
    const pipe = new FakeOutput();
    expect(warningText(warning, style.paint, pipe, '  ')).toBe(
      `  WARN_GRAPH_GENERIC_CODEC: ${warning.message} (job.ts:3:4)\n`,
    );
  });

  test('is broken at words on a terminal', () => {
    const lines = warningText(warning, style.paint, new FakeTerminal(60, 24)).split('\n');
    expect(lines).toHaveLength(3);
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(60);
  });
});

test('failures that the job went on after are told, the last three', () => {
  const failures = [1, 2, 3, 4].map((attempt) => ({
    atMs: 0,
    error: new RangeError(`boom ${attempt}`),
    restartDelayMs: 100,
    attempt,
    operator: attempt === 4 ? undefined : 'parse',
    subtask: 0,
    recovery:
      attempt === 2
        ? undefined
        : { checkpoint: attempt === 1 ? undefined : attempt, durationMs: 1200, redoneMs: 300 },
  }));
  const lines = reportLines({ ...outcome, failures }, style, 80).map((line) => line.trim());
  expect(lines.slice(lines.findIndex((line) => line.startsWith('failed'))).slice(0, 6)).toEqual([
    'failed  attempt 1, on from the beginning after 1.2 s, 300 ms done again',
    'parse: boom 1',
    'attempt 3, on from checkpoint 3 after 1.2 s, 300 ms done again',
    'parse: boom 3',
    'attempt 4, on from checkpoint 4 after 1.2 s, 300 ms done again',
    'the job: boom 4',
  ]);
});
