/**
 * Whether a job's memory fits the pool: one sum of named terms, admitted in order.
 *
 * Law: the sum of all terms is at most the limit, or the first term that crosses it is named.
 */

import { formatBytes, MiB } from '../base/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';
import type { Config } from './config.ts';
import { edgeTerms, processTerms, workerTerms } from './demand.ts';
import type { AdmissionTerm, SubtaskDemand } from './demand.ts';
import type { Shortage } from './placement.ts';
import type { Pool } from './pool.ts';

/** Below this, keyed state is not worth starting with. */
export const STATE_LEAST_BYTES: number = 16 * MiB;

/** The sum that fits, with the state quota that operators without one of their own get. */
export interface AdmittedMemory {
  readonly fits: true;
  readonly terms: readonly AdmissionTerm[];
  readonly usedBytes: number;
  /** For each subtask of each stateful operator without a quota. */
  readonly sharedStateBytes: number;
}

/** Adds everything up; `takenBytes` are off-heap bytes of jobs already running. */
export function admitMemory(
  plan: PhysicalPlan,
  config: Config,
  pool: Pool,
  demands: readonly SubtaskDemand[],
  takenBytes: number,
): AdmittedMemory | Shortage {
  const fixed = [
    ...processTerms(pool),
    ...workerTerms(pool).map((term) => timesWorkers(term, pool.threads)),
    ...takenTerms(takenBytes),
    ...edgeTerms(plan, config),
  ];
  const quotas = stateTerms(plan, demands, undefined);
  const before = sum([...fixed, ...quotas]);
  const sharers = demands.reduce(
    (count, { state }) => count + state.filter(({ bytes }) => bytes === undefined).length,
    0,
  );
  const sharedStateBytes = sharedState(pool.memoryLimitBytes - before, sharers);
  const terms = [...fixed, ...stateTerms(plan, demands, sharedStateBytes)];
  let used = 0;
  for (const term of terms) {
    const available = Math.max(0, pool.memoryLimitBytes - used);
    used += term.bytes;
    if (term.bytes > available) {
      return {
        fits: false,
        job: plan.job,
        resource: 'memory',
        term: term.name,
        needed: term.bytes,
        available,
        unit: 'bytes',
        advice: term.advice,
        terms: terms.map(({ name, bytes, reason }) => ({ name, bytes, reason })),
      };
    }
  }
  return { fits: true, terms, usedBytes: used, sharedStateBytes };
}

/** An equal share of half of what is left, whole MiB: the other half is for the job that comes next. */
function sharedState(leftBytes: number, sharers: number): number {
  if (sharers === 0) return 0;
  return Math.max(STATE_LEAST_BYTES, Math.floor(leftBytes / 2 / sharers / MiB) * MiB);
}

/** State by operator; with `shared` undefined only what has a quota. */
function stateTerms(
  plan: PhysicalPlan,
  demands: readonly SubtaskDemand[],
  shared: number | undefined,
): readonly AdmissionTerm[] {
  const terms = new Map<string, { bytes: number; count: number; each: number; own: boolean }>();
  for (const { state } of demands) {
    for (const { operator, bytes: quota } of state) {
      const each = quota ?? shared;
      if (each === undefined) continue;
      const term = terms.get(operator) ?? { bytes: 0, count: 0, each, own: quota !== undefined };
      term.bytes += each;
      term.count += 1;
      terms.set(operator, term);
    }
  }
  return [...terms].map(([operator, { bytes, count, each, own }]) => ({
    name: `state of ${operator}`,
    bytes,
    reason: `${count} x ${formatBytes(each)}${own ? '' : ', a share of what is left'}`,
    advice: own
      ? `Lower state of operator ${operator} in jobs.${plan.job}, or raise pool.memory.`
      : `Lower exchange.ring or pool.heap, or raise pool.memory: state needs ${formatBytes(each)} a subtask.`,
  }));
}

function takenTerms(bytes: number): readonly AdmissionTerm[] {
  if (bytes === 0) return [];
  const name = 'jobs already running';
  return [
    { name, bytes, reason: 'rings, overdraft, state', advice: 'Stop a job or raise pool.memory.' },
  ];
}

function timesWorkers(term: AdmissionTerm, threads: number): AdmissionTerm {
  const reason = `${threads} workers x ${formatBytes(term.bytes)}: ${term.reason}`;
  return { ...term, bytes: term.bytes * threads, reason };
}

function sum(terms: readonly AdmissionTerm[]): number {
  return terms.reduce((total, { bytes }) => total + bytes, 0);
}
