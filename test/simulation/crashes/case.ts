/** One simulated run of the whole engine as plain data: the job, how it runs, and what goes wrong. */

import type { CheckpointSettings } from '../../../src/checkpoint/index.ts';
import { checkpointSettings } from '../../../src/checkpoint/index.ts';
import type { RuntimeSettings } from '../../../src/runtime/index.ts';
import type { Draw } from '../draw.ts';
import { drawOperators } from './job-draft.ts';
import type { Operator } from './job-draft.ts';
import { withClearGaps } from './model.ts';

/** Something that goes wrong once. */
export interface Trouble {
  /**
   * `worker`: a thread dies. `process`: all threads do, the disk goes on. `power`: the disk loses what is not durable, too. `user`: the
   * job's code throws. `flip`: a bit of a checkpoint's file is another, and the process dies.
   */
  readonly kind: 'worker' | 'process' | 'power' | 'user' | 'flip';
  /** Actions of the simulation since the last trouble. */
  readonly after: number;
  /** Then at this call to the disk, or at this row; 0: at once. */
  readonly call: number;
  /** Subtasks of the job when a process begins behind it. */
  readonly parallelism: number;
}

/** How often what is done to a disk call or a message, from 0 to 1. */
export interface Faults {
  readonly shortWrites: number;
  readonly full: number;
  readonly errors: number;
  readonly forgotten: number;
  readonly slow: number;
  /** Acknowledgements of checkpoints. */
  readonly late: number;
  readonly twice: number;
  readonly lost: number;
}

/** See the head of the file. */
export interface CrashCase {
  readonly operators: readonly Operator[];
  readonly workers: number;
  /** Of the first process. */
  readonly parallelism: number;
  readonly chaining: boolean;
  readonly pruning: boolean;
  readonly runtime: RuntimeSettings;
  readonly checkpoints: CheckpointSettings;
  readonly faults: Faults;
  readonly troubles: readonly Trouble[];
  /** Of the order of all that happens. */
  readonly seed: number;
}

export const NO_FAULTS: Faults = {
  shortWrites: 0,
  full: 0,
  errors: 0,
  forgotten: 0,
  slow: 0,
  late: 0,
  twice: 0,
  lost: 0,
};

function drawFaults(draw: Draw): Faults {
  if (draw.chance(35)) return NO_FAULTS;
  const some = (most: number): number => (draw.chance(50) ? 0 : draw.int(1, most) / 1000);
  return {
    shortWrites: some(300),
    full: some(15),
    errors: some(10),
    forgotten: draw.chance(75) ? 0 : 0.3,
    slow: some(100),
    late: some(300),
    twice: some(300),
    lost: some(100),
  };
}

function drawTrouble(draw: Draw): Trouble {
  const kind = draw.of('worker', 'worker', 'process', 'power', 'power', 'user', 'flip');
  return {
    kind,
    after: draw.int(0, draw.of(50, 300, 500)),
    call: draw.chance(30) ? 0 : draw.int(1, draw.of(5, 40)),
    parallelism: draw.of(1, 2, 2, 3),
  };
}

/** Draws a case. */
export function drawCase(draw: Draw): CrashCase {
  const patient = draw.chance(80);
  return {
    operators: withClearGaps(drawOperators(draw)),
    workers: draw.of(1, 2, 2, 3),
    parallelism: draw.of(1, 2, 2, 3),
    chaining: draw.chance(75),
    pruning: draw.chance(75),
    runtime: {
      stepRowsMax: draw.of(1, 2, 5),
      quantumMs: 1,
      segmentBytes: 1024,
      overdraftBytes: 1 << 20,
      drainTargetMs: 100,
      codegen: draw.chance(10),
    },
    checkpoints: checkpointSettings({
      intervalMs: draw.int(10, 16),
      timeoutMs: patient ? draw.of(15, 60, 1000) : 1000,
      minPauseMs: draw.of(0, 0, 5),
      concurrentMax: draw.of(1, 1, 2, 3),
      failuresTolerated: patient ? 1000 : draw.int(0, 2),
      retained: draw.int(1, 3),
    }),
    faults: drawFaults(draw),
    troubles: Array.from({ length: draw.of(0, 1, 2, 3, 4, 6) }, () => drawTrouble(draw)),
    seed: draw.int(1, 1_000_000_000),
  };
}
