/** A stream straight out of an operator, and the handle of a sink: what can be named and set up. */

import { EngineError } from '../base/index.ts';
import type { ErrorPlace } from '../base/index.ts';
import type { BadRowPolicy } from '../connectors/index.ts';
import type { RecordType } from '../record/index.ts';
import { DEAD_LETTERS } from './dead-letters.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { DraftNode, Position } from './draft.ts';
import { describeType } from './fields.ts';
import type { OperatorSettings } from './operator-settings.ts';
import type { OutputTag } from './output-tag.ts';
import { argumentError, mainOutput } from './scope.ts';
import type { Scope } from './scope.ts';
import { callSite, placeOf } from './source-location.ts';
import { PlainStream } from './stream.ts';
import type { OperatorStream, SinkHandle, Stream } from './streams.ts';

/** Largest parallelism, which is Flink's: key groups are numbered in 15 bits. */
export const PARALLELISM_MAX = 32_768;

/** The main output of one operator. */
export class OperatorOutput<T> extends PlainStream<T> implements OperatorStream<T> {
  readonly #settings: NodeSettings;
  readonly #node: DraftNode;

  constructor(scope: Scope, node: DraftNode) {
    super(scope, [mainOutput(node)]);
    this.#node = node;
    this.#settings = new NodeSettings(scope, node);
  }

  getSideOutput<U>(tag: string | OutputTag<U>, type?: RecordType<U>): Stream<U> {
    const named = typeof tag === 'object' ? tag : { tag, type };
    const position = sidePosition(this.#node, named.tag, named.type);
    return this.scope.make.stream<U>(this.scope, [position]);
  }

  name(name: string): this {
    this.#settings.name(name);
    return this;
  }

  uid(uid: string): this {
    this.#settings.uid(uid);
    return this;
  }

  setParallelism(parallelism: number): this {
    this.#settings.setParallelism(parallelism);
    return this;
  }

  slotSharingGroup(group: string): this {
    this.#settings.slotSharingGroup(group);
    return this;
  }

  onBadRow(policy: BadRowPolicy): this {
    this.#settings.onBadRow(policy);
    return this;
  }

  deadLetters(): Stream<DeadLetter> {
    if (this.#node.onBadRow === undefined) this.onBadRow('sideOutput');
    return this.getSideOutput(DEAD_LETTERS);
  }

  startNewChain(): this {
    this.#settings.startNewChain();
    return this;
  }

  disableChaining(): this {
    this.#settings.disableChaining();
    return this;
  }
}

/** Checks and keeps the settings of one node. */
export class NodeSettings implements OperatorSettings {
  readonly #scope: Scope;
  readonly #node: DraftNode;

  constructor(scope: Scope, node: DraftNode) {
    this.#scope = scope;
    this.#node = node;
  }

  name(name: string): this {
    this.#node.name = this.#text('name', name);
    return this;
  }

  uid(uid: string): this {
    this.#node.uid = this.#text('uid', uid);
    return this;
  }

  setParallelism(parallelism: number): this {
    this.#scope.draft.assertOpen('setParallelism');
    const { spec } = this.#node;
    // A source that has less to give is capped in the plan; an operator that must not be parallel says so here.
    const most =
      spec.source === undefined ? (spec.maxSubtasks ?? PARALLELISM_MAX) : PARALLELISM_MAX;
    if (!Number.isInteger(parallelism) || parallelism < 1 || parallelism > most) {
      throw new EngineError(
        'ERR_GRAPH_PARALLELISM',
        { what: `Parallelism of ${this.#node.name ?? spec.kind}`, most, got: parallelism },
        { place: placeOf(callSite()) },
      );
    }
    this.#node.parallelism = parallelism;
    return this;
  }

  slotSharingGroup(group: string): this {
    this.#node.slotSharingGroup = this.#text('slotSharingGroup', group);
    return this;
  }

  onBadRow(policy: BadRowPolicy): this {
    this.#scope.draft.assertOpen('onBadRow');
    const { name, spec, location } = this.#node;
    if (!['fail', 'skip', 'sideOutput'].includes(policy)) {
      throw argumentError('onBadRow', "'fail', 'skip' or 'sideOutput'", policy);
    }
    if (policy !== 'fail' && spec.transformation?.leavesOut !== true) {
      throw badRowError(name ?? spec.kind, spec.kind, policy, placeOf(location));
    }
    this.#node.onBadRow = policy;
    return this;
  }

  startNewChain(): this {
    this.#scope.draft.assertOpen('startNewChain');
    this.#node.chaining = 'head';
    return this;
  }

  disableChaining(): this {
    this.#scope.draft.assertOpen('disableChaining');
    this.#node.chaining = 'never';
    return this;
  }

  #text(call: string, text: string): string {
    this.#scope.draft.assertOpen(call);
    if (typeof text !== 'string' || text.trim() === '') {
      throw argumentError(call, 'a text that is not empty', text);
    }
    return text;
  }
}

/** A sink, set up by its handle. */
export class SinkSettings extends NodeSettings implements SinkHandle {
  readonly kind = 'sink';
}

/** The stream of a side output of `node`. */
function sidePosition(node: DraftNode, tag: string, asked: RecordType | undefined): Position {
  if (typeof tag !== 'string' || tag === '') {
    throw argumentError('getSideOutput', 'a tag', tag);
  }
  // Who names no type means that of the rows which the operator sends there.
  const type = asked ?? node.spec.sideOutputs?.get(tag);
  const known = node.sideOutputs.get(tag);
  if (node.sideOutputs.has(tag) && known?.fingerprint !== type?.fingerprint) {
    throw new EngineError(
      'ERR_GRAPH_SIDE_OUTPUT',
      { tag, first: describeType(known), second: describeType(type) },
      { place: placeOf(callSite()) },
    );
  }
  node.sideOutputs.set(tag, type);
  return { ...mainOutput(node), sideOutput: tag, type };
}

/** The operator cannot leave rows out. */
export function badRowError(
  operator: string,
  kind: string,
  policy: BadRowPolicy,
  place: ErrorPlace,
): EngineError {
  return new EngineError('ERR_GRAPH_BAD_ROW', { operator, kind, policy }, { place });
}
