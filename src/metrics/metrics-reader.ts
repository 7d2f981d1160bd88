/**
 * From raw counter blocks and the shape of the plan to one reading. Pure: time, blocks and the reading before come as
 * arguments. Rates are differences between two readings; without an earlier one they count from the start of the job.
 *
 * Laws:
 *  1. Totals are the sums of their parts.
 *  2. Rates over consecutive readings, weighted by their spans, add up to the growth of the counters.
 */

import { backpressureOf, findBottleneck } from './bottleneck.ts';
import { findWatermarkHold } from './watermark-hold.ts';
import { NO_VALUE } from './counters.ts';
import type { RawSubtask } from './counters.ts';
import type {
  ChannelMetrics,
  ChannelSample,
  JobMetrics,
  JobTotals,
  OperatorMetrics,
  SubtaskMetrics,
} from './job-metrics.ts';

/** The part of the physical plan that gives the numbers their names; a whole plan fits. */
export interface JobShape {
  readonly job: string;
  readonly chains: readonly {
    readonly name: string;
    readonly operators: readonly {
      readonly name: string;
      readonly uid: string;
      readonly kind: string;
    }[];
    readonly subtasks: readonly number[];
    /** Ids of edges in and out; a chain without edges in is a source, without edges out a sink. */
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
  }[];
  readonly subtasks: readonly { readonly chain: number; readonly index: number }[];
  readonly channels: readonly {
    readonly edge: number;
    readonly producer: number;
    readonly consumer: number;
  }[];
}

/** Everything a reading is made of. */
export interface MetricsInput {
  readonly shape: JobShape;
  /** By subtask id. */
  readonly raw: readonly RawSubtask[];
  /** By channel id; empty when the exchange was not asked. */
  readonly channels: readonly ChannelSample[];
  /** Worker of each subtask, empty when unknown. */
  readonly workers: readonly number[];
  /** Wall clock, ms since the epoch. */
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly previous: JobMetrics | undefined;
}

/** Watermarks from here on are the end of time. */
const END_OF_TIME = Number.MAX_SAFE_INTEGER;

/**
 * One reading. `previous` must be a reading of the same run; a counter smaller than in it makes the rate 0.
 *
 * @example
 * const metrics = readMetrics({ shape: plan, raw: readCounters(region), channels: [], workers: [],
 *   nowMs: Date.now(), startedAtMs, previous: undefined });
 * metrics.totals.sourceRows;
 */
export function readMetrics(input: MetricsInput): JobMetrics {
  const { shape, nowMs, startedAtMs, previous } = input;
  const seconds = Math.max(nowMs - (previous?.takenAtMs ?? startedAtMs), 1) / 1000;
  const rate = (now: number, before: number): number => Math.max(now - before, 0) / seconds;

  const subtasks = shape.subtasks.map((_, id) => subtaskMetrics(input, id, rate));
  const operators = operatorMetrics(input, rate);
  const channels = shape.channels.map(({ edge, producer, consumer }, channel): ChannelMetrics => ({
    channel,
    edge,
    from: producer,
    to: consumer,
    ...(input.channels[channel] ?? NO_SAMPLE),
  }));
  const before = previous?.totals;
  const sums = totals(shape, subtasks, operators);
  return {
    job: shape.job,
    takenAtMs: nowMs,
    uptimeMs: Math.max(nowMs - startedAtMs, 0),
    subtasks,
    operators,
    channels,
    totals: {
      ...sums,
      sourceRowsPerSecond: rate(sums.sourceRows, before?.sourceRows ?? 0),
      sinkRowsPerSecond: rate(sums.sinkRows, before?.sinkRows ?? 0),
    },
    bottleneck: findBottleneck(subtasks, channels),
    watermarkHold: findWatermarkHold(subtasks),
  };
}

type Rate = (now: number, before: number) => number;

const NO_SAMPLE: ChannelSample = {
  records: 0,
  bytes: 0,
  creditBytes: 0,
  backlogBytes: 0,
  noCreditMs: 0,
};

