import { expect, test } from 'vitest';

import { boundedOutOfOrderness, job, monotonousTimestamps, session, tumbling } from 'millrace';
import { runJob, testSink, testSource, TestRun } from 'millrace/testing';
import { a, b, over, Row, shown } from './rows.ts';

const END = Number.MAX_SAFE_INTEGER;

test('bounded out-of-orderness d: the watermark is the largest timestamp seen - d - 1, also below zero', async () => {
  const marks = async (bound: number): Promise<number[]> => {
    const bounded = job('bounded', (env) => {
      const strategy = boundedOutOfOrderness<Row>(({ n }) => n, bound);
      env.fromSource(testSource('in', Row), strategy).sinkTo(testSink('out'));
    });
    const run = await TestRun.start(bounded, { stepRowsMax: 1 });
    for (const n of [-10, -20, 5, 4, 6]) {
      run.source<Row>('in').push(a(n));
      run.settle();
    }
    const { watermarks } = run.output('out');
    await run.finish();
    expect(run.output('out').watermark).toBe(END);
    return watermarks;
  };
  expect(await marks(0)).toEqual([-11, 4, 5]);
  expect(await marks(3)).toEqual([-14, 1, 2]);
});

test('monotonous timestamps are bounded out-of-orderness of 0', () => {
  expect(monotonousTimestamps<Row>(({ n }) => n)).toMatchObject({
    kind: 'boundedOutOfOrderness',
    boundMs: 0,
  });
});

test('an operator has the minimum over its active channels, and says only what advances', async () => {
  const marks = await over((rows) => rows.filter(() => true), { channels: 2, parallelism: 1 });
  const [first, second] = [marks.first.channel(0), marks.first.channel(1)];
  first.watermark(10);
  expect(marks.watermarks).toEqual([]);
  second.watermark(4).watermark(3).watermark(4);
  second.watermark(12);
  expect(marks.watermarks).toEqual([4, 10]);
  await marks.finish();
  expect(marks.watermarks).toEqual(
    [4, 10, 12, END].filter((mark) => mark !== 12 || marks.watermarks.includes(12)),
  );
});

test('a watermark is forwarded after the rows and firings that it caused', async () => {
  const windows = await over((rows) => shown(rows.keyBy('key').window(tumbling(10))));
  windows.push(a(1), 3).watermark(9).push(a(2), 12).watermark(25);
  expect(windows.events).toEqual([
    { row: 'a[0,10) 1', timestamp: 9 },
    { watermark: 9 },
    { row: 'a[10,20) 2', timestamp: 19 },
    { watermark: 25 },
  ]);
  await windows.finish();
});

test('idle channels are left out; when all are idle the largest of their watermarks is forwarded, then idleness', async () => {
  const marks = await over((rows) => rows.filter(() => true), { channels: 3, parallelism: 1 });
  const [x, y, z] = [0, 1, 2].map((channel) => marks.first.channel(channel));
  x!.watermark(5);
  y!.watermark(20);
  z!.watermark(8);
  x!.idle();
  expect(marks.watermarks).toEqual([5, 8]);
  expect(marks.output.idle).toBe(false);
  z!.idle();
  expect(marks.watermarks).toEqual([5, 8, 20]);
  y!.idle();
  expect(marks.events.slice(-1)).toEqual([{ idle: true }]);
  await marks.cancel();
});

test('when the last active channel goes idle behind the others, the maximum counts', async () => {
  const marks = await over((rows) => rows.filter(() => true), { channels: 2, parallelism: 1 });
  const [x, y] = [marks.first.channel(0), marks.first.channel(1)];
  x.watermark(30).idle();
  y.watermark(7);
  expect(marks.watermarks).toEqual([7]);
  y.idle();
  expect(marks.events).toEqual([{ watermark: 7 }, { watermark: 30 }, { idle: true }]);
  await marks.cancel();
});

test('a channel that becomes active again takes part once its watermark has caught up with what was emitted', async () => {
  const marks = await over((rows) => rows.filter(() => true), { channels: 2, parallelism: 1 });
  const [x, y] = [marks.first.channel(0), marks.first.channel(1)];
  x.watermark(10);
  y.watermark(2).idle();
  expect(marks.watermarks).toEqual([2, 10]);
  // Active, but behind: it does not hold the other back.
  y.active().watermark(5);
  x.watermark(15);
  expect(marks.watermarks).toEqual([2, 10, 15]);
  // Caught up: now it does.
  y.watermark(15);
  x.watermark(30);
  expect(marks.watermarks).toEqual([2, 10, 15]);
  y.watermark(16);
  expect(marks.watermarks).toEqual([2, 10, 15, 16]);
  await marks.cancel();
});

test('a split is idle when it gave no row for the idle timeout, and holds nobody back until its next row', async () => {
  const timed = job('timed', (env) => {
    const strategy = monotonousTimestamps<Row>(({ n }) => n).withIdleness(50);
    env
      .fromSource(testSource('in', Row, { subtasks: 2 }), strategy)
      .global()
      .sinkTo(testSink('out'));
  });
  const run = await TestRun.start(timed, { parallelism: 2 });
  run.source<Row>('in', 0).push(a(1));
  run.source<Row>('in', 1).push(b(100));
  run.settle();
  const { watermarks } = run.output('out');
  expect(watermarks).toEqual([0]);
  run.advanceProcessingTime(40);
  run.source<Row>('in', 1).push(b(101));
  run.settle();
  run.advanceProcessingTime(20);
  expect(run.output('out').watermarks).toEqual([0, 100]);
  await run.finish();
});

test('a bounded source ends with the end of time, so that every window fires, whatever its end', async () => {
  for (const assigner of [tumbling('1d'), session('1h')]) {
    const windows = await over((rows) => shown(rows.keyBy('key').window(assigner)));
    windows.push(a(1), -5).push(b(2), 86_400_000 * 365);
    expect(windows.rows).toEqual([]);
    await windows.finish();
    expect(windows.rows).toHaveLength(2);
    expect(windows.watermarks.at(-1)).toBe(END);
  }
});

test('in batch mode there are no watermarks until the end, so nothing is late', async () => {
  const disordered = job('disordered', (env) => {
    const rows = env.fromSource(
      testSource('in', Row),
      boundedOutOfOrderness<Row>(({ n }) => n, 0),
    );
    shown(rows.keyBy('key').window(tumbling(10))).sinkTo(testSink('out'));
  });
  const results = async (executionMode: 'batch' | 'streaming'): Promise<readonly string[]> => {
    const run = await TestRun.start(disordered, { executionMode, stepRowsMax: 1 });
    run.source<Row>('in').pushAll([a(100), a(5), a(50), a(6)]);
    await run.finish();
    const { watermarks, rows } = run.output<string>('out');
    if (executionMode === 'batch') expect(watermarks).toEqual([END]);
    return rows;
  };
  expect(await results('streaming')).toEqual(['a[100,110) 100']);
  expect((await results('batch')).toSorted()).toEqual([
    'a[0,10) 5 6',
    'a[100,110) 100',
    'a[50,60) 50',
  ]);
  expect(
    await runJob(
      job('empty', (env) => env.fromSource(testSource('in', Row)).sinkTo(testSink('out'))),
    ),
  ).toBeDefined();
});
