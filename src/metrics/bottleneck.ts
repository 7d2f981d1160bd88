/**
 * Backpressure in words, and the subtask that causes it. Pure.
 *
 * Law: a bottleneck is not itself backpressured, and at least one of its producers is.
 */

import type { Backpressure, ChannelMetrics, SubtaskMetrics } from './job-metrics.ts';

/** Flink's thresholds: OK up to 100 ms/s, LOW up to 500, HIGH above. */
export function backpressureOf(backpressuredMsPerSecond: number): Backpressure {
  if (backpressuredMsPerSecond <= 100) return 'OK';
  return backpressuredMsPerSecond <= 500 ? 'LOW' : 'HIGH';
}

/**
 * The busiest subtask that is not backpressured and has a producer that is; null when there is none.
 * It is the first place downstream of the queueing that cannot go faster.
 */
export function findBottleneck(
  subtasks: readonly SubtaskMetrics[],
  channels: readonly Pick<ChannelMetrics, 'from' | 'to'>[],
): number | null {
  let found: SubtaskMetrics | undefined;
  for (const { from, to } of channels) {
    const producer = subtasks[from];
    const consumer = subtasks[to];
    if (producer === undefined || consumer === undefined) continue;
    if (producer.backpressure === 'OK' || consumer.backpressure !== 'OK') continue;
    if (found === undefined || consumer.busyMsPerSecond > found.busyMsPerSecond) found = consumer;
  }
  return found?.subtask ?? null;
}
