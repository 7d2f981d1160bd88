/** What goes wrong in a test, and how the harness says so. */

import { describe, expect, it } from 'vitest';

import { i32, job, record } from 'millrace';
import type { Job, Stream } from 'millrace';
import { callback, generator } from 'millrace/connectors';
import { runJob, testOperator, testSink, testSource, TestRun } from 'millrace/testing';

const Point = record('Point', { n: i32 });

const passing: Job = job('passing', (env) => {
  env.fromSource(testSource('points', Point)).sinkTo(testSink('out'));
});

const code = (expected: string, text = ''): unknown =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(text) as string });

describe('a test run', () => {
  it('names the sources, sinks and subtasks that there are', async () => {
    const run = await TestRun.start(passing, { parallelism: 2 });
    expect(() => run.source('point')).toThrow(code('ERR_TESTING_NAME', '(points), got point'));
    expect(() => run.output('in')).toThrow(code('ERR_TESTING_NAME', '(out), got in'));
    expect(() => run.source('points', 2)).toThrow(code('ERR_TESTING_SUBTASK', '0 .. 1, got 2'));
    await expect(run.state('sum')).rejects.toThrow(code('ERR_TESTING_NAME', 'got sum'));
    await run.cancel();
  });

  it('refuses time that goes back, and rows after the end', async () => {
    const run = await TestRun.start(passing);
    expect(() => run.advanceProcessingTime(-1)).toThrow(code('ERR_TESTING_TIME', 'got -1'));
    expect(() => run.advanceProcessingTime(0.5)).toThrow(code('ERR_TESTING_TIME', 'got 0.5'));
    const points = run.source('points', 0).end();
    expect(() => points.push({ n: 1 })).toThrow(code('ERR_TESTING_ENDED', 'points'));
    await run.finish();
  });

  it('names seed and states when a job neither ends nor goes on', async () => {
    const stuck = job('stuck', (env) => {
      env.fromSource(generator({ type: Point, count: 5, row: (_, out) => out })).sinkTo({
        kind: 'stuck',
        params: {},
        functions: {},
        async: false,
        createWriter: () => ({
          write: () => undefined,
          ready: () => false,
          close: () => undefined,
        }),
      });
    });
    await expect(runJob(stuck, { seed: 11, patienceMs: 20 })).rejects.toThrow(
      code('ERR_TESTING_DEADLOCK', 'with seed 11: generator'),
    );
  });

  it('stops a job that never comes to rest', async () => {
    const endless = job('endless', (env) => {
      env.fromSource(generator({ type: Point, row: (_, out) => out })).sinkTo(testSink('out'));
    });
    const run = await TestRun.start(endless, { stepsMax: 500 });
    run.step(10);
    expect(run.output('out').rows.length).toBeGreaterThan(0);
    expect(() => run.settle()).toThrow(code('ERR_TESTING_ENDLESS'));
    await run.cancel();
  });

  it('throws what user code threw, with its operator and row, and closes everything', async () => {
    const closed: string[] = [];
    const failing = job('failing', (env) => {
      env
        .fromSource(testSource('points', Point))
        .map((point) => {
          if (point.n === 3) throw new Error('three');
          return point.n;
        })
        .name('check')
        .sinkTo(callback(() => void closed.push('row')));
    });
    const run = await TestRun.start(failing);
    run.source('points').push({ n: 2 }).push({ n: 3 });
    const expected = code('ERR_RUNTIME_USER_FUNCTION', 'three');
    expect(() => run.settle()).toThrow(expected);
    expect(() => run.step()).toThrow(expected);
    await expect(run.finish()).rejects.toThrow(expected);
    expect(run.done).toBe(true);
    expect(closed).toEqual(['row']);
  });

  it('says who was not reached by a barrier', async () => {
    const held = job('held', (env) => {
      env
        .fromSource(testSource('points', Point))
        .rebalance()
        .sinkTo({
          kind: 'held',
          params: {},
          functions: {},
          async: false,
          createWriter: () => ({
            write: () => undefined,
            ready: () => false,
            close: () => undefined,
          }),
        });
    });
    const run = await TestRun.start(held, { patienceMs: 20 });
    await expect(run.checkpoint()).rejects.toThrow(code('ERR_TESTING_CHECKPOINT', 'held (0)'));
    await run.cancel();
  });
});

it('an operator under test fails where it is told what it fails at', async () => {
  const test = await testOperator((points: Stream<{ missing: { n: number } }>) =>
    points.map((point) => point.missing.n),
  );
  expect(() => test.push({} as never)).toThrow(code('ERR_RUNTIME_USER_FUNCTION', 'undefined'));
  await test.cancel();
});

it('a test sink is refused by an engine when its writer is made', () => {
  const context = {} as never;
  expect(() => testSink('out').createWriter(context)).toThrow(code('ERR_TESTING_OUTSIDE', 'out'));
});

it('a test source is refused by an engine when its splits are listed', async () => {
  await expect(testSource('in').splits()).rejects.toThrow(code('ERR_TESTING_OUTSIDE', 'in'));
});
