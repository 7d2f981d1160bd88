/**
 * `npm run chaos -- [seed] [--kills N]`: runs jobs in processes that are killed at random moments, and compares what they committed with
 * a model (series.ts). Two series at a time. The seed draws the moments; what a process does until then is up to the machine. Exits
 * with 1 when something was lost, doubled or wrong.
 */

import { parseArgs } from 'node:util';

import { runSeries } from './series.ts';

const KILLS = 200;
const SERIES_KILLS = 14;
const SIDE_BY_SIDE = 2;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { kills: { type: 'string' } },
  });
  const seed = Number(positionals[0] ?? 1);
  const kills = Number(values.kills ?? KILLS);
  if (!Number.isSafeInteger(seed) || seed < 0 || !Number.isSafeInteger(kills) || kills < 1) {
    throw new TypeError(
      `expected a seed of 0 or more and --kills of 1 or more, got ${args.join(' ')}`,
    );
  }
  const startedMs = performance.now();
  let [next, planned, killed, resumed, series, failures] = [seed, 0, 0, 0, 0, 0];
  const work = async (): Promise<void> => {
    while (planned < kills && failures === 0) {
      const killsMax = Math.min(SERIES_KILLS, kills - planned);
      planned += killsMax;
      const own = next++;
      const result = await runSeries({ seed: own, killsMax });
      killed += result.kills;
      resumed += result.resumed;
      series++;
      // A job may be through before it was killed so often.
      planned += result.kills - killsMax;
      if (result.problems.length === 0) continue;
      failures++;
      process.stdout.write(
        `seed ${own}, npm run chaos -- ${own} --kills ${killsMax}\n  ${result.problems.join('\n  ')}\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(
    `${killed} kills in ${series} jobs, ${resumed} times from a checkpoint, ${failures} failures, ${seconds} s\n`,
  );
  return failures > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
