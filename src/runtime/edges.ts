/** Builds the ends of a chain's edges from the plan: readers and input gate, writers and output gates. */

import { assert } from '../base/index.ts';
import type { ChannelId, Clock, EdgeId, SubtaskId } from '../base/index.ts';
import {
  createPartitioner,
  CREDIT_SETTINGS_DEFAULT,
  InputGate,
  keyGroupTable,
  OutputGate,
  OutputPressure,
  RingReader,
  RingWriter,
} from '../exchange/index.ts';
import type { Doorbell, RingDescriptor } from '../exchange/index.ts';
import type { KeySelector, LogicalEdge, LogicalGraph } from '../graph/index.ts';
import type { KeyContext } from '../operators/index.ts';
import type { PhysicalPlan, PlanEdge, PlanSubtask } from '../plan/index.ts';
import { compileCodec, genericCodec, projectionOf, TIMESTAMP_BYTES } from '../record/index.ts';
import type { KeyValue, RowCodec } from '../record/index.ts';
import type { InputEdge, KeyRoute, OutputEdge, Routing } from './chain-spec.ts';
import type { RuntimeSettings } from './settings.ts';

/** What edges need from the worker. */
export interface EdgeEnvironment {
  readonly graph: LogicalGraph;
  readonly plan: PhysicalPlan;
  readonly settings: RuntimeSettings;
  readonly clock: Clock;
  ring(channel: ChannelId): RingDescriptor;
  /** Doorbell of the worker that runs this subtask. */
  bellOf(subtask: SubtaskId): Doorbell;
}

/** The input side of a chain. */
export interface ChainInput {
  readonly gate: InputGate;
  readonly edges: readonly InputEdge[];
  /** Index into `edges` of each channel of the gate. */
  readonly inputOfChannel: Uint16Array;
  /** The subtask that writes each channel of the gate. */
  readonly producers: readonly SubtaskId[];
}

/** Readers of all channels that end at this subtask, edge by edge. */
export function inputOf(
  environment: EdgeEnvironment,
  subtask: PlanSubtask,
  edgeIds: readonly EdgeId[],
): ChainInput {
  const { plan, graph, settings } = environment;
  const readers: RingReader[] = [];
  const inputOfChannel: number[] = [];
  const producers: SubtaskId[] = [];
  const edges = edgeIds.map((id, index): InputEdge => {
    const edge = plan.edges[id]!;
    const logical = graph.edges[edge.logicalEdge]!;
    for (const channelId of edge.channels) {
      const channel = plan.channels[channelId]!;
      if (channel.consumer !== subtask.id) continue;
      readers.push(
        new RingReader(environment.ring(channelId), {
          prefixBytes: prefixOf(edge),
          producerBell: environment.bellOf(channel.producer),
        }),
      );
      inputOfChannel.push(index);
      producers.push(channel.producer);
    }
    return {
      codec: codecOf(logical, edge),
      prefixBytes: prefixOf(edge),
      input: edge.input,
      keyed: edge.partitioner === 'keyGroup',
    };
  });
  const gate = new InputGate(readers, {
    ...CREDIT_SETTINGS_DEFAULT,
    targetMs: settings.drainTargetMs,
  });
  return { gate, edges, inputOfChannel: Uint16Array.from(inputOfChannel), producers };
}

/** Writers of all channels that begin at this subtask on one edge. */
export function outputOf(
  environment: EdgeEnvironment,
  subtask: PlanSubtask,
  id: EdgeId,
): OutputEdge {
  const { plan, graph, settings, clock } = environment;
  const edge = plan.edges[id]!;
  const logical = graph.edges[edge.logicalEdge]!;
  const pressure = new OutputPressure();
  const writers = edge.channels
    .map((channel) => plan.channels[channel]!)
    .filter((channel) => channel.producer === subtask.id)
    .map(
      (channel) =>
        new RingWriter(environment.ring(channel.id), {
          prefixBytes: prefixOf(edge),
          consumerBell: environment.bellOf(channel.consumer),
          segmentBytes: settings.segmentBytes,
          overdraftBytes: settings.overdraftBytes,
          clock,
          pressure,
        }),
    );
  const codec = codecOf(logical, edge);
  return {
    gate: new OutputGate(writers, pressure),
    pressure,
    writers,
    routing: routingOf(edge, logical, codec, subtask.index, writers.length, plan.maxParallelism),
    codec,
    prefixBytes: prefixOf(edge),
  };
}

/** How an operator finds the key of its rows. `codec` is that of its input, when typed. */
export function keyContext(selector: KeySelector, codec: RowCodec | undefined): KeyContext {
  if (selector.kind === 'function') {
    const { fn } = selector;
    return { fields: undefined, valueOf: (row) => fn(row as never), access: undefined };
  }
  const { fields } = selector;
  const access = codec?.key(fields);
  const valueOf = access ? (row: unknown) => access.valueOf(row) : fieldsValue(fields);
  return { fields, valueOf, access };
}

function prefixOf(edge: PlanEdge): 0 | 8 {
  return edge.timestamps ? TIMESTAMP_BYTES : 0;
}

/** Of the rows that travel: with the fields that the plan names. */
function codecOf({ type }: LogicalEdge, { fields }: PlanEdge): RowCodec {
  if (type === undefined) return genericCodec();
  return compileCodec(fields === undefined ? type : projectionOf(type, fields));
}

function routingOf(
  edge: PlanEdge,
  logical: LogicalEdge,
  codec: RowCodec,
  producer: number,
  channels: number,
  maxParallelism: number,
): Routing {
  switch (edge.partitioner) {
    case 'forward':
    case 'global':
      return { kind: 'single' };
    case 'broadcast':
      return { kind: 'broadcast' };
    case 'keyGroup': {
      assert(logical.key !== undefined, 'a key-group edge has a key selector');
      const channelOfGroup = Uint16Array.from(keyGroupTable(maxParallelism, channels));
      return { kind: 'keyGroup', channelOfGroup, key: keyRoute(logical.key, codec) };
    }
    case 'rebalance':
    case 'rescale':
    case 'shuffle':
    case 'custom': {
      const partitioner = createPartitioner({
        kind: edge.partitioner,
        channels,
        producer,
        maxParallelism,
        route: logical.route,
        seed: edge.id,
      });
      return { kind: 'select', select: (row) => partitioner.select(0, row) };
    }
  }
}

function keyRoute(selector: KeySelector, codec: RowCodec): KeyRoute {
  if (selector.kind === 'function') return { kind: 'function', fn: selector.fn };
  if (!codec.generic) return { kind: 'fields', access: codec.key(selector.fields) };
  return { kind: 'function', fn: fieldsValue(selector.fields) };
}

/** The key of an untyped row: its properties by name. */
function fieldsValue(fields: readonly string[]): (row: unknown) => KeyValue {
  const read = (row: unknown, field: string): KeyValue =>
    (row as Readonly<Record<string, KeyValue>>)[field]!;
  const [first] = fields;
  if (fields.length === 1) return (row) => read(row, first!);
  return (row) => fields.map((field) => read(row, field));
}
