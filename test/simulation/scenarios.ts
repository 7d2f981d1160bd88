/** All that can be simulated, in the order in which seeds take turns. */

import type { Scenario } from './scenario.ts';
import { chainedWindows } from './scenarios/chained-windows.ts';
import { intervalJoin, regularJoin, temporalJoin, windowJoin } from './scenarios/joins.ts';
import { continuousAggregate, deduplicate, process, rolling, topN } from './scenarios/keyed.ts';
import { slices, windows } from './scenarios/windows.ts';

export const scenarios: readonly Scenario[] = [
  windows,
  slices,
  chainedWindows,
  intervalJoin,
  windowJoin,
  regularJoin,
  temporalJoin,
  rolling,
  continuousAggregate,
  topN,
  deduplicate,
  process,
];
