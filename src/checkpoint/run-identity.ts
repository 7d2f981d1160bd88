/**
 * What tells a run of a job from others, kept beside its checkpoints: a process that begins where another was killed is the same run.
 * Sinks know by it what is theirs to take back, also when no checkpoint was complete yet.
 *
 * The name of an empty file says it, so that there is nothing to be torn.
 *
 * Law (test/checkpoint/run-identity.test.ts): from `runIdentity` until `forgetRun`, all who go on from the same place get the same.
 */

import type { Recovered } from './recovery.ts';
import type { CheckpointStore } from './store.ts';

const NAME = /^run-([\w-]+)\.id$/;

/**
 * The identity of the run that the store belongs to. Who goes on from a checkpoint adds its number: what an earlier process named behind
 * it comes again, what was named before does not.
 *
 * @param from what the run goes on from, perhaps nothing yet; undefined: the job begins anew, as `proposed`
 * @param proposed letters, digits, `_` and `-`
 * @throws ERR_CHECKPOINT_IO
 * @example
 * const runId = await runIdentity(store, await recover(store, 'orders'), randomUUID());
 */
export async function runIdentity(
  store: CheckpointStore,
  from: Pick<Recovered, 'chosen'> | undefined,
  proposed: string,
): Promise<string> {
  const names = await identities(store);
  const [, earlier] = NAME.exec(names[0] ?? '') ?? [];
  let id = proposed;
  if (from !== undefined && earlier !== undefined) id = earlier;
  else {
    await store.put(`run-${proposed}.id`, new Uint8Array(0));
    await store.delete(names);
  }
  return from?.chosen === undefined ? id : `${id}-${from.chosen.checkpoint}`;
}

/** The job ended as it should: whatever comes later is another run. @throws ERR_CHECKPOINT_IO */
export async function forgetRun(store: CheckpointStore): Promise<void> {
  await store.delete(await identities(store));
}

async function identities(store: CheckpointStore): Promise<string[]> {
  return (await store.list()).filter((name) => NAME.test(name)).toSorted();
}
