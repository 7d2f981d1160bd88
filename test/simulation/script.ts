/** Draws what is said to a simulated job, and how it runs. */

import type { TestRunOptions } from 'millrace/testing';
import type { Draw } from './draw.ts';
import type { Case, Say, Side } from './scenario.ts';

/** How the job runs: nothing of it may change the results. */
export interface Settings {
  readonly options: TestRunOptions;
  /** Level from which watermarks and timestamps start, ms. */
  readonly start: number;
}

const ROWS_MIN = 5;
const ROWS_MAX = 36;
const KEYS = 3;

export function drawSettings(draw: Draw): Settings {
  return {
    options: {
      seed: draw.int(1, 1_000_000),
      parallelism: draw.of(1, 1, 1, 2, 2, 2, 3, 4),
      chaining: draw.chance(75),
      pruning: draw.chance(75),
      codegen: draw.chance(50),
      ringBytes: draw.of(4096, 4096, 65_536),
      stepRowsMax: draw.of(1, 3, 64),
      refuseSteps: draw.chance(25),
      guardRows: draw.chance(50),
    },
    start: draw.of(0, 0, -40, 1_000_003),
  };
}

export function drawScript(draw: Draw, { sides, late, clock, changes, ...drawn }: Case): Say[] {
  const length = draw.int(ROWS_MIN, ROWS_MAX);
  const withIdle = draw.chance(40);
  const restores = drawn.restores === false ? 0 : draw.of(0, 0, 0, 1, 1, 2);
  const disorder = draw.of(3, 12, 30);
  const steps = draw.of(0, 3, 20);
  const script: Say[] = [];
  for (let i = 0; i < length; i++) {
    const side = (sides === 2 && draw.chance(50) ? 1 : 0) as Side;
    const lane = draw.int(0, 2);
    const what = draw.int(0, 99);
    if (what < 25) {
      script.push({ say: 'watermark', side, lane, by: draw.int(0, 20), steps: draw.int(0, steps) });
    } else if (what < 31 && withIdle) script.push({ say: 'idle', side, lane });
    else if (what < 43 && clock === true) script.push({ say: 'clock', by: draw.int(0, 9) });
    else {
      script.push({
        say: 'row',
        side,
        lane,
        key: draw.int(0, KEYS - 1),
        n: draw.int(-9, 9),
        gap: draw.int(1, 12),
        ahead: late === false ? draw.int(1, disorder) : draw.int(-disorder, disorder),
        takesBack: changes === true && draw.chance(35) ? draw.int(0, 9) : undefined,
        steps: draw.int(0, steps),
      });
    }
  }
  for (let i = 0; i < restores; i++) {
    const say: Say = {
      say: 'restore',
      parallelism: draw.of(1, 1, 2, 2, 3, 4),
      steps: draw.int(0, 30),
    };
    script.splice(draw.int(0, script.length), 0, say);
  }
  return script;
}
