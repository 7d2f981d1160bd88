/** Physical plans and machines for the tests of placement, from a few words. */

import { chainId, channelId, edgeId, nodeId, subtaskId } from '../../src/base/index.ts';
import type { SubtaskId } from '../../src/base/index.ts';
import type { Machine } from '../../src/placement/index.ts';
import type {
  PhysicalPlan,
  PlanChain,
  PlanChannel,
  PlanEdge,
  PlanSubtask,
} from '../../src/plan/index.ts';

/** A chain in words; operators named `x!` are stateful. */
export interface ChainSpec {
  readonly operators: readonly string[];
  readonly parallelism: number;
  readonly group?: string;
  readonly async?: boolean;
}

/** Edges `[from, to]` by chain index; all producers to all consumers, or one to one when `forward`. */
export interface EdgeSpec {
  readonly from: number;
  readonly to: number;
  readonly forward?: boolean;
}

export function buildPlan(
  chains: readonly ChainSpec[],
  edges: readonly EdgeSpec[],
  ringBytes: number = 1 << 20,
  job = 'job',
): PhysicalPlan {
  const subtasks: PlanSubtask[] = [];
  const nodes: number[][] = [];
  let node = 0;
  for (const spec of chains) nodes.push(spec.operators.map(() => node++));
  const planChains = chains.map((spec, at): PlanChain => {
    const own: SubtaskId[] = [];
    for (let index = 0; index < spec.parallelism; index++) {
      const id = subtaskId(subtasks.length);
      own.push(id);
      subtasks.push({ id, chain: chainId(at), index, keyGroups: [0, 0] });
    }
    const names = spec.operators.map((name) => name.replace('!', ''));
    return {
      id: chainId(at),
      name: names.join(' -> '),
      operators: names.map((name, index) => ({
        node: nodeId(nodes[at]![index]!),
        name,
        uid: name,
        kind: 'map',
        params: {},
        keyed: false,
        stateful: spec.operators[index]!.endsWith('!'),
        fingerprint: name,
        location: undefined,
      })),
      parallelism: spec.parallelism,
      slotSharingGroup: spec.group ?? 'default',
      subtasks: own,
      inputs: edges.flatMap((edge, id) => (edge.to === at ? [edgeId(id)] : [])),
      outputs: edges.flatMap((edge, id) => (edge.from === at ? [edgeId(id)] : [])),
      async: spec.async ?? false,
    };
  });
  const channels: PlanChannel[] = [];
  const planEdges = edges.map(({ from, to, forward }, at): PlanEdge => {
    const first = channels.length;
    for (const producer of planChains[from]!.subtasks)
      for (const consumer of planChains[to]!.subtasks) {
        const sameIndex = subtasks[producer]!.index === subtasks[consumer]!.index;
        if (forward !== true || sameIndex)
          channels.push({ id: channelId(channels.length), edge: edgeId(at), producer, consumer });
      }
    return {
      id: edgeId(at),
      logicalEdge: at,
      from: chainId(from),
      fromNode: nodeId(nodes[from]!.at(-1)!),
      sideOutput: undefined,
      to: chainId(to),
      toNode: nodeId(nodes[to]![0]!),
      input: 0,
      partitioner: forward === true ? 'forward' : 'rebalance',
      keyFields: undefined,
      fields: undefined,
      type: undefined,
      timestamps: false,
      ringBytes,
      channels: channels.slice(first).map(({ id }) => id),
    };
  });
  return {
    version: 1,
    job,
    executionMode: 'streaming',
    maxParallelism: 128,
    graphFingerprint: 'test',
    chains: planChains,
    subtasks,
    edges: planEdges,
    channels,
    decisions: [],
    warnings: [],
  };
}

/** A machine with so many CPUs and bytes of memory. */
export function buildMachine(
  cpus: number,
  memoryBytes: number,
  changes: Partial<Machine> = {},
): Machine {
  const works = { available: true, reason: 'test' };
  return {
    platform: 'linux',
    nodeVersion: '26.0.0',
    cpus: Array.from({ length: cpus }, (_, cpu) => cpu),
    cpuMilli: cpus * 1000,
    cpuSource: 'affinity mask',
    memoryTotalBytes: memoryBytes,
    memoryLimitBytes: memoryBytes,
    memorySource: 'total memory',
    rssBytes: 64 << 20,
    maxOldSpaceFrom: undefined,
    clockStepNs: 100,
    capabilities: {
      pin: works,
      cpuTime: works,
      runQueue: works,
      nice: works,
      clock: works,
      waitAsync: works,
      pause: works,
    },
    ...changes,
  };
}
