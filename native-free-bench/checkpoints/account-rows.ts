/** The rows of state that checkpoints are measured with: some 120 bytes each. */

import { f64, i64, record } from 'millrace';

/** Keyed by `key`. */
export const Account = record('Account', {
  key: i64,
  total: f64,
  a: f64,
  b: f64,
  c: f64,
  d: f64,
  e: f64,
  f: f64,
});
