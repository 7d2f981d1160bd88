import { expect, test } from 'vitest';

import {
  CHANNEL_METRICS,
  JOB_METRICS,
  OPERATOR_METRICS,
  prometheusText,
  readMetrics,
  SUBTASK_METRICS,
} from '../../src/metrics/index.ts';
import { inputOf, rawSubtask, shape } from './job-fixture.ts';

const tables = { ...JOB_METRICS, ...SUBTASK_METRICS, ...OPERATOR_METRICS, ...CHANNEL_METRICS };
const full = rawSubtask({
  watermark: 10_000,
  progressDone: 1,
  progressTotal: 4,
  custom: [{ operator: 0, name: 'hits', value: 2 }],
});
const metrics = readMetrics(inputOf([full, full, full, full], { workers: [0, 1, 0, 1] }));
const lines = prometheusText([metrics]).split('\n');

test('every metric of the tables has HELP and TYPE once, before its samples', () => {
  for (const [name, { kind }] of Object.entries(tables)) {
    const at = lines.findIndex((line) => line.startsWith(`# HELP millrace_${name} `));
    expect(at, name).toBeGreaterThanOrEqual(0);
    expect(lines[at + 1]).toBe(`# TYPE millrace_${name} ${kind}`);
    expect(lines[at + 2], name).toMatch(new RegExp(`^millrace_${name}\\{`));
    expect(lines.filter((line) => line.startsWith(`# TYPE millrace_${name} `))).toHaveLength(1);
  }
});

test('nothing is exposed that the tables do not know', () => {
  const exposed = lines.flatMap((line) => /^millrace_(\w+)\{/.exec(line)?.[1] ?? []);
  expect([...new Set(exposed)].toSorted()).toEqual(Object.keys(tables).toSorted());
});

test('every line is a comment or a sample in the text format', () => {
  const sample = /^[a-z_]+\{([a-z]+="([^"\\]|\\["\\n])*",?)*\} -?\d+(\.\d+)?(e[+-]\d+)?$/;
  const odd = lines.filter((line) => line !== '' && !line.startsWith('# ') && !sample.test(line));
  expect(odd).toEqual([]);
  expect(lines.at(-1)).toBe('');
});

test('names say their kind: counters end in total, snake case throughout', () => {
  for (const [name, { kind, meaning }] of Object.entries(tables)) {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(meaning).toMatch(/^[A-Z].*\.$/);
  }
});

test('samples carry labels of their subtask, operator and channel', () => {
  expect(lines).toContain(
    'millrace_current_input_watermark{job="flights",chain="sum -> sink",subtask="1",worker="1"} 10000',
  );
  expect(lines).toContain(
    'millrace_operator_counter_total{job="flights",operator="sum",uid="u-sum",counter="hits"} 4',
  );
  expect(lines).toContain(
    'millrace_channel_bytes_total{job="flights",channel="1",from="source -> filter#0",to="sum -> sink#1"} 0',
  );
});

test('label values are escaped', () => {
  const odd = { ...shape, job: 'a "b"\\c\nd' };
  const text = prometheusText([readMetrics({ ...inputOf([full, full, full, full]), shape: odd })]);
  expect(text).toContain('millrace_uptime_ms{job="a \\"b\\"\\\\c\\nd"} 1000');
});

test('a value that does not exist has no sample', () => {
  const none = rawSubtask();
  const text = prometheusText([readMetrics(inputOf([none, none, none, none]))]);
  expect(text).not.toMatch(
    /^millrace_(current_input_watermark|watermark_lag_ms|progress_ratio)\{/m,
  );
});

test('no job gives no text', () => {
  expect(prometheusText([])).toBe('');
});
