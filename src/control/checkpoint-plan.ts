/** What checkpoints know of a job: names of its subtasks for the manifest, and who reads from whom. Pure. */

import type { ManifestJob, ProtocolSubtask } from '../checkpoint/index.ts';
import type { PhysicalPlan } from '../plan/index.ts';

/** What a manifest says of the job. */
export function manifestJob({
  job,
  graphFingerprint,
  chains,
  subtasks,
  maxParallelism,
}: PhysicalPlan): ManifestJob {
  return {
    job,
    graphFingerprint,
    operators: chains.flatMap(({ operators, parallelism }) =>
      operators.map(({ uid, name }) => ({ uid, name, parallelism, maxParallelism })),
    ),
    subtasks: subtasks.map(({ chain, index }) => {
      const { operators, parallelism } = chains[chain]!;
      return { head: operators[0]!.uid, index, parallelism };
    }),
  };
}

/** Subtasks, and those that they read from. */
export function protocolSubtasks({ subtasks, channels }: PhysicalPlan): ProtocolSubtask[] {
  return subtasks.map(({ id }) => {
    const into = channels.filter(({ consumer }) => consumer === id);
    return { subtask: id, producers: [...new Set<number>(into.map(({ producer }) => producer))] };
  });
}
