/** Joins of keyed streams; what the calls mean is said in join-builders.ts. */

import { EngineError, parseDuration } from '../base/index.ts';
import {
  intervalJoinTransformation,
  regularJoinTransformation,
  temporalJoinTransformation,
} from '../operators/index.ts';
import type { IntervalJoinSpec, ProcessJoinFunction, RegularJoinSpec } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { isChangelog } from './changelog-calls.ts';
import { durationMs } from './durations.ts';
import type {
  IntervalJoin,
  IntervalJoined,
  Joined,
  JoinFunction,
  JoinKind,
  KeyedJoinOptions,
} from './join-builders.ts';
import { checkJoinKeys } from './join-keys.ts';
import { joinWhere } from './join-where.ts';
import { addJoin, JoinedStreams, lateOutput, outerSides } from './joined-streams.ts';
import type { JoinInputs, LateOutput } from './joined-streams.ts';
import type { OutputTag } from './output-tag.ts';
import { argumentError, positionsOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { callSite, placeOf } from './source-location.ts';
import type { Position } from './draft.ts';
import type { OperatorStream } from './streams.ts';

/** The two inputs of a keyed join. @throws ERR_GRAPH_JOIN_KEYS */
export function keyedInputs(
  scope: Scope,
  call: string,
  left: readonly Position[],
  other: unknown,
): JoinInputs {
  const right = positionsOf(other, call);
  checkJoinKeys(call, left, right);
  return { scope, call, left, right };
}

/** `intervalJoin`, before its interval is known. */
export function intervalJoin<A, B>(inputs: JoinInputs): IntervalJoin<A, B> {
  return {
    between(lower, upper) {
      const lowerMs = boundMs(lower);
      const upperMs = boundMs(upper);
      checkBounds(lowerMs, upperMs);
      const spec = { lowerMs, upperMs, lateLeft: undefined, lateRight: undefined };
      return new IntervalJoinBuilder<A, B>(inputs, spec, undefined, undefined);
    },
  };
}

class IntervalJoinBuilder<A, B> implements IntervalJoined<A, B> {
  readonly #inputs: JoinInputs;
  readonly #spec: IntervalJoinSpec;
  readonly #left: LateOutput | undefined;
  readonly #right: LateOutput | undefined;

  constructor(
    inputs: JoinInputs,
    spec: IntervalJoinSpec,
    left: LateOutput | undefined,
    right: LateOutput | undefined,
  ) {
    this.#inputs = inputs;
    this.#spec = { ...spec, lateLeft: left?.tag, lateRight: right?.tag };
    this.#left = left;
    this.#right = right;
  }

  lowerBoundExclusive(): IntervalJoined<A, B> {
    const spec = { ...this.#spec, lowerMs: this.#spec.lowerMs + 1 };
    return new IntervalJoinBuilder<A, B>(this.#inputs, spec, this.#left, this.#right);
  }

  upperBoundExclusive(): IntervalJoined<A, B> {
    const spec = { ...this.#spec, upperMs: this.#spec.upperMs - 1 };
    return new IntervalJoinBuilder<A, B>(this.#inputs, spec, this.#left, this.#right);
  }

  sideOutputLeftLateData(tag: string | OutputTag<A>): IntervalJoined<A, B> {
    const { call, left } = this.#inputs;
    const late = lateOutput(call, tag, left[0]?.type);
    return new IntervalJoinBuilder<A, B>(this.#inputs, this.#spec, late, this.#right);
  }

  sideOutputRightLateData(tag: string | OutputTag<B>): IntervalJoined<A, B> {
    const { call, right } = this.#inputs;
    const late = lateOutput(call, tag, right[0]?.type);
    return new IntervalJoinBuilder<A, B>(this.#inputs, this.#spec, this.#left, late);
  }

  process<U>(fn: JoinFunction<A, B, U>, type?: RecordType<U>): OperatorStream<U> {
    checkBounds(this.#spec.lowerMs, this.#spec.upperMs);
    const late = [this.#left, this.#right];
    if (typeof fn !== 'function' && typeof fn?.processElement !== 'function') {
      const expected = 'a function (left, right) => row, or an object with processElement';
      throw argumentError(this.#inputs.call, expected, fn);
    }
    const result =
      typeof fn === 'function'
        ? ({ form: 'function', fn } as const)
        : ({ form: 'process', fn: fn as unknown as ProcessJoinFunction } as const);
    return addJoin<U>(this.#inputs, intervalJoinTransformation(this.#spec, result), type, late);
  }

  select<U>(name: string, fields: Readonly<Record<string, string>>): OperatorStream<U> {
    const spec = this.#spec;
    checkBounds(spec.lowerMs, spec.upperMs);
    const late = [this.#left, this.#right];
    return new JoinedStreams<A, B, 'inner'>(
      this.#inputs,
      'inner',
      (result) => intervalJoinTransformation(spec, result),
      late,
    ).select<U>(name, fields);
  }
}

/** `join`, `leftJoin`, `rightJoin`, `fullJoin` of keyed streams. */
export function regularJoin<A, B, J extends JoinKind>(
  inputs: JoinInputs,
  kind: J,
  options: KeyedJoinOptions<A, B> | undefined,
): Joined<A, B, J> {
  const { call } = inputs;
  const { ttl, time = 'processing', where, unique } = options ?? {};
  if (time !== 'event' && time !== 'processing') {
    throw argumentError(call, "time: 'event' or 'processing'", time);
  }
  const condition = joinWhere(call, where, inputs.left[0]?.type, inputs.right[0]?.type);
  if (unique !== undefined && unique !== 'left' && unique !== 'right') {
    throw argumentError(call, "unique: 'left' or 'right'", unique);
  }
  const ttlMs = ttl === undefined ? undefined : durationMs(call, 'ttl', ttl, 1);
  const outer = outerSides(kind);
  // A row that can be taken back may have a successor, which the rows of the other side wait for.
  const inserts = unique !== undefined && !isChangelog(inputs[unique]);
  const spec: RegularJoinSpec = {
    leftOuter: outer.left,
    rightOuter: outer.right,
    ttlMs,
    ttlTime: time,
    insertsOnly: !isChangelog(inputs.left) && !isChangelog(inputs.right),
    unique: inserts ? unique : undefined,
  };
  return new JoinedStreams<A, B, J>(inputs, kind, (result) =>
    regularJoinTransformation(spec, result, condition),
  );
}

/** `temporalJoin`, `leftTemporalJoin`. */
export function temporalJoin<A, B, J extends 'inner' | 'left'>(
  inputs: JoinInputs,
  kind: J,
): Joined<A, B, J> {
  const spec = { leftOuter: kind === 'left' };
  return new JoinedStreams<A, B, J>(inputs, kind, (result) =>
    temporalJoinTransformation(spec, result),
  );
}

/** Milliseconds of a bound, which may be negative. */
function boundMs(bound: number | string): number {
  const text = String(bound).trim();
  const ms = text.startsWith('-') ? -parseDuration(text.slice(1)) : parseDuration(text);
  if (Number.isSafeInteger(ms)) return ms + 0;
  throw argumentError('between', "whole milliseconds or a duration such as '-5s'", bound);
}

function checkBounds(lowerMs: number, upperMs: number): void {
  if (lowerMs <= upperMs) return;
  throw new EngineError(
    'ERR_GRAPH_JOIN_BOUNDS',
    { call: 'intervalJoin', lower: lowerMs, upper: upperMs },
    { place: placeOf(callSite()) },
  );
}
