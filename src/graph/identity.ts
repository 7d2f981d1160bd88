/**
 * Names, uids and fingerprints of nodes.
 *
 * Laws:
 *  1. Names and uids are unique within a job.
 *  2. A derived uid depends only on the node's kind, on the uids of its inputs, and on how many nodes with the same kind
 *     and inputs were declared before it: what is appended elsewhere does not change it.
 *  3. The fingerprint of a node changes with anything that must agree between threads.
 */

import { EngineError, textHash } from '../base/index.ts';
import type { DraftNode, GraphDraft, Position } from './draft.ts';
import { formatLocation, placeOf } from './source-location.ts';
import { stableJson } from './stable-text.ts';

/** The name of every node, by id: given ones as they are, others by kind with a number from the second on. */
export function nodeNames(draft: GraphDraft): string[] {
  const given = uniqueOf(draft.nodes, 'name');
  const next = new Map<string, number>();
  return draft.nodes.map((node) => {
    if (node.name !== undefined) return node.name;
    const { kind } = node.spec;
    let count = next.get(kind) ?? 1;
    while (given.has(numbered(kind, count))) count++;
    next.set(kind, count + 1);
    return numbered(kind, count);
  });
}

/** The uid of every node, by id. */
export function nodeUids(draft: GraphDraft): string[] {
  const given = uniqueOf(draft.nodes, 'uid');
  const twins = new Map<string, number>();
  const uids: string[] = [];
  for (const node of draft.nodes) {
    const inputs = inputsOf(draft, node).map(({ position, input }) => [
      input,
      uids[position.from.id],
      position.sideOutput ?? '',
    ]);
    const above = stableJson([node.spec.kind, inputs]);
    const position = twins.get(above) ?? 0;
    twins.set(above, position + 1);
    // A given uid that equals a derived one would be a coincidence in 2^64; the number steps aside.
    let salt = position;
    let uid = textHash(`${above}#${salt}`);
    while (given.has(uid)) uid = textHash(`${above}#${(salt += 1000)}`);
    uids.push(node.uid ?? uid);
  }
  return uids;
}

/** The fingerprint of a node. */
export function nodeFingerprint(
  draft: GraphDraft,
  node: DraftNode,
  names: readonly string[],
  uids: readonly string[],
): string {
  const { spec } = node;
  const source = spec.source;
  return textHash(
    stableJson({
      name: names[node.id],
      uid: uids[node.id],
      kind: spec.kind,
      params: source?.source.params ?? spec.transformation?.params,
      functions: source?.source.functions ?? spec.transformation?.functions,
      watermarks: source?.watermarks,
      type: spec.outputType?.fingerprint,
      sides: [...node.sideOutputs].map(([tag, type]) => [tag, type?.fingerprint]),
      settings: [node.parallelism, spec.maxSubtasks, node.slotSharingGroup, node.chaining],
      inputs: inputsOf(draft, node).map(({ position, input }) => [
        input,
        uids[position.from.id],
        ...positionParts(position),
      ]),
    }),
  );
}

function positionParts(position: Position): unknown[] {
  const { sideOutput, kind, explicit, route, key, type, timestamps } = position;
  return [sideOutput, kind, explicit, route, key, type?.fingerprint, timestamps];
}

function inputsOf(draft: GraphDraft, node: DraftNode): GraphDraft['edges'] {
  return draft.edges.filter((edge) => edge.to === node);
}

function numbered(kind: string, count: number): string {
  return count === 1 ? kind : `${kind}-${count}`;
}

/** All given names (or uids). @throws ERR_GRAPH_DUPLICATE_NAME, ERR_GRAPH_DUPLICATE_UID */
function uniqueOf(nodes: readonly DraftNode[], what: 'name' | 'uid'): ReadonlySet<string> {
  const seen = new Map<string, DraftNode>();
  for (const node of nodes) {
    const text = node[what];
    if (text === undefined) continue;
    const first = seen.get(text);
    if (first !== undefined) {
      const { location } = first;
      throw new EngineError(
        what === 'name' ? 'ERR_GRAPH_DUPLICATE_NAME' : 'ERR_GRAPH_DUPLICATE_UID',
        { [what]: text, first: location === undefined ? 'elsewhere' : formatLocation(location) },
        { place: placeOf(node.location, node.name) },
      );
    }
    seen.set(text, node);
  }
  return new Set(seen.keys());
}