function subtaskMetrics(input: MetricsInput, id: number, rate: Rate): SubtaskMetrics {
  const { shape, nowMs } = input;
  const { chain, index } = shape.subtasks[id]!;
  const raw = input.raw[id]!;
  const before = input.previous?.subtasks[id];
  const backpressured = rate(raw.backpressuredMs, before?.backpressuredMs ?? 0);
  const watermark = raw.watermark === NO_VALUE ? null : raw.watermark;
  return {
    subtask: id,
    chain,
    chainName: shape.chains[chain]!.name,
    index,
    worker: input.workers[id] ?? null,
    recordsIn: raw.recordsIn,
    recordsOut: raw.recordsOut,
    bytesIn: raw.bytesIn,
    bytesOut: raw.bytesOut,
    recordsInPerSecond: rate(raw.recordsIn, before?.recordsIn ?? 0),
    recordsOutPerSecond: rate(raw.recordsOut, before?.recordsOut ?? 0),
    busyMsPerSecond: rate(raw.busyMs, before?.busyMs ?? 0),
    idleMsPerSecond: rate(raw.idleMs, before?.idleMs ?? 0),
    backpressuredMsPerSecond: backpressured,
    backpressure: backpressureOf(backpressured),
    busyMs: raw.busyMs,
    idleMs: raw.idleMs,
    backpressuredMs: raw.backpressuredMs,
    cpuNs: raw.cpuNs,
    watermark,
    watermarkLagMs: watermark === null || watermark >= END_OF_TIME ? null : nowMs - watermark,
    watermarkSinceMs: raw.watermarkSinceMs > 0 ? raw.watermarkSinceMs : null,
    watermarkHeldBy: raw.watermarkHolder < 0 ? null : raw.watermarkHolder,
    inputStatus: INPUT_STATUS[raw.inputStatus] ?? 'active',
    lateRowsDropped: raw.lateRowsDropped,
    badRows: raw.badRows,
    progress: progressOf(raw),
    steps: raw.steps,
    longestStepMs: raw.longestStepMs,
    stateBytes: raw.stateBytes,
  };
}

const INPUT_STATUS = ['active', 'idle', 'ended'] as const;

/** A total below 0 stands for a source subtask that has nothing to read, 0 for one that does not know. */
function progressOf(raw: RawSubtask): { readonly done: number; readonly total: number } | null {
  if (raw.progressTotal < 0) return { done: 0, total: 0 };
  return raw.progressTotal > 0 ? { done: raw.progressDone, total: raw.progressTotal } : null;
}

function operatorMetrics(input: MetricsInput, rate: Rate): OperatorMetrics[] {
  const { shape, raw } = input;
  const earlier = input.previous?.operators ?? [];
  const found: OperatorMetrics[] = [];
  for (const [chain, { operators, subtasks }] of shape.chains.entries()) {
    for (const [place, { name, uid, kind }] of operators.entries()) {
      let rowsIn = 0;
      let rowsOut = 0;
      const counters: Record<string, number> = {};
      for (const id of subtasks) {
        const block = raw[id]!;
        rowsIn += block.operators[place]?.rowsIn ?? 0;
        rowsOut += block.operators[place]?.rowsOut ?? 0;
        for (const counter of block.custom) {
          if (counter.operator !== place) continue;
          counters[counter.name] = (counters[counter.name] ?? 0) + counter.value;
        }
      }
      const before = earlier[found.length];
      found.push({
        name,
        uid,
        kind,
        chain,
        rowsIn,
        rowsOut,
        rowsInPerSecond: rate(rowsIn, before?.rowsIn ?? 0),
        rowsOutPerSecond: rate(rowsOut, before?.rowsOut ?? 0),
        counters,
      });
    }
  }
  return found;
}

function totals(
  shape: JobShape,
  subtasks: readonly SubtaskMetrics[],
  operators: readonly OperatorMetrics[],
): Omit<JobTotals, 'sourceRowsPerSecond' | 'sinkRowsPerSecond'> {
  const sum = (pick: (one: SubtaskMetrics) => number): number =>
    subtasks.reduce((total, one) => total + pick(one), 0);
  let sourceRows = 0;
  let sinkRows = 0;
  for (const [chain, { inputs, outputs }] of shape.chains.entries()) {
    const inChain = operators.filter((operator) => operator.chain === chain);
    if (inputs.length === 0) sourceRows += inChain[0]?.rowsOut ?? 0;
    if (outputs.length === 0) sinkRows += inChain.at(-1)?.rowsIn ?? 0;
  }
  const sources = subtasks.filter(({ chain }) => shape.chains[chain]!.inputs.length === 0);
  const known = sources.length > 0 && sources.every(({ progress }) => progress !== null);
  const done = sources.reduce((total, { progress }) => total + (progress?.done ?? 0), 0);
  const all = sources.reduce((total, { progress }) => total + (progress?.total ?? 0), 0);
  const watermarks = subtasks.flatMap(({ watermark }) => (watermark === null ? [] : [watermark]));
  return {
    sourceRows,
    sinkRows,
    exchangedBytes: sum((one) => one.bytesOut),
    lateRowsDropped: sum((one) => one.lateRowsDropped),
    badRows: sum((one) => one.badRows),
    stateBytes: sum((one) => one.stateBytes),
    cpuNs: sum((one) => one.cpuNs),
    progress: known && all > 0 ? done / all : null,
    watermark: watermarks.length === 0 ? null : Math.min(...watermarks),
  };
}
