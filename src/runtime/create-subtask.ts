/** Puts one subtask together: chain, source, counters, quotas. Owner: the worker that hosts it. */

import type { Clock, EngineError, SubtaskId } from '../base/index.ts';
import type { Doorbell } from '../exchange/index.ts';
import type { LogicalGraph } from '../graph/index.ts';
import { readCounters, SubtaskCounters } from '../metrics/index.ts';
import { END_OF_TIME, NO_TIMESTAMP } from '../record/index.ts';
import { QuotaAccount } from '../state/index.ts';
import { Chain } from './chain.ts';
import type { BarrierPassed, BarrierWork } from './control-work.ts';
import { TimeAccount } from './fairness.ts';
import type { LatencyTrack } from './latency-markers.ts';
import type { DeployMessage } from './protocol.ts';
import { SourceHead } from './source-head.ts';
import { Subtask } from './subtask.ts';
import type { SubtaskSnapshot } from './subtask-states.ts';
import { userError } from './user-error.ts';

/** What a job is deployed with, less the messages' own fields. */
export type SubtaskResources = Pick<
  DeployMessage,
  'plan' | 'settings' | 'rings' | 'workerOf' | 'counters' | 'quotas'
> &
  Partial<Pick<DeployMessage, 'runId'>>;

/** What a subtask needs from where it runs. */
export interface SubtaskHost {
  readonly clock: Clock;
  /** By worker. */
  readonly bells: readonly Doorbell[];
  /** Keeps the event loop turning until the promise settles. */
  track(promise: Promise<unknown>): void;
  toDriver(operator: string, channel: string, rows: readonly unknown[]): Promise<void>;
  /** Where the ages of latency markers go. */
  readonly latency: LatencyTrack;
  onFinished(): void;
  onFailure(error: EngineError): void;
  /** A row was left out; of each operator the first few are told. */
  onBadRow?(error: EngineError): void;
  /** A barrier passed the subtask. */
  onSnapshot?(
    id: SubtaskId,
    barrier: BarrierWork,
    snapshot: SubtaskSnapshot,
    passed: BarrierPassed,
  ): void;
}

/** Side output that sources with the policy `sideOutput` send unreadable rows to. */
const BAD_ROWS = 'bad-rows';
/** Counter of rows that an operator left out since its code threw. */
const BAD_ROWS_COUNTER = 'badRows';
/** So many of them are told of, by operator and subtask. */
const BAD_ROWS_TOLD = 5;
/** Counter of rows that event-time operators drop. */
const LATE_ROWS = 'lateRowsDropped';

/**
 * Builds the subtask; nothing is opened yet. An operator whose creation throws is named in the error.
 *
 * @throws ERR_RUNTIME_USER_FUNCTION, or the operator's own error
 */
export function createSubtask(
  graph: LogicalGraph,
  resources: SubtaskResources,
  id: SubtaskId,
  host: SubtaskHost,
): Subtask {
  const { plan, settings, rings, workerOf, counters: region, quotas } = resources;
  const quota = quotas.find(({ subtask }) => subtask === id)!;
  const counters = new SubtaskCounters(region, id);
  const planned = plan.subtasks[id]!;
  const planChain = plan.chains[planned.chain]!;
  const names = planChain.operators.map(({ name }) => name);
  const ringOf = new Map(rings.map(({ channel, ring }) => [channel, ring]));
  const stateful = planChain.operators.filter((operator) => operator.stateful).length;
  const stateBytes = Math.floor(quota.stateBytes / Math.max(1, stateful));
  const badRows = new Map<string, number>();
  let building = names[0]!;
  let chain: Chain;
  try {
    chain = new Chain(
      {
        graph,
        plan,
        settings,
        runId: resources.runId,
        clock: host.clock,
        ring: (channel) => ringOf.get(channel)!,
        bellOf: (subtask) => host.bells[workerOf[subtask]!]!,
        account: (operator) => {
          building = operator;
          return new QuotaAccount(operator, stateBytes);
        },
        counter: (operator, name) => operatorCounter(counters, names.indexOf(operator), name),
        badRow: (operator, error) => {
          counters.badRows++;
          counters.custom(names.indexOf(operator), BAD_ROWS_COUNTER).add(1);
          const told = (badRows.get(operator) ?? 0) + 1;
          badRows.set(operator, told);
          if (told <= BAD_ROWS_TOLD) host.onBadRow?.(error);
        },
        toDriver: (operator, channel, rows) => host.toDriver(operator, channel, rows),
        track: (promise) => host.track(promise),
      },
      id,
    );
  } catch (error) {
    throw userError(error, { operator: building, subtask: planned.index, row: undefined });
  }
  const head = graph.nodes[planChain.operators[0]!.node]!;
  const source =
    head.source &&
    new SourceHead(
      chain,
      head.source.source,
      {
        operatorName: head.name,
        subtaskIndex: planned.index,
        parallelism: planChain.parallelism,
        monotonicMs: () => host.clock.monotonicMs(),
        reject: (bad) => {
          counters.badRows++;
          if (head.source!.source.onBadRow !== 'sideOutput') return;
          if (chain.spec.operators[0]!.sides[BAD_ROWS] === undefined) return;
          chain.spec.collectors[0]!.emitSide(BAD_ROWS, bad, NO_TIMESTAMP);
        },
      },
      {
        strategy: head.source.watermarks,
        groupWatermark: groupWatermark(graph, resources, head.source.watermarks?.alignment?.group),
        batch: plan.executionMode === 'batch',
      },
    );
  return new Subtask(
    chain,
    source,
    counters,
    new TimeAccount(settings.quantumMs * (quota.cpu / 1000), settings.stepRowsMax),
    host.clock,
    {
      track: (promise) => host.track(promise),
      onEnd: (state) => {
        if (state === 'finished') host.onFinished();
      },
      onFailure: (error) => host.onFailure(error),
      onSnapshot: (barrier, snapshot, passed) => {
        host.onSnapshot?.(id, barrier, snapshot, passed);
      },
    },
    settings.segmentBytes,
    host.latency,
  );
}

/** The smallest watermark of the sources of an alignment group that are neither idle nor at their end. */
function groupWatermark(
  graph: LogicalGraph,
  { plan, counters }: SubtaskResources,
  group: string | undefined,
): (() => number) | undefined {
  if (group === undefined) return undefined;
  const members = plan.subtasks.flatMap(({ id, chain }) => {
    const { source } = graph.nodes[plan.chains[chain]!.operators[0]!.node]!;
    return source?.watermarks?.alignment?.group === group ? [id] : [];
  });
  return () => {
    const all = readCounters(counters);
    const waitedFor = members.map((id) => all[id]!).filter(({ inputStatus }) => inputStatus === 0);
    return Math.min(...waitedFor.map(({ watermark }) => watermark), END_OF_TIME);
  };
}

/** Late rows also count for the subtask as a whole. */
function operatorCounter(
  counters: SubtaskCounters,
  operator: number,
  name: string,
): { add(n: number): void } {
  const counter = counters.custom(operator, name);
  if (name !== LATE_ROWS) return counter;
  return {
    add(n) {
      counter.add(n);
      counters.lateRowsDropped += n;
    },
  };
}
