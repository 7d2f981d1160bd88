/**
 * What a plan needs, as sums of named terms.
 *
 * Law: the terms of all subtasks of a job sum to the same bytes as the admission terms of its edges and operators.
 * Counting rules:
 * - A ring belongs to its consumer, who grants the credit: capacity plus control words, for each channel.
 * - Overdraft belongs to its producer, counted in full for each output channel: a broadcast can fill them all at once.
 * - State is a quota for each subtask of each stateful operator.
 * - Heap is a quota within the limit of the worker, and the limit is counted; so it enters no sum itself.
 */

import { EngineError, formatBytes, MiB } from '../base/index.ts';
import type { SubtaskId } from '../base/index.ts';
import { ringMemoryBytes } from '../exchange/index.ts';
import type { PhysicalPlan, PlanChain, PlanEdge, PlanSubtask } from '../plan/index.ts';
import { jobConfigOf } from './config.ts';
import type { Config, JobConfig } from './config.ts';
import type { MemoryTerm } from './placement.ts';
import type { Pool } from './pool.ts';

/** An idle worker thread: its isolate, stacks and loaded modules; measured 11 - 12 MiB resident. */
export const THREAD_BASELINE_BYTES: number = 12 * MiB;

/** What one subtask needs. */
export interface SubtaskDemand {
  readonly subtask: PlanSubtask;
  readonly chain: PlanChain;
  /** Quota in milli-cores; undefined: best effort. */
  readonly cpu: number | undefined;
  /** Quota in bytes; undefined: what the others leave. */
  readonly heap: number | undefined;
  /** The worker it is pinned to. */
  readonly worker: number | undefined;
  /** Rings it reads and overdraft of what it writes. */
  readonly channels: readonly MemoryTerm[];
  /** By stateful operator; undefined bytes: a share of what is left. */
  readonly state: readonly { readonly operator: string; readonly bytes: number | undefined }[];
}

/** A term of the sum that decides admission, with what to change when it is the one that does not fit. */
export interface AdmissionTerm extends MemoryTerm {
  readonly advice: string;
}

/**
 * What each subtask of the plan needs, by subtask index.
 *
 * @throws ERR_PLACEMENT_PIN when operators of one chain are pinned to different workers
 */
export function demandsOf(plan: PhysicalPlan, config: Config): readonly SubtaskDemand[] {
  const job = jobConfigOf(config, plan.job);
  const chains = plan.chains.map((chain) => chainDemand(chain, job));
  const counts = countChannels(plan);
  return plan.subtasks.map((subtask) => ({
    subtask,
    chain: plan.chains[subtask.chain]!,
    ...chains[subtask.chain]!,
    channels: channelTerms(plan, counts, subtask, config.exchange.overdraft),
  }));
}

/** Memory of the process that belongs to no worker. */
export function processTerms(pool: Pool): readonly AdmissionTerm[] {
  return [
    {
      name: 'reserve of the process',
      bytes: pool.reserveMemoryBytes,
      reason: 'main thread, garbage collection and I/O helpers',
      advice: 'Raise pool.memory or lower pool.reserve.memory.',
    },
  ];
}

/** What one worker costs before it runs anything. */
export function workerTerms(pool: Pool): readonly AdmissionTerm[] {
  return [
    {
      name: 'thread baseline',
      bytes: THREAD_BASELINE_BYTES,
      reason: 'isolate, stacks, modules',
      advice: 'Lower pool.threads or raise pool.memory.',
    },
    {
      name: 'heap limit',
      bytes: pool.heapLimitBytes,
      reason: pool.heapReason,
      advice: 'Lower pool.heap or pool.threads, or raise pool.memory.',
    },
  ];
}

/** Rings and overdraft of the whole job, an edge a term. */
export function edgeTerms(plan: PhysicalPlan, config: Config): readonly AdmissionTerm[] {
  const more = `or lower jobs.${plan.job}.parallelism, or raise pool.memory.`;
  const { overdraft } = config.exchange;
  return plan.edges.flatMap((edge): AdmissionTerm[] => {
    const count = edge.channels.length;
    return [
      ring(edge, plan, count, `Lower exchange.ring, ${more}`),
      draft(edge, plan, count, overdraft, `Lower exchange.overdraft, ${more}`),
    ];
  });
}

