/** A short run with processes that are killed. `npm run chaos` is the long one. */

import { expect, it } from 'vitest';

import { runSeries } from './series.ts';

it(
  'commits every row once though its process is killed again and again',
  { timeout: 120_000 },
  async () => {
    const { problems, kills } = await runSeries({ seed: 5, killsMax: 2, rows: 3000 });
    expect(problems).toEqual([]);
    expect(kills).toBeGreaterThan(0);
  },
);
