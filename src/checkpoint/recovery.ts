/**
 * Finds what a job goes on from: the newest checkpoint that is intact, and why newer ones are not.
 *
 * Laws (test/checkpoint/crash.property.test.ts):
 *  1. The chosen checkpoint is complete, and every byte of its state is as it was written.
 *  2. Every manifest that is newer is among the rejected, with its error.
 *  3. `nextCheckpoint` is above every file there is, and not below what was reserved (checkpoint-numbers.ts).
 */

import { EngineError, toEngineError } from '../base/index.ts';
import { failMissing } from './chunk-layout.ts';
import type { Section } from './chunk-layout.ts';
import type { ProtocolBeginning } from './protocol.ts';
import { sectionsOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { parseManifest } from './manifest-text.ts';
import { manifestName, parseName, parseNumbers } from './names.ts';
import { verifySection } from './state-file-reader.ts';
import type { CheckpointStore } from './store.ts';

/** A checkpoint that cannot be used; when its error is retryable, it is worth another look before going back further. */
export interface Rejected {
  readonly checkpoint: number;
  readonly file: string;
  readonly error: EngineError;
}

/** What a store holds of a job. */
export interface Recovered {
  /** The newest that is intact; undefined when there is none. */
  readonly chosen: Manifest | undefined;
  /** Newest first. */
  readonly rejected: readonly Rejected[];
  /** All that could be read, oldest first; those older than the chosen one were not checked further. */
  readonly readable: readonly Manifest[];
  readonly nextCheckpoint: number;
}

/**
 * Looks through a store, newest first. All state of a candidate is read once, since a checksum that is wrong is better found
 * before a job starts than in its middle.
 *
 * @param job its name: checkpoints of others are rejected
 * @throws ERR_CHECKPOINT_IO the store cannot be listed
 * @example
 * const { chosen, rejected } = await recover(store, 'orders');
 */
export async function recover(store: CheckpointStore, job: string): Promise<Recovered> {
  const names = await store.list();
  const files = names.flatMap((name) => parseName(name) ?? []);
  const used = files.map(({ checkpoint }) => checkpoint + 1);
  const reserved = names.flatMap((name) => parseNumbers(name) ?? []);
  const manifests = names
    .flatMap((name) => {
      const file = parseName(name);
      const isManifest = file?.kind === 'manifest' && name === manifestName(file.checkpoint);
      return isManifest ? [{ name, checkpoint: file.checkpoint }] : [];
    })
    .toSorted((a, b) => b.checkpoint - a.checkpoint);
  let chosen: Manifest | undefined;
  const rejected: Rejected[] = [];
  const readable: Manifest[] = [];
  for (const { name, checkpoint } of manifests) {
    try {
      const manifest = await readCheckpoint(store, checkpoint);
      if (manifest.job !== job) failOther(job, name, `state of job ${job}`, manifest.job);
      readable.push(manifest);
      if (chosen === undefined) {
        await verifyState(store, manifest);
        chosen = manifest;
      }
    } catch (thrown) {
      rejected.push({ checkpoint, file: name, error: toEngineError(thrown) });
    }
  }
  return {
    chosen,
    rejected,
    readable: readable.reverse(),
    nextCheckpoint: Math.max(1, ...used, ...reserved),
  };
}

/** What the protocol of the restored job begins with; checkpoints that were rejected count for nothing and stay. */
export function beginningOf({ chosen, readable, nextCheckpoint }: Recovered): ProtocolBeginning {
  if (chosen === undefined) return { nextCheckpoint, completed: [], latest: undefined };
  const { checkpoint } = chosen;
  return {
    nextCheckpoint,
    completed: readable.map((one) => one.checkpoint).filter((one) => one <= checkpoint),
    latest: { checkpoint, target: undefined },
  };
}

/**
 * What {@link recover} chose.
 *
 * @throws ERR_CHECKPOINT_NONE names what was rejected and why
 */
export function requireChosen(
  { chosen, rejected }: Recovered,
  job: string,
  place: string,
): Manifest {
  if (chosen !== undefined) return chosen;
  const found = rejected.map(({ file, error }) => `${file} (${error.code}: ${error.message})`);
  throw new EngineError(
    'ERR_CHECKPOINT_NONE',
    { job, place, found: found.join('; ') || 'no checkpoint' },
    { cause: rejected[0]?.error },
  );
}

/**
 * The manifest of one checkpoint; of a savepoint, too.
 *
 * @throws ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_MANIFEST, ERR_CHECKPOINT_VERSION, ERR_CHECKPOINT_IO
 */
export async function readCheckpoint(
  store: CheckpointStore,
  checkpoint: number,
): Promise<Manifest> {
  const name = manifestName(checkpoint);
  const bytes = await store.get(name);
  if (bytes === undefined) return failMissing(name, store.place);
  const manifest = parseManifest(bytes, name);
  if (manifest.checkpoint !== checkpoint) {
    throw new EngineError('ERR_CHECKPOINT_MANIFEST', {
      file: name,
      field: 'checkpoint',
      expected: checkpoint,
      got: manifest.checkpoint,
    });
  }
  return manifest;
}

/**
 * Reads all state that a manifest refers to and compares it with its checksums.
 *
 * @throws ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_DAMAGED, ERR_CHECKPOINT_IO
 */
export async function verifyState(store: CheckpointStore, manifest: Manifest): Promise<void> {
  const sections: Section[] = manifest.subtasks.flatMap(sectionsOf);
  for (const section of sections) await verifySection(store, section);
}

/** @throws ERR_CHECKPOINT_RESTORE always */
export function failOther(job: string, file: string, expected: string, got: unknown): never {
  throw new EngineError('ERR_CHECKPOINT_RESTORE', { job, file, expected, got });
}
