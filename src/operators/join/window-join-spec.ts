/** What a window join is asked to do, and how it stands in the plan. */

import type { Plain, Transformation } from '../operator.ts';
import type { RowCollector } from '../row-collector.ts';
import type { TimeWindow, WindowAssigner } from '../window/assigner.ts';
import { describeResult, resultReads } from './join-result.ts';
import type { JoinResult } from './join-result.ts';

/** Made and checked by the graph. */
export interface WindowJoinSpec {
  readonly assigner: WindowAssigner;
  /** ≥ 0, integer milliseconds; 0 in processing time. */
  readonly allowedLatenessMs: number;
  /** Side outputs for late rows; undefined: they are counted. */
  readonly lateLeft: string | undefined;
  readonly lateRight: string | undefined;
  /** Sides whose rows are emitted alone where the other side has none; not used by coGroup. */
  readonly leftOuter: boolean;
  readonly rightOuter: boolean;
}

/**
 * Called once for each key and window that has a row on either side; gives rows through `out`, as an iterable, or both. A row
 * is valid until the next one of its side: `keepRow` keeps it.
 */
export type CoGroupFunction<A = unknown, B = unknown, U = unknown> = (
  left: Iterable<A>,
  right: Iterable<B>,
  out: RowCollector<U>,
  window: TimeWindow,
) => void | Iterable<U>;

/** What makes the results. */
export type WindowJoinResult =
  | JoinResult
  | { readonly form: 'coGroup'; readonly fn: CoGroupFunction<never, never> };

/** Parameters, functions and reads of the transformation. */
export function describeWindowJoin(
  spec: WindowJoinSpec,
  result: WindowJoinResult,
): {
  readonly params: { readonly [key: string]: Plain };
  readonly functions: Readonly<Record<string, (...args: never[]) => unknown>>;
  readonly reads: NonNullable<Transformation['reads']>;
} {
  const { assigner, allowedLatenessMs, lateLeft = null, lateRight = null } = spec;
  const { leftOuter, rightOuter } = spec;
  const described =
    result.form === 'coGroup'
      ? { params: {}, functions: { coGroup: result.fn } }
      : describeResult(result);
  const dynamic = assigner.kind === 'session' && typeof assigner.gap === 'function';
  const gap = dynamic ? { gap: assigner.gap as (row: never) => unknown } : {};
  const all = result.form === 'coGroup' || dynamic;
  const [left, right] = (all ? undefined : resultReads(result)) ?? [];
  return {
    params: {
      window: (dynamic ? { ...assigner, gap: null } : assigner) as unknown as Plain,
      allowedLatenessMs,
      lateLeft,
      lateRight,
      leftOuter,
      rightOuter,
      ...described.params,
    },
    functions: { ...described.functions, ...gap },
    // Late rows are passed on whole.
    reads: [lateLeft === null ? left : undefined, lateRight === null ? right : undefined],
  };
}
