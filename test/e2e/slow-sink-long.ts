/**
 * Ten million rows through a sink far slower than its source: prints the resident memory by the second, and its slope
 * after warm-up in bytes per row. Run by `npm run test:slow-sink`; not part of the suite, since it takes minutes.
 *
 * Acceptable: the slope is near 0. Forbidden: it is near the bytes of a row, which would be a queue without a bound.
 */

import { Engine } from '../../src/index.ts';

const ROWS = Number(process.argv[2] ?? 10_000_000);
const WARM_SHARE = 0.2;

await using engine = await Engine.start({ config: { pool: { threads: 2 } } });
const run = await engine.submit(new URL('./jobs/counted.ts', import.meta.url), {
  parameters: { shape: 'slow', rows: ROWS },
  parallelism: 1,
});
const samples: { rows: number; rssBytes: number; inFlight: number }[] = [];
const timer = setInterval(() => {
  const { sourceRows, sinkRows } = run.metrics().totals;
  const sample = {
    rows: sinkRows,
    rssBytes: process.memoryUsage.rss(),
    inFlight: sourceRows - sinkRows,
  };
  samples.push(sample);
  const mib = (sample.rssBytes / 1024 / 1024).toFixed(1);
  console.log(`${sinkRows} rows written, ${sample.inFlight} in flight, rss ${mib} MiB`);
}, 1000);
const { metrics } = await run.done;
clearInterval(timer);

const warm = samples.filter(({ rows }) => rows >= ROWS * WARM_SHARE);
const slope = slopeOf(warm.map(({ rows, rssBytes }) => [rows, rssBytes]));
const inFlightMost = Math.max(0, ...samples.map(({ inFlight }) => inFlight));
console.log(
  `${metrics.totals.sinkRows} of ${ROWS} rows written in order; most in flight ${inFlightMost}; rss slope ${slope.toFixed(3)} bytes/row over ${warm.length} samples`,
);
if (metrics.totals.sinkRows !== ROWS) process.exitCode = 1;

/** Least squares; 0 for fewer than two points. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  if (points.length < 2) return 0;
  const mean = (k: 0 | 1): number =>
    points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let above = 0;
  let below = 0;
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
