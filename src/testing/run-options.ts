/** How a test run runs its job. */

import { MiB } from '../base/index.ts';
import type { JobOptions } from '../graph/index.ts';
import type { Plain } from '../operators/index.ts';
import { defaultPlanSettings } from '../plan/index.ts';
import type { PlanSettings } from '../plan/index.ts';
import type { RuntimeSettings } from '../runtime/index.ts';

/** Options of a test run; the same options give the same run. */
export interface TestRunOptions {
  /** Chooses the order in which subtasks take their steps; any integer, default 1. */
  readonly seed?: number;
  /** Default: the job's, else 1. */
  readonly parallelism?: number;
  /** By operator name. */
  readonly operatorParallelism?: Readonly<Record<string, number>>;
  readonly maxParallelism?: number;
  /** Default true. */
  readonly chaining?: boolean;
  /** Whether only the fields that an operator reads travel to it; default true. */
  readonly pruning?: boolean;
  /** Generated drivers (default), or their plain twins. */
  readonly codegen?: boolean;
  /** A power of two ≥ 4096, default 65,536; small rings force backpressure. */
  readonly ringBytes?: number;
  /** Most rows of one step, default 64. */
  readonly stepRowsMax?: number;
  /** Bytes that an output may hold beyond its ring, default 8 MiB. */
  readonly overdraftBytes?: number;
  /** Lets outputs refuse every other step, as if their consumers were slow. */
  readonly refuseSteps?: boolean;
  readonly executionMode?: 'streaming' | 'batch';
  /** What the build function sees as `env.parameters`. */
  readonly parameters?: { readonly [key: string]: Plain };
  /** Lets rows that are kept after their call fail loudly; default true. */
  readonly guardRows?: boolean;
  /** Bytes of state of each subtask, default 64 MiB. */
  readonly stateBytes?: number;
  /** Processing time at the start, integer ms since the epoch, default 0. */
  readonly startMs?: number;
  /** Steps after which a run that still progresses counts as endless, default 5,000,000. */
  readonly stepsMax?: number;
  /** Real milliseconds that a run which should go on waits for promises, default 5000. */
  readonly patienceMs?: number;
}

/** Options with every gap filled. */
export interface ResolvedOptions {
  readonly seed: number;
  readonly refuseSteps: boolean;
  readonly guardRows: boolean;
  readonly stateBytes: number;
  readonly startMs: number;
  readonly stepsMax: number;
  readonly patienceMs: number;
  readonly plan: PlanSettings;
  readonly runtime: RuntimeSettings;
}

export function resolveOptions(options: TestRunOptions, job: JobOptions): ResolvedOptions {
  const { parallelism, operatorParallelism, maxParallelism, executionMode } = options;
  return {
    seed: options.seed ?? 1,
    refuseSteps: options.refuseSteps ?? false,
    guardRows: options.guardRows ?? true,
    stateBytes: options.stateBytes ?? 64 * MiB,
    startMs: options.startMs ?? 0,
    stepsMax: options.stepsMax ?? 5_000_000,
    patienceMs: options.patienceMs ?? 5000,
    plan: defaultPlanSettings(job, {
      ...(parallelism === undefined ? {} : { parallelism }),
      ...(operatorParallelism === undefined ? {} : { operatorParallelism }),
      ...(maxParallelism === undefined ? {} : { maxParallelism }),
      ...(executionMode === undefined ? {} : { executionMode }),
      chaining: options.chaining ?? true,
      pruning: options.pruning ?? true,
      ringBytes: options.ringBytes ?? 65_536,
    }),
    runtime: {
      stepRowsMax: options.stepRowsMax ?? 64,
      quantumMs: 1,
      segmentBytes: 1024,
      overdraftBytes: options.overdraftBytes ?? 8 * MiB,
      drainTargetMs: 100,
      codegen: options.codegen ?? true,
    },
  };
}
