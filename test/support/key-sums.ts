/** What must hold of running sums by key, whatever happened to the job on the way. */

import type { JobRun } from 'millrace';

/**
 * Keys whose last sum is not that of all their rows.
 *
 * @param rows row n has key n % keys and value n
 */
export function wrongKeys(run: JobRun, rows: number, keys: number): number {
  const last = new Map<number, number>();
  for (const { key, sum } of run.collected() as readonly { key: number; sum: number }[]) {
    last.set(key, Math.max(sum, last.get(key) ?? 0));
  }
  let wrong = 0;
  for (let key = 0; key < keys; key++) {
    let sum = 0;
    for (let n = key; n < rows; n += keys) sum += n;
    if (last.get(key) !== sum) wrong++;
  }
  return wrong;
}
