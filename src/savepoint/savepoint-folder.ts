/** What lies in a folder of checkpoints, and which of them is meant. */

import { resolve } from 'node:path';

import { EngineError, toEngineError } from '../base/index.ts';
import {
  fileStore,
  manifestName,
  nodeDisk,
  parseName,
  readCheckpoint,
  verifyState,
} from '../checkpoint/index.ts';
import type { CheckpointStore, Manifest } from '../checkpoint/index.ts';

/** One checkpoint of a folder. */
export interface FoundCheckpoint {
  readonly checkpoint: number;
  readonly file: string;
  /** Undefined when the manifest cannot be read. */
  readonly manifest: Manifest | undefined;
  /** Why it cannot be used; undefined: every byte of it is as it was written. */
  readonly error: EngineError | undefined;
}

/** The files of a folder on this machine's disk. @param folder relative to the working directory, or absolute */
export function openStore(folder: string): CheckpointStore {
  return fileStore(resolve(folder), nodeDisk);
}

/**
 * All checkpoints, oldest first, each with whether it is intact: all their state is read once.
 *
 * @throws ERR_SAVEPOINT_FOLDER there is none
 * @throws ERR_CHECKPOINT_IO
 */
export async function checkpointsIn(store: CheckpointStore): Promise<readonly FoundCheckpoint[]> {
  const found: FoundCheckpoint[] = [];
  for (const checkpoint of await numbersIn(store)) found.push(await lookAt(store, checkpoint));
  return found;
}

/**
 * The manifest of one checkpoint, of the newest that is intact when no number is given.
 *
 * @throws ERR_SAVEPOINT_FOLDER there is none, or none of this number
 * @throws ERR_CHECKPOINT_… it is damaged
 */
export async function manifestIn(
  store: CheckpointStore,
  checkpoint: number | undefined,
): Promise<Manifest> {
  const numbers = await numbersIn(store);
  if (checkpoint !== undefined) {
    if (!numbers.includes(checkpoint)) failFolder(store, `checkpoint ${checkpoint}`, numbers);
    return readCheckpoint(store, checkpoint);
  }
  let first: EngineError | undefined;
  for (const number of numbers.toReversed()) {
    const { manifest, error } = await lookAt(store, number);
    if (error === undefined) return manifest!;
    first ??= error;
  }
  throw first!;
}

async function numbersIn(store: CheckpointStore): Promise<readonly number[]> {
  const numbers = (await store.list()).flatMap((name) => {
    const file = parseName(name);
    const isManifest = file?.kind === 'manifest' && name === manifestName(file.checkpoint);
    return isManifest ? [file.checkpoint] : [];
  });
  if (numbers.length === 0) failFolder(store, 'checkpoints or a savepoint', numbers);
  return numbers.toSorted((a, b) => a - b);
}

async function lookAt(store: CheckpointStore, checkpoint: number): Promise<FoundCheckpoint> {
  const file = manifestName(checkpoint);
  let manifest: Manifest | undefined;
  try {
    manifest = await readCheckpoint(store, checkpoint);
    await verifyState(store, manifest);
    return { checkpoint, file, manifest, error: undefined };
  } catch (thrown) {
    return { checkpoint, file, manifest, error: toEngineError(thrown) };
  }
}

function failFolder(
  { place }: CheckpointStore,
  expected: string,
  numbers: readonly number[],
): never {
  const got = numbers.length === 0 ? 'none' : `checkpoints ${numbers.join(', ')}`;
  throw new EngineError('ERR_SAVEPOINT_FOLDER', { folder: place, expected, got });
}
