/** What all joins share: two streams keyed alike become the inputs of one operator. */

import { EngineError } from '../base/index.ts';
import type { JoinResult, Transformation } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import type { Position } from './draft.ts';
import { describeType } from './fields.ts';
import type { Joined, JoinKind } from './join-builders.ts';
import { joinSelect } from './join-keys.ts';
import type { OutputTag } from './output-tag.ts';
import { addOperator, argumentError, checkFunction } from './scope.ts';
import type { Scope } from './scope.ts';
import { callSite, placeOf } from './source-location.ts';
import type { OperatorStream } from './streams.ts';

/** Two inputs of a join, at their places in the graph. */
export interface JoinInputs {
  readonly scope: Scope;
  readonly call: string;
  readonly left: readonly Position[];
  readonly right: readonly Position[];
}

/** A side output for late rows. */
export interface LateOutput {
  readonly tag: string;
  readonly type: RecordType | undefined;
}

/** Adds the operator of a join and its side outputs. */
export function addJoin<U>(
  { scope, left, right }: JoinInputs,
  transformation: Transformation,
  type: RecordType | undefined,
  late: readonly (LateOutput | undefined)[] = [],
): OperatorStream<U> {
  const inputs = [
    { positions: left, input: 0 as const },
    { positions: right, input: 1 as const },
  ];
  const sideOutputs = new Map<string, RecordType | undefined>();
  for (const output of late) {
    if (output === undefined) continue;
    const { tag, type: rows } = output;
    const other = sideOutputs.get(tag);
    if (sideOutputs.has(tag) && other?.fingerprint !== rows?.fingerprint) {
      throw new EngineError(
        'ERR_GRAPH_SIDE_OUTPUT',
        { tag, first: describeType(other), second: describeType(rows) },
        { place: placeOf(callSite()) },
      );
    }
    sideOutputs.set(tag, rows);
  }
  return addOperator<U>(scope, transformation, inputs, { type, sideOutputs });
}

/** The tag of late rows; a tag without a record type takes that of the rows. */
export function lateOutput(
  call: string,
  tag: string | OutputTag,
  type: RecordType | undefined,
): LateOutput {
  const named = typeof tag === 'object' && tag !== null ? tag : { tag, type };
  if (typeof named.tag === 'string' && named.tag !== '') return named;
  throw argumentError(call, 'a tag', tag);
}

/** The two forms of a result. */
export class JoinedStreams<A, B, J extends JoinKind> implements Joined<A, B, J> {
  readonly #inputs: JoinInputs;
  readonly #kind: JoinKind;
  readonly #make: (result: JoinResult) => Transformation;
  readonly #late: readonly (LateOutput | undefined)[];

  /** @param make the operator for either form */
  constructor(
    inputs: JoinInputs,
    kind: JoinKind,
    make: (result: JoinResult) => Transformation,
    late: readonly (LateOutput | undefined)[] = [],
  ) {
    this.#inputs = inputs;
    this.#kind = kind;
    this.#make = make;
    this.#late = late;
  }

  apply<U>(fn: (left: never, right: never) => U, type?: RecordType<U>): OperatorStream<U> {
    checkFunction(fn, this.#inputs.call);
    return addJoin<U>(this.#inputs, this.#make({ form: 'function', fn }), type, this.#late);
  }

  select<U>(name: string, fields: Readonly<Record<string, string>>): OperatorStream<U> {
    const { call, left, right } = this.#inputs;
    const outer = outerSides(this.#kind);
    // The left side's fields are missing where the right side's rows stand alone.
    const missing = { left: outer.right, right: outer.left };
    const select = joinSelect(call, name, fields, left[0]?.type, right[0]?.type, missing);
    const transformation = this.#make({ form: 'select', select });
    return addJoin<U>(this.#inputs, transformation, select.type, this.#late);
  }
}

/** Which sides keep rows without a match. */
export function outerSides(kind: JoinKind): { readonly left: boolean; readonly right: boolean } {
  return {
    left: kind === 'left' || kind === 'full',
    right: kind === 'right' || kind === 'full',
  };
}
