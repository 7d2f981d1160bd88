/**
 * Prices: log-uniform from 100 to 100,000,000 cents.
 *
 * Law: `drawPrice` is `Math.round(10 ** (6 * u) * 100)` for every draw u. It is computed from a table and a short series, some
 * seven times faster than `**`; where the fraction lies so near a half that their last bits could matter, by `**` itself.
 */

import type { JavaRandom } from './generator-random.ts';

const STEPS = 1024;
/** Natural logarithm of what one step multiplies by. */
const STEP_LOG = (6 * Math.LN10) / STEPS;
/** Far more than the error of the series, 1e-6 cents. */
const UNSURE = 1e-4;

/** 100 · 10^(6 i / STEPS). */
const table = Float64Array.from({ length: STEPS }, (_, i) => 100 * 10 ** ((6 * i) / STEPS));

/** Cents. */
export function drawPrice(random: JavaRandom): number {
  return priceOf(random.double());
}

/** The price of a draw in [0, 1). */
export function priceOf(u: number): number {
  const at = u * STEPS;
  const step = at | 0;
  const x = (at - step) * STEP_LOG;
  const price =
    table[step]! * (1 + x * (1 + x * (1 / 2 + x * (1 / 6 + x * (1 / 24 + x * (1 / 120))))));
  const whole = price | 0;
  const fraction = price - whole;
  if (Math.abs(fraction - 0.5) < UNSURE) return exactPrice(u);
  return fraction > 0.5 ? whole + 1 : whole;
}

/** What the law says. */
export function exactPrice(u: number): number {
  return Math.round(10 ** (u * 6) * 100);
}
