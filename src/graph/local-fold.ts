/** The operator that folds rows where they are produced, before they are spread by key. */

import type { DeclaredWindow, PreAggregate } from '../operators/index.ts';
import { argumentError } from './arguments.ts';
import { IMPLICIT_FORWARD } from './draft.ts';
import type { ChangelogCall } from './changelog-calls.ts';
import type { Position } from './draft.ts';
import { keyed } from './key-selector.ts';
import { addOperator, mainOutput } from './scope.ts';
import type { OperatorOptions, Scope } from './scope.ts';
import type { OperatorStream } from './streams.ts';

/** Options of `aggregate` on windowed streams. */
export interface WindowAggregateOptions {
  /**
   * Whether rows are folded by key and slice of time before they go to the operator that owns the key: then a key with
   * many rows loads all producers instead of one subtask. `on` pays when rows of one key follow each other closely: some
   * thousand keys at most, or a few that have most rows; with many keys that come equally often it costs. `auto`
   * (default): for declared aggregates over a whole stream. Without effect where rows cannot be folded so: sessions, windows
   * by the clock, triggers, evictors, side outputs of late rows, aggregates that keep values (quantile, distinct, collectValues, …), unions,
   * streams without a record type, and aggregate functions of one's own over a keyed stream.
   */
  readonly preAggregate?: PreAggregate;
}

const CHOICES: readonly unknown[] = ['auto', 'on', 'off'];

/** What the options say. @throws ERR_GRAPH_ARGUMENT */
export function preAggregateOf(options: unknown): PreAggregate {
  if (options === undefined) return 'auto';
  const object = typeof options === 'object' && options !== null ? options : undefined;
  const choice = object && ((object as WindowAggregateOptions).preAggregate ?? 'auto');
  if (CHOICES.includes(choice)) return choice!;
  throw argumentError('aggregate', "preAggregate 'auto', 'on' or 'off'", choice ?? options);
}

/** Adds a continuous aggregate, with its local fold where it has one. */
export function addAggregate<U>(
  scope: Scope,
  positions: readonly Position[],
  { local, transformation, type }: ChangelogCall,
  options: Omit<OperatorOptions, 'type'> = {},
): OperatorStream<U> {
  const from = local === undefined ? positions : addLocalFold(scope, positions, local);
  const inputs = [{ positions: from, input: 0 as const }];
  return addOperator<U>(scope, transformation, inputs, { ...options, type });
}

/** Adds the local fold; gives the positions of what it emits, spread as the rows were. */
export function addLocalFold(
  scope: Scope,
  positions: readonly Position[],
  local: NonNullable<DeclaredWindow['local']>,
): readonly Position[] {
  const [position] = positions;
  const { from, key } = position!;
  const node = scope.draft.add({
    kind: local.transformation.kind,
    inputs: [{ positions: [{ ...position!, ...IMPLICIT_FORWARD }], input: 0 }],
    transformation: local.transformation,
    async: false,
    // As many as its producer has, so that the two are one chain.
    maxSubtasks:
      from.spec.source === undefined
        ? from.spec.maxSubtasks
        : from.spec.source.source.maxParallelism,
    outputType: local.type,
    timestamps: true,
  });
  node.parallelism = from.parallelism;
  const output = [mainOutput(node)];
  return key === undefined ? output : keyed(output, key);
}
