/** Puts together what a barrier overtook on the ways into a subtask and out of it. Owner: the subtask's worker. */

import type { InFlightFrames } from '../checkpoint/index.ts';
import type { FrameCopies } from '../exchange/index.ts';
import type { Chain } from './chain.ts';

/**
 * All rows that a barrier overtook; undefined when it overtook none.
 *
 * @param overtaken by output and channel
 * @param incoming settles with what was on its way in
 */
export function inFlightRows(
  { outputChannels }: Pick<Chain, 'outputChannels'>,
  overtaken: readonly (readonly (FrameCopies | undefined)[])[],
  incoming: Promise<readonly InFlightFrames[]> | undefined,
): Promise<readonly InFlightFrames[]> | undefined {
  const outgoing = overtaken.flatMap((copies, j) =>
    copies.flatMap((each, channel) =>
      each === undefined || each.bytes === 0
        ? []
        : [{ ...outputChannels[j]![channel]!, pieces: each.pieces() }],
    ),
  );
  if (outgoing.length === 0) return incoming;
  if (incoming === undefined) return Promise.resolve(outgoing);
  const all = incoming.then((frames) => [...frames, ...outgoing]);
  // Looked at by who writes them; the checkpoint may be given up before.
  all.catch(() => undefined);
  return all;
}
