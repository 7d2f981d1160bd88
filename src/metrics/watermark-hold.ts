/**
 * Whose watermark everything waits for: the answer to "why is there no output?". Pure.
 *
 * Law: the holder is a source subtask that is neither idle nor at its end, found by following from the subtask that is
 * furthest behind, at each step, the channel that holds its watermark back.
 */

import type { SubtaskMetrics, WatermarkHold } from './job-metrics.ts';

/** The source subtask that event time waits for; null when nothing waits. */
export function findWatermarkHold(subtasks: readonly SubtaskMetrics[]): WatermarkHold | null {
  let last: SubtaskMetrics | undefined;
  for (const one of subtasks) {
    if (one.watermarkHeldBy === null || one.inputStatus !== 'active') continue;
    if (last === undefined || timeOf(one) < timeOf(last)) last = one;
  }
  if (last === undefined) return null;
  const waiting = last.subtask;
  let at: SubtaskMetrics = last;
  // A plan has no cycles; the bound is for readings torn between turns.
  for (let i = 0; i < subtasks.length && at.watermarkHeldBy !== null; i++) {
    const next = subtasks[at.watermarkHeldBy];
    if (next === undefined) break;
    at = next;
  }
  if (at.watermarkHeldBy !== null || at.inputStatus !== 'active') return null;
  return {
    subtask: waiting,
    heldBy: at.subtask,
    watermark: at.watermark,
    sinceMs: at.watermarkSinceMs,
  };
}

function timeOf({ watermark }: SubtaskMetrics): number {
  return watermark ?? -Infinity;
}
