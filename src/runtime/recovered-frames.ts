/**
 * Who goes on with which rows that a barrier had overtaken.
 *
 * Law (test/runtime/recovered-frames.test.ts): every row comes to one subtask: the one that owns its key group on keyed edges, else
 * one that follows from its earlier consumer alone; rows of one channel come in their order. With the parallelism that there was
 * each channel is its own.
 */

import { EngineError } from '../base/index.ts';
import type { InFlightChannel } from '../checkpoint/index.ts';
import { forEachFrame, FrameCopies } from '../exchange/index.ts';
import type { PhysicalPlan, PlanEdge, PlanSubtask } from '../plan/index.ts';
import { FrameKind, keyGroupRange } from '../record/index.ts';
import { edgeName, inFlightChannels } from './in-flight-channels.ts';

/** Frames of an earlier channel, or a part of them: what its consumer held stands before what its producer held. */
export interface InFlightPart {
  readonly channel: InFlightChannel;
  pieces(this: void): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** The parts that subtasks held, in the order in which they are to be read. */
export function inFlightParts<S extends { readonly head: string; readonly index: number }>(
  subtasks: readonly S[],
  held: (subtask: S) => readonly InFlightPart[],
): readonly InFlightPart[] {
  const incoming: InFlightPart[] = [];
  const outgoing: InFlightPart[] = [];
  for (const subtask of subtasks) {
    for (const part of held(subtask)) {
      const { to, consumer } = part.channel;
      (to === subtask.head && consumer === subtask.index ? incoming : outgoing).push(part);
    }
  }
  return [...incoming, ...outgoing];
}

/** What a subtask reads before anything else. */
export interface RecoveredFrames {
  /** Whether the parallelism is as it was: channels of the lanes are those of the subtask's gate. */
  readonly same: boolean;
  /** How many channels' watermarks are combined; those without a lane have none. */
  readonly channels: number;
  readonly lanes: readonly RecoveredLane[];
}

/** Frames of one channel. */
export interface RecoveredLane {
  /** Index of the edge among the chain's inputs. */
  readonly edge: number;
  readonly channel: number;
  readonly pieces: readonly Uint8Array[];
}

/**
 * The frames of one subtask; undefined when there are none.
 *
 * @throws ERR_CHECKPOINT_IN_FLIGHT an edge is gone, or its rows lie otherwise
 */
export async function recoveredFrames(
  plan: PhysicalPlan,
  subtask: PlanSubtask,
  parts: readonly InFlightPart[],
): Promise<RecoveredFrames | undefined> {
  const chain = plan.chains[subtask.chain]!;
  const uids = new Set(chain.operators.map(({ uid }) => uid));
  const mine = parts.filter(({ channel }) => uids.has(channel.to));
  if (mine.length === 0) return undefined;
  const edges = chain.inputs.map((id) => plan.edges[id]!);
  const ofEdge = edges.map((edge) => partsOf(plan, edge, mine));
  const lost = mine.find((part) => !ofEdge.some((some) => some.includes(part)));
  if (lost !== undefined) failEdge(lost.channel, 'no such edge');
  const same = edges.every((edge, i) => ofEdge[i]!.every((part) => isSame(plan, edge, part)));
  const lanes: RecoveredLane[] = [];
  let channels = 0;
  for (const [edge, planned] of edges.entries()) {
    const physical = inFlightChannels(plan, planned.id, ({ consumer }) => consumer === subtask.id);
    const consumers = [...new Set(ofEdge[edge]!.map(({ channel }) => channel.consumer))]
      .filter((consumer) => takes(plan, planned, subtask, ofEdge[edge]!, consumer))
      .toSorted((a, b) => a - b);
    const producers = ofEdge[edge]![0]?.channel.producers ?? 1;
    for (const [i, consumer] of consumers.entries()) {
      for (let producer = 0; producer < producers; producer++) {
        const own = ofEdge[edge]!.filter(
          ({ channel }) => channel.consumer === consumer && channel.producer === producer,
        );
        const pieces = await piecesOf(own, same ? undefined : keptBy(plan, planned, subtask));
        if (pieces.length === 0) continue;
        const at = same
          ? physical.findIndex((one) => one.producer === producer)
          : i * producers + producer;
        lanes.push({ edge, channel: channels + at, pieces });
      }
    }
    channels += same ? physical.length : Math.max(1, consumers.length) * producers;
  }
  return lanes.length === 0 ? undefined : { same, channels, lanes };
}

/** @throws ERR_CHECKPOINT_IN_FLIGHT */
function partsOf(
  plan: PhysicalPlan,
  edge: PlanEdge,
  parts: readonly InFlightPart[],
): readonly InFlightPart[] {
  const name = edgeName(plan, edge);
  const own = parts.filter(
    ({ channel }) =>
      channel.from === name.from &&
      channel.sideOutput === name.sideOutput &&
      channel.to === name.to &&
      channel.input === name.input &&
      channel.edge === name.edge,
  );
  const other = own.find(
    ({ channel: { layout, timestamps } }) =>
      layout !== name.layout || timestamps !== name.timestamps,
  );
  if (other !== undefined) failEdge(other.channel, layoutText(name));
  return own;
}

function isSame(plan: PhysicalPlan, edge: PlanEdge, { channel }: InFlightPart): boolean {
  const { producers, consumers } = edgeName(plan, edge);
  return channel.producers === producers && channel.consumers === consumers;
}

/** Whether rows of an earlier consumer come to this subtask, some of them at least. */
function takes(
  { chains, maxParallelism }: PhysicalPlan,
  edge: PlanEdge,
  { chain, index }: PlanSubtask,
  parts: readonly InFlightPart[],
  consumer: number,
): boolean {
  const { parallelism } = chains[chain]!;
  const { consumers } = parts[0]!.channel;
  if (edge.partitioner !== 'keyGroup') return consumer % parallelism === index;
  const [first, end] = keyGroupRange(index, maxParallelism, parallelism);
  const [from, to] = keyGroupRange(consumer, maxParallelism, consumers);
  return from < end && first < to;
}

/** Whether the row with this hash is the subtask's; undefined: all are. */
function keptBy(
  { chains, maxParallelism }: PhysicalPlan,
  { partitioner }: PlanEdge,
  { chain, index }: PlanSubtask,
): ((hash: number) => boolean) | undefined {
  if (partitioner !== 'keyGroup') return undefined;
  const [first, end] = keyGroupRange(index, maxParallelism, chains[chain]!.parallelism);
  return (hash) => {
    const group = hash % maxParallelism;
    return group >= first && group < end;
  };
}

async function piecesOf(
  parts: readonly InFlightPart[],
  keeps: ((hash: number) => boolean) | undefined,
): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (const { channel, pieces: read } of parts) {
    const prefixBytes = channel.timestamps ? 8 : 0;
    for await (const piece of read()) {
      if (keeps === undefined) pieces.push(piece);
      else {
        const kept = new FrameCopies(prefixBytes);
        forEachFrame(piece, prefixBytes, (kind, memory, at, word0) => {
          const hash = memory.i32[(at + prefixBytes + 4) >> 2]!;
          if (kind !== FrameKind.row || keeps(hash)) kept.take(kind, memory, at, word0);
        });
        pieces.push(...kept.pieces());
      }
    }
  }
  return pieces;
}

function layoutText({
  layout,
  timestamps,
}: Pick<InFlightChannel, 'layout' | 'timestamps'>): string {
  return `rows of ${layout} ${timestamps ? 'with' : 'without'} timestamps`;
}

/** @throws ERR_CHECKPOINT_IN_FLIGHT always */
function failEdge(channel: InFlightChannel, expected: string): never {
  const { from, to, sideOutput } = channel;
  throw new EngineError('ERR_CHECKPOINT_IN_FLIGHT', {
    from: sideOutput === '' ? from : `${from} (${sideOutput})`,
    to,
    expected,
    got: layoutText(channel),
  });
}
