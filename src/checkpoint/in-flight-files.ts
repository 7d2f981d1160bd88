/**
 * Rows that a barrier overtook, as a state file of their subtask: written by its worker, read back piece by piece.
 *
 * Law (test/checkpoint/in-flight-files.test.ts): what is read of a handle is what was written, piece by piece.
 */

import type { InFlightChannel, InFlightHandle } from './manifest.ts';
import { stateName } from './names.ts';
import { readPieces } from './state-file-reader.ts';
import { StateFileWriter } from './state-file-writer.ts';
import type { CheckpointStore } from './store.ts';

export type { InFlightChannel } from './manifest.ts';

/** Frames of one channel; each piece holds whole frames, at most 64 KiB of them or a single one. */
export interface InFlightFrames extends InFlightChannel {
  readonly pieces: readonly Uint8Array[];
}

/** Number of the file among those of a subtask; the first holds the state of its operators. */
const FILE = 1;

/**
 * Writes them to one file, or to none if there are none. When it fails, there is no file.
 *
 * @param subtask index in the plan
 * @throws ERR_CHECKPOINT_IO
 */
export async function writeInFlight(
  store: CheckpointStore,
  checkpoint: number,
  subtask: number,
  all: readonly InFlightFrames[],
): Promise<{ readonly handles: readonly InFlightHandle[]; readonly bytes: number }> {
  if (all.length === 0) return { handles: [], bytes: 0 };
  const file = await StateFileWriter.open(store, stateName(checkpoint, subtask, FILE));
  const handles: InFlightHandle[] = [];
  try {
    for (const { pieces, ...channel } of all) {
      file.begin();
      for (const [i, piece] of pieces.entries()) await file.piece(i, piece);
      handles.push({ ...channel, section: await file.end() });
    }
    await file.commit();
  } catch (thrown) {
    await file.abort();
    throw thrown;
  }
  return { handles, bytes: file.length };
}

/** The pieces of a handle. @throws ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_DAMAGED, ERR_CHECKPOINT_IO */
export async function* readInFlight(
  store: CheckpointStore,
  { section }: InFlightHandle,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { bytes } of readPieces(store, section)) yield bytes;
}
