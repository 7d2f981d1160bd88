/** Law: on the numeric path a worker allocates nothing per row; what remains is per step. */

import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import type { ProgramRun } from '../support/run-program.ts';

interface Measured {
  readonly rows: number;
  readonly bytes: number;
}

let program: ProgramRun;
beforeAll(async () => {
  program = await runProgram(new URL('./programs/allocation.ts', import.meta.url));
}, 90_000);

describe('a worker', () => {
  test('allocates less than one byte per row from a generator through filter, map, keyBy and sum', () => {
    const { rows, bytes } = program.value<Measured>('numeric');
    expect(rows).toBe(5_000_000);
    expect(bytes / rows).toBeLessThan(1);
  });

  test('is caught by this measure when a user function makes an object per row', () => {
    const { rows, bytes } = program.value<Measured>('wasteful');
    expect(bytes / rows).toBeGreaterThan(12);
  });
});
