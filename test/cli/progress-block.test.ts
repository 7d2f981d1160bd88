/** The block a terminal shows, against files in test/golden at four widths, and its laws. */

import { describe, expect, test } from 'vitest';
import fc from 'fast-check';

import { barText, progressBlock } from '../../src/cli/progress-block.ts';
import { progressLine } from '../../src/cli/progress-line.ts';
import type { ProgressState } from '../../src/cli/progress-state.ts';
import { paintOf, styleOf } from '../../src/cli/style.ts';
import { textWidth } from '../../src/cli/text.ts';
import { FakeTerminal } from './terminal.ts';
import { running } from './running-job.ts';

const terminal = new FakeTerminal(80, 24);
const unicode = styleOf(terminal, { LANG: 'C.UTF-8', NO_COLOR: '1' }, { noColor: false });
const ascii = styleOf(terminal, { LANG: 'C' }, { noColor: true });
const colored = styleOf(terminal, { LANG: 'C.UTF-8', TERM: 'xterm' }, { noColor: false });

describe('the block of a running job', () => {
  test.each([30, 40, 80, 120])('is as agreed at %i columns', async (columns) => {
    const lines = progressBlock(running, unicode, { columns, rows: 24 });
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
      `../golden/cli-progress-${columns}.txt`,
    );
  });

  test('is ASCII where the locale is not UTF-8', () => {
    const lines = progressBlock(running, ascii, { columns: 80, rows: 24 });
    expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
  });

  test('has colors on a terminal, which change no width', () => {
    const plain = progressBlock(running, unicode, { columns: 80, rows: 24 });
    const lines = progressBlock(running, colored, { columns: 80, rows: 24 });
    expect(lines.join('')).toContain('\u001B[32m');
    expect(lines.map(textWidth)).toEqual(plain.map(textWidth));
  });

  test('law: no line is wider than columns, and there are at most rows lines', () => {
    const width = fc.integer({ min: 20, max: 200 });
    fc.assert(
      fc.property(width, fc.integer({ min: 1, max: 30 }), fc.string(), (columns, rows, name) => {
        const progress = renamed(running, name);
        const lines = progressBlock(progress, colored, { columns, rows });
        expect(lines.length).toBeLessThanOrEqual(rows);
        expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns);
      }),
    );
  });

  test('counts the operators that have no room', () => {
    const lines = progressBlock(running, unicode, { columns: 80, rows: 6 });
    expect(lines).toHaveLength(6);
    expect(lines[4]).toBe('  and 3 operators more');
  });

  test('shows a name without what would move the cursor', () => {
    const text = progressBlock(renamed(running, 'a\u001B[2Jb\nc'), unicode, {
      columns: 80,
      rows: 24,
    }).join('\n');
    expect(text).not.toContain('\u001B');
    expect(text).toContain('ab c');
  });

  test('names rows that were lost', () => {
    const metrics = {
      ...running.metrics,
      totals: { ...running.metrics.totals, lateRowsDropped: 3, badRows: 1 },
    };
    const lines = progressBlock({ ...running, metrics }, unicode, { columns: 80, rows: 24 });
    expect(lines.at(-1)).toBe('3 late rows dropped, 1 bad row');
  });

  test('says what is waited for while nothing has come out', () => {
    const lines = progressBlock(silent(running), unicode, { columns: 90, rows: 24 });
    expect(lines.at(-1)).toBe(
      'no output yet: waits for the watermark of parquet -> to one row per flight 1/2, at 2026-0…',
    );
    expect(progressLine(silent(running))).toContain('/2, at 2026-01-01T00:00:00.000Z for 7 s');
    const { metrics } = silent(running);
    const some = { ...metrics, totals: { ...metrics.totals, sinkRows: 1 } };
    expect(progressLine({ ...running, metrics: some })).not.toContain('no output');
    const none = { ...metrics, watermarkHold: { ...metrics.watermarkHold!, watermark: null } };
    expect(progressLine({ ...running, metrics: none })).toContain(
      'no output yet: no watermark has come from parquet -> to one row per flight 1/2',
    );
  });

  test('says so when there is no bottleneck', () => {
    const metrics = { ...running.metrics, bottleneck: null };
    const lines = progressBlock({ ...running, metrics }, unicode, { columns: 80, rows: 24 });
    expect(lines.at(-1)).toBe('no bottleneck');
  });
});

describe('a bar', () => {
  test('law: busy, blocked and idle parts fill it whatever the shares', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, share, fc.integer({ min: 1, max: 60 }), (a, b, c, width) => {
        const all = a + b + c || 1;
        const load = { busy: a / all, backpressured: b / all, idle: c / all };
        const style = { paint: paintOf(false), glyphs: ascii.glyphs };
        expect(barText(load, style, width)).toHaveLength(width);
      }),
    );
  });
});

test('the line for pipes says how far, how fast and what holds it back', () => {
  expect(progressLine(running)).toBe(
    'airport-delays running 1.25 s: 50 %, 200 k rows/s, 250 k rows read, bottleneck per-airport -> map-2 1/2 on worker 0, 95 % busy',
  );
});

/** The same job, six seconds old, without a result; its first source has stood still for seven. */
function silent({ metrics, ...rest }: ProgressState): ProgressState {
  return {
    ...rest,
    metrics: {
      ...metrics,
      uptimeMs: 6000,
      totals: { ...metrics.totals, sinkRows: 0 },
      watermarkHold: {
        subtask: 2,
        heldBy: 0,
        watermark: Date.parse('2026-01-01T00:00:00Z'),
        sinceMs: metrics.takenAtMs - 7000,
      },
    },
  };
}

function renamed(progress: ProgressState, name: string): ProgressState {
  const { plan, metrics } = progress;
  return {
    ...progress,
    plan: {
      ...plan,
      chains: plan.chains.map((chain) => ({
        ...chain,
        operators: chain.operators.map((operator) => ({ ...operator, name })),
      })),
    },
    metrics: {
      ...metrics,
      job: name,
      operators: metrics.operators.map((operator) => ({ ...operator, name })),
      subtasks: metrics.subtasks.map((subtask) => ({ ...subtask, chainName: name })),
    },
  };
}
