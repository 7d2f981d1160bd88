/** Cases: what `run.metrics()` says, and that memory in flight is bounded. Prints one JSON line. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from 'millrace';
import { runCases, waitFor } from '../../support/cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-metrics-'));
const counted = new URL('../jobs/counted.ts', import.meta.url);
const engine = await Engine.start({ config: { pool: { threads: 2 } } });

async function operators(): Promise<unknown> {
  const run = await engine.submit(counted, { parameters: { shape: 'operators', rows: 9700 } });
  const { metrics } = await run.done;
  return {
    operators: Object.fromEntries(
      metrics.operators.map(({ name, rowsIn, rowsOut }) => [name, [rowsIn, rowsOut]]),
    ),
    totals: metrics.totals,
    channels: metrics.channels.map(({ records, bytes }) => ({ records, bytes })),
    again: run.metrics().totals.sinkRows,
    plain: JSON.stringify(structuredClone(metrics)) === JSON.stringify(metrics),
  };
}

/** Busy, idle and backpressured time of a busy, a waiting and a held-back subtask. */
async function load(): Promise<unknown> {
  const run = await engine.submit(new URL('../jobs/endless.ts', import.meta.url), {
    parameters: { source: 'spin' },
  });
  await waitFor(() => run.metrics().totals.sinkRows > 10_000, 'rows flow');
  const before = run.metrics();
  await new Promise((resolve) => setTimeout(resolve, 400));
  const { subtasks } = run.metrics(before);
  await run.cancel();
  const slow = await engine.submit(counted, {
    parameters: { shape: 'slow', rows: 1_000_000 },
    parallelism: 1,
  });
  await waitFor(() => slow.metrics().totals.sinkRows > 200, 'rows flow');
  const first = slow.metrics();
  await new Promise((resolve) => setTimeout(resolve, 400));
  const held = slow.metrics(first);
  await slow.cancel();
  return {
    sums: subtasks.map(
      ({ busyMsPerSecond, idleMsPerSecond, backpressuredMsPerSecond }) =>
        busyMsPerSecond + idleMsPerSecond + backpressuredMsPerSecond,
    ),
    heldSums: held.subtasks.map(
      ({ busyMsPerSecond, idleMsPerSecond, backpressuredMsPerSecond }) =>
        busyMsPerSecond + idleMsPerSecond + backpressuredMsPerSecond,
    ),
    source: held.subtasks
      .filter(({ chainName }) => chainName.startsWith('made'))
      .map(({ backpressure, backpressuredMsPerSecond }) => [
        backpressure,
        backpressuredMsPerSecond,
      ]),
    bottleneck: held.bottleneck === null ? null : held.subtasks[held.bottleneck]!.chainName,
    channels: held.channels,
    rows: held.totals.sinkRows - first.totals.sinkRows,
  };
}

/** A sink far slower than its source: what is under way stays within the rings. */
async function slowSink(): Promise<unknown> {
  await using own = await Engine.start({
    config: { pool: { threads: 2 }, exchange: { ring: '16KiB', segment: '1KiB' } },
  });
  const run = await own.submit(counted, {
    parameters: { shape: 'slow', rows: 20_000 },
    parallelism: 1,
  });
  let most = 0;
  const timer = setInterval(() => {
    const { totals } = run.metrics();
    most = Math.max(most, totals.sourceRows - totals.sinkRows);
  }, 3);
  const { state, metrics } = await run.done;
  clearInterval(timer);
  return { state, most, sinkRows: metrics.totals.sinkRows };
}

async function progress(): Promise<unknown> {
  const file = join(folder, 'rows.csv');
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i % 7},${i}`);
  writeFileSync(file, `key,value\n${lines.join('\n')}\n`);
  const read = await engine.submit(counted, { parameters: { shape: 'file', rows: 0, file } });
  const fromFile = (await read.done).metrics;
  const made = await engine.submit(counted, { parameters: { shape: 'numbers', rows: 200_000 } });
  const fromGenerator = (await made.done).metrics;
  const few = await engine.submit(counted, { parameters: { shape: 'numbers', rows: 3 } });
  const fromFew = (await few.done).metrics;
  const endless = await engine.submit(new URL('../jobs/endless.ts', import.meta.url), {
    parameters: { source: 'spin' },
  });
  await waitFor(() => endless.metrics().totals.sinkRows > 0, 'rows flow');
  const fromEndless = endless.metrics().totals.progress;
  await endless.cancel();
  return {
    file: fromFile.totals.progress,
    rows: read.collected().length,
    generator: fromGenerator.totals.progress,
    few: fromFew.totals.progress,
    endless: fromEndless,
  };
}

async function workers(): Promise<unknown> {
  await waitFor(() => engine.workers().every(({ cpuMs }) => cpuMs > 0), 'workers report');
  return engine.workers();
}

await runCases({
  operators,
  load,
  slowSink,
  progress,
  workers,
  close: async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  },
});
