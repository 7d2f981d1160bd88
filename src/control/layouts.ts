/** Other numbers and places of a job's subtasks while it runs: planned and placed anew before anything stops. Main thread. */

import { EngineError } from '../base/index.ts';
import { didYouMean } from '../graph/index.ts';
import type { LogicalGraph } from '../graph/index.ts';
import { makePlan } from '../plan/index.ts';
import type { PhysicalPlan, PlanSettings } from '../plan/index.ts';
import { place, shortageError } from '../placement/index.ts';
import type { Config, Machine, Placement, PoolUsage } from '../placement/index.ts';
import { rescaleError } from './relocation.ts';
import type { Layout, LayoutSource, Move, Sizes } from './run-request.ts';

/** What a job is planned and placed from. */
export interface LayoutsInput {
  readonly graph: LogicalGraph;
  /** What it was planned with. */
  readonly settings: PlanSettings;
  readonly config: Config;
  readonly machine: Machine;
  /** What other jobs have of the pool now. */
  taken(): PoolUsage;
}

/** Layouts of one job. */
export class Layouts implements LayoutSource {
  readonly #input: LayoutsInput;

  constructor(input: LayoutsInput) {
    this.#input = input;
  }

  resized({ parallelism, operators }: Sizes, present: Layout): Layout {
    this.#checkReplayable(present, 'rescaled');
    const { graph, settings } = this.#input;
    const plan = makePlan(graph, {
      ...settings,
      ...(parallelism === undefined ? {} : { parallelism }),
      maxParallelism: present.plan.maxParallelism,
      imposedParallelism: operators,
    });
    return { plan, placement: this.#place(plan, undefined) };
  }

  moved({ chain: name, subtask, worker }: Move, present: Layout): Layout {
    this.#checkReplayable(present, 'moved');
    const { plan, placement } = present;
    const chain = plan.chains.find(
      (one) =>
        one.name === name || one.operators.some((each) => each.name === name || each.uid === name),
    );
    if (chain === undefined) {
      const names = plan.chains.flatMap((one) => one.operators.map((each) => each.name));
      const nearest = didYouMean(name, names);
      throw moveError(plan, `a chain or operator (${names.join(', ')}${nearest})`, name);
    }
    const { parallelism } = chain;
    if (subtask !== undefined && chain.subtasks[subtask] === undefined) {
      throw moveError(plan, `a subtask of ${name} from 0 to ${parallelism - 1}`, subtask);
    }
    const workers = placement.workers.length;
    if (!(Number.isInteger(worker) && worker >= 0 && worker < workers)) {
      throw moveError(plan, `a worker from 0 to ${workers - 1}`, worker);
    }
    const moving = subtask === undefined ? chain.subtasks : [chain.subtasks[subtask]!];
    const pins = placement.subtasks.map((one) =>
      moving.includes(one.subtask) ? worker : one.worker,
    );
    return { plan, placement: this.#place(plan, pins) };
  }

  #place(plan: PhysicalPlan, pins: readonly number[] | undefined): Placement {
    const { machine, config } = this.#input;
    const placement = place(plan, machine, config, this.#input.taken(), pins);
    if (!placement.fits) throw shortageError(placement);
    return placement;
  }

  #checkReplayable({ plan }: Layout, kind: 'rescaled' | 'moved'): void {
    const lost = this.#input.graph.nodes.find(({ source }) => source?.source.replayable === false);
    if (lost === undefined) return;
    const reason = `what the source ${lost.name} has read ahead cannot be handed over`;
    throw rescaleError(plan.job, kind, reason);
  }
}

function moveError({ job }: PhysicalPlan, expected: string, got: unknown): EngineError {
  return new EngineError('ERR_CONTROL_MOVE', { job, expected, got });
}
