/**
 * Watermarks for rows that come at most a bound out of order.
 *
 * Law (test/operators/timestamps.test.ts): after timestamps t1 .. tn the watermark is
 * max(t1 .. tn) - bound - 1; it never goes back.
 */

import { EngineError } from '../base/index.ts';
import { NO_WATERMARK } from '../record/index.ts';
import { describeGot } from './kept-row.ts';

/**
 * The generator of one input. Owner: the subtask's worker.
 *
 * @example
 * const generator = new BoundedWatermarks(5000);
 * generator.observe(12_000);
 * generator.watermark; // 6999
 */
export class BoundedWatermarks {
  /** Milliseconds since the epoch; `NO_WATERMARK` before the first row. */
  watermark: number = NO_WATERMARK;
  /** Rows alone say whether the input is idle. */
  readonly idle = false;
  readonly #lag: number = 1;

  /** @param boundMs ≥ 0, integer milliseconds */
  constructor(boundMs: number) {
    this.#lag = boundMs + 1;
  }

  /** Takes in a timestamp (checked by {@link checkTimestamp}); true when the watermark advanced. */
  observe(timestamp: number): boolean {
    const watermark = timestamp - this.#lag;
    if (watermark <= this.watermark) return false;
    this.watermark = watermark;
    return true;
  }

  /** Nothing changes without rows. */
  periodic(): boolean {
    return false;
  }
}

/** A timestamp as it came from a user function. @throws ERR_OPERATORS_TIMESTAMP unless it is an integer within ±2^53 */
export function checkTimestamp(timestamp: number, operator: string): number {
  if (!Number.isSafeInteger(timestamp)) failTimestamp(timestamp, operator);
  return timestamp;
}

function failTimestamp(got: unknown, operator: string): never {
  throw new EngineError(
    'ERR_OPERATORS_TIMESTAMP',
    { operator, got: describeGot(got) },
    { place: { operator } },
  );
}