/** `filter -> sum`, by operator names. */
export function edgeName(plan: PhysicalPlan, edge: PlanEdge): string {
  const name = (chain: PlanChain, node: number): string =>
    chain.operators.find((operator) => operator.node === node)?.name ?? chain.name;
  const from = name(plan.chains[edge.from]!, edge.fromNode);
  return `${from} -> ${name(plan.chains[edge.to]!, edge.toNode)}`;
}

type ChainDemand = Pick<SubtaskDemand, 'cpu' | 'heap' | 'worker' | 'state'>;

/** A quota of a chain is the sum of those of its operators, or the job's default when none has its own. */
function chainDemand(chain: PlanChain, job: JobConfig): ChainDemand {
  let cpu: number | undefined;
  let heap: number | undefined;
  let pin: { readonly operator: string; readonly worker: number } | undefined;
  const state: { operator: string; bytes: number | undefined }[] = [];
  for (const { name, stateful } of chain.operators) {
    const own = Object.hasOwn(job.operators, name) ? job.operators[name]! : {};
    if (own.cpu !== undefined) cpu = (cpu ?? 0) + own.cpu;
    if (own.heap !== undefined) heap = (heap ?? 0) + own.heap;
    if (stateful || own.state !== undefined)
      state.push({ operator: name, bytes: own.state ?? job.defaults.state });
    if (own.worker === undefined) continue;
    if (pin !== undefined && pin.worker !== own.worker)
      throw new EngineError(
        'ERR_PLACEMENT_PIN',
        {
          chain: chain.name,
          first: pin.worker,
          firstOperator: pin.operator,
          second: own.worker,
          secondOperator: name,
        },
        { place: { operator: name } },
      );
    pin = { operator: name, worker: own.worker };
  }
  return {
    cpu: cpu ?? job.defaults.cpu,
    heap: heap ?? job.defaults.heap,
    worker: pin?.worker,
    state,
  };
}

/** By edge: how many of its channels each subtask reads and writes. */
type ChannelCounts = readonly {
  readonly read: ReadonlyMap<SubtaskId, number>;
  readonly written: ReadonlyMap<SubtaskId, number>;
}[];

/** Counted in one pass: an edge has up to parallelism squared channels. */
function countChannels(plan: PhysicalPlan): ChannelCounts {
  return plan.edges.map(({ channels: ids }) => {
    const read = new Map<SubtaskId, number>();
    const written = new Map<SubtaskId, number>();
    for (const id of ids) {
      const { consumer, producer } = plan.channels[id]!;
      read.set(consumer, (read.get(consumer) ?? 0) + 1);
      written.set(producer, (written.get(producer) ?? 0) + 1);
    }
    return { read, written };
  });
}

function channelTerms(
  plan: PhysicalPlan,
  counts: ChannelCounts,
  subtask: PlanSubtask,
  overdraftBytes: number,
): readonly MemoryTerm[] {
  const chain = plan.chains[subtask.chain]!;
  const terms: MemoryTerm[] = [];
  for (const id of chain.inputs) {
    const count = counts[id]!.read.get(subtask.id);
    if (count !== undefined) terms.push(ring(plan.edges[id]!, plan, count));
  }
  for (const id of chain.outputs) {
    const count = counts[id]!.written.get(subtask.id);
    if (count !== undefined) terms.push(draft(plan.edges[id]!, plan, count, overdraftBytes));
  }
  return terms;
}

function ring(edge: PlanEdge, plan: PhysicalPlan, count: number, advice = ''): AdmissionTerm {
  return {
    name: `rings of edge ${edgeName(plan, edge)}`,
    bytes: count * ringMemoryBytes(edge.ringBytes),
    reason: `${channels(count)} x ${formatBytes(edge.ringBytes)} and control words`,
    advice,
  };
}

function draft(
  edge: PlanEdge,
  plan: PhysicalPlan,
  count: number,
  bytes: number,
  advice = '',
): AdmissionTerm {
  return {
    name: `overdraft of edge ${edgeName(plan, edge)}`,
    bytes: count * bytes,
    reason: `${channels(count)} x ${formatBytes(bytes)} at most`,
    advice,
  };
}

function channels(count: number): string {
  return count === 1 ? '1 channel' : `${count} channels`;
}
