/** Joins and coGroups by window; what the calls mean is said in join-builders.ts. */

import { windowJoinTransformation } from '../operators/index.ts';
import type { CoGroupFunction, WindowAssigner, WindowJoinSpec } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import type { Position } from './draft.ts';
import { durationMs } from './durations.ts';
import type { Duration } from './durations.ts';
import type {
  CoGrouped,
  CoGroupWhere,
  JoinKind,
  JoinWhere,
  WindowJoined,
} from './join-builders.ts';
import { checkJoinKeys } from './join-keys.ts';
import { addJoin, JoinedStreams, lateOutput, outerSides } from './joined-streams.ts';
import type { JoinInputs, LateOutput } from './joined-streams.ts';
import { keyed, keySelector } from './key-selector.ts';
import type { OutputTag } from './output-tag.ts';
import { argumentError, checkFunction, positionsOf } from './scope.ts';
import type { Scope } from './scope.ts';
import type { OperatorStream } from './streams.ts';

/** Everything that the calls on the way to the operator say. */
interface WindowJoinDraft {
  readonly inputs: JoinInputs;
  readonly assigner: WindowAssigner;
  readonly allowedLatenessMs: number;
  readonly left: LateOutput | undefined;
  readonly right: LateOutput | undefined;
}

/** `join`, `leftJoin`, `rightJoin`, `fullJoin` of streams that are not keyed. */
export function windowJoin<A, B, J extends JoinKind>(
  scope: Scope,
  call: string,
  left: readonly Position[],
  other: unknown,
  kind: J,
): JoinWhere<A, B, J> {
  const right = positionsOf(other, call);
  return {
    where: (...first: readonly unknown[]) => ({
      equalTo: (...second: readonly unknown[]) => {
        const inputs = keyedBy(scope, call, left, first, right, second);
        return {
          window: (assigner: WindowAssigner) =>
            new WindowJoinBuilder<A, B, J>(draftOf(inputs, assigner), kind),
        };
      },
    }),
  };
}

/** `coGroup`. */
export function coGroup<A, B>(
  scope: Scope,
  left: readonly Position[],
  other: unknown,
): CoGroupWhere<A, B> {
  const right = positionsOf(other, 'coGroup');
  return {
    where: (...first: readonly unknown[]) => ({
      equalTo: (...second: readonly unknown[]) => {
        const inputs = keyedBy(scope, 'coGroup', left, first, right, second);
        return {
          window: (assigner: WindowAssigner) => new CoGroupBuilder<A, B>(draftOf(inputs, assigner)),
        };
      },
    }),
  };
}

class WindowJoinBuilder<A, B, J extends JoinKind>
  extends JoinedStreams<A, B, J>
  implements WindowJoined<A, B, J>
{
  readonly #draft: WindowJoinDraft;
  readonly #joinKind: J;

  constructor(draft: WindowJoinDraft, kind: J) {
    const spec = specOf(draft, kind);
    super(draft.inputs, kind, (result) => windowJoinTransformation(spec, result), [
      draft.left,
      draft.right,
    ]);
    this.#draft = draft;
    this.#joinKind = kind;
  }

  allowedLateness(lateness: Duration): WindowJoined<A, B, J> {
    return new WindowJoinBuilder<A, B, J>(withLateness(this.#draft, lateness), this.#joinKind);
  }

  sideOutputLeftLateData(tag: string | OutputTag<A>): WindowJoined<A, B, J> {
    return new WindowJoinBuilder<A, B, J>(withLate(this.#draft, 'left', tag), this.#joinKind);
  }

  sideOutputRightLateData(tag: string | OutputTag<B>): WindowJoined<A, B, J> {
    return new WindowJoinBuilder<A, B, J>(withLate(this.#draft, 'right', tag), this.#joinKind);
  }
}

class CoGroupBuilder<A, B> implements CoGrouped<A, B> {
  readonly #draft: WindowJoinDraft;

  constructor(draft: WindowJoinDraft) {
    this.#draft = draft;
  }

  allowedLateness(lateness: Duration): CoGrouped<A, B> {
    return new CoGroupBuilder<A, B>(withLateness(this.#draft, lateness));
  }

  sideOutputLeftLateData(tag: string | OutputTag<A>): CoGrouped<A, B> {
    return new CoGroupBuilder<A, B>(withLate(this.#draft, 'left', tag));
  }

  sideOutputRightLateData(tag: string | OutputTag<B>): CoGrouped<A, B> {
    return new CoGroupBuilder<A, B>(withLate(this.#draft, 'right', tag));
  }

  apply<U>(fn: CoGroupFunction<never, never, U>, type?: RecordType<U>): OperatorStream<U> {
    checkFunction(fn, 'coGroup');
    const { inputs, left, right } = this.#draft;
    // Whether sides are outer does not matter: the function sees both.
    const spec = specOf(this.#draft, 'full');
    const transformation = windowJoinTransformation(spec, { form: 'coGroup', fn });
    return addJoin<U>(inputs, transformation, type, [left, right]);
  }
}

function keyedBy(
  scope: Scope,
  call: string,
  left: readonly Position[],
  first: readonly unknown[],
  right: readonly Position[],
  second: readonly unknown[],
): JoinInputs {
  const keyedLeft = keyed(left, keySelector(first, left[0]?.type));
  const keyedRight = keyed(right, keySelector(second, right[0]?.type));
  checkJoinKeys(call, keyedLeft, keyedRight);
  return { scope, call, left: keyedLeft, right: keyedRight };
}

const KINDS: ReadonlySet<string> = new Set([
  'tumbling',
  'sliding',
  'cumulative',
  'session',
  'global',
]);

function draftOf(inputs: JoinInputs, assigner: WindowAssigner): WindowJoinDraft {
  if (!KINDS.has((assigner as Partial<WindowAssigner> | null)?.kind ?? '')) {
    throw argumentError('window', "windows such as tumbling('10s')", assigner);
  }
  return { inputs, assigner, allowedLatenessMs: 0, left: undefined, right: undefined };
}

function withLateness(draft: WindowJoinDraft, lateness: Duration): WindowJoinDraft {
  const { assigner } = draft;
  if (assigner.kind === 'global' || assigner.time !== 'event') {
    const expected = 'windows of event time, since nothing is late in others';
    throw argumentError('allowedLateness', expected, assigner.kind);
  }
  return { ...draft, allowedLatenessMs: durationMs('allowedLateness', 'lateness', lateness, 0) };
}

function withLate(
  draft: WindowJoinDraft,
  side: 'left' | 'right',
  tag: string | OutputTag,
): WindowJoinDraft {
  const { call } = draft.inputs;
  return { ...draft, [side]: lateOutput(call, tag, draft.inputs[side][0]?.type) };
}

function specOf(draft: WindowJoinDraft, kind: JoinKind): WindowJoinSpec {
  const { assigner, allowedLatenessMs, left, right } = draft;
  const outer = outerSides(kind);
  return {
    assigner,
    allowedLatenessMs,
    lateLeft: left?.tag,
    lateRight: right?.tag,
    leftOuter: outer.left,
    rightOuter: outer.right,
  };
}
