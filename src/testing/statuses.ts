/** Tells the test sinks of a chain when their rows stop coming, and when a barrier reaches them. */

import type { LogicalGraph } from '../graph/index.ts';
import type { Subtask } from '../runtime/index.ts';
import type { Recording } from './recording.ts';
import { TEST_SINK } from './test-sink.ts';

/** Idleness goes from ring to ring, past operators; a sink has no ring behind it, so it is told here. */
export function recordStatuses(
  chain: Subtask['chain'],
  graph: LogicalGraph,
  recordings: ReadonlyMap<string, Recording>,
): void {
  const { control, spec, subtask } = chain;
  /** By operator that says the status: -1 for the head's inputs. */
  const told = new Map<number, Recording[]>();
  chain.plan.operators.forEach(({ node }, k) => {
    const transformation = graph.nodes[node]!.transformation;
    if (transformation?.kind !== TEST_SINK) return;
    const recording = recordings.get(transformation.params['name'] as string)!;
    const from = teller(spec.operators, k);
    told.set(from, [...(told.get(from) ?? []), recording]);
  });
  if (told.size === 0) return;
  const tell = (from: number, idle: boolean): void => {
    for (const recording of told.get(from) ?? []) recording.onStatus(subtask.index, idle);
  };
  const status = control.status.bind(control);
  control.status = (idle) => {
    status(idle);
    tell(-1, idle);
  };
  const ownStatus = control.ownStatus.bind(control);
  control.ownStatus = (operator, idle) => {
    ownStatus(operator, idle);
    tell(operator, idle);
  };
}

/** Lets the recordings of a chain know which of their rows came before the barrier of a checkpoint. */
export function recordBarriers(
  { control, plan, subtask }: Subtask['chain'],
  graph: LogicalGraph,
  recordings: ReadonlyMap<string, Recording>,
): void {
  const ends = plan.operators.flatMap(({ node }) => {
    const transformation = graph.nodes[node]!.transformation;
    if (transformation?.kind !== TEST_SINK) return [];
    return [recordings.get(transformation.params['name'] as string)!];
  });
  if (ends.length === 0) return;
  const onSnapshot = control.onSnapshot.bind(control);
  control.onSnapshot = (barrier, passed) => {
    for (const recording of ends) recording.atBarrier(barrier.checkpoint, subtask.index);
    onSnapshot(barrier, passed);
  };
}

/** The nearest operator above k with watermarks of its own, or -1. */
function teller(operators: Subtask['chain']['spec']['operators'], k: number): number {
  const above = operators.findIndex(({ children, sides }) =>
    [children, ...Object.values(sides).map((side) => side.children)].some((c) => c.includes(k)),
  );
  if (above < 0 || operators[above]!.operator?.ownWatermarks === true) return above;
  return teller(operators, above);
}
